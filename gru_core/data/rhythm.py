"""The rhythm of a series: its cycle, amplitude and phase, and its portrait in delay coordinates."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Swing",
    "autocovariance",
    "bent",
    "delay",
    "detect_period",
    "line",
    "main_period",
    "overlap",
    "portrait",
    "repeats",
    "straight",
    "swing",
]

Array = NDArray[np.float64]

#: Fewer cycles than these show no rhythm: any slow wandering would look like one.
FEWEST_CYCLES = 3
#: The spectrum is computed this much finer than the data resolve, then interpolated.
FINER = 8
#: How many harmonics the pattern of a cycle may have.
HARMONICS = 4


class Swing(NamedTuple):
    """Amplitude (M,) and unwrapped phase in degrees (M,) around the values at `at` (M,)."""

    at: NDArray[np.int64]
    amplitude: Array
    phase: Array


def line(values: Array) -> tuple[float, float]:
    """Slope a step and first value of the straight line through `values` (N,), least squares."""
    if len(values) < 2:
        return 0.0, float(values.sum())
    slope, level = np.polyfit(np.arange(len(values)), values, 1)
    return float(slope), float(level)


def bent(values: Array) -> Array:
    """What the straight line leaves of `values` (N,)."""
    slope, level = line(values)
    return values - (level + slope * np.arange(len(values)))


def straight(values: Array) -> float:
    """How much of `values` is their straight line: R², 0 to 1."""
    variance = values.var()
    return float(1 - bent(values).var() / variance) if variance > 0 else 0.0


def main_period(values: Array, near: float | None = None) -> float:
    """The length in steps of the strongest cycle in `values` (N,); NaN if none fits three times.

    The peak of the Hann-windowed spectrum after a linear trend is removed, zero-padded and then
    interpolated by a parabola through the logarithms (J. O. Smith, Spectral Audio Signal
    Processing, "Quadratic Interpolation of Spectral Peaks"), and mended by the slope of the phase
    that `swing` finds: on a clean sine it is right to 1e-6.

    `near` is the period as far as it is known. The peak within half an octave of it is taken if
    it is half as high as the highest, so that no harmonic is mistaken for the cycle; and it is
    kept as it is (a year has 12 months) unless the phase speaks against it.
    """
    n = len(values)
    if n < 4 * FEWEST_CYCLES or not np.ptp(values) > 0:
        return math.nan
    size = FINER << (n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(bent(values) * np.hanning(n + 2)[1:-1], size))
    spectrum[: math.floor(size * FEWEST_CYCLES / n)] = 0.0
    peak = int(spectrum[:-1].argmax())
    if near is not None and near > 1:
        first, last = size / near / math.sqrt(2), size / near * math.sqrt(2)
        around = spectrum[math.floor(first) : math.ceil(last) + 1]
        if len(around) and around.max() >= 0.5 * spectrum[peak]:
            peak = math.floor(first) + int(around.argmax())
    if not 0 < peak < len(spectrum) - 1 or not spectrum[peak] > 0:
        return math.nan
    tiny = 1e-12 * spectrum[peak]
    left, middle, right = np.log(np.maximum(spectrum[peak - 1 : peak + 2], tiny))
    bend = left - 2 * middle + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    period = float(size / (peak + np.clip(shift, -0.5, 0.5)))
    apart = 0.5 / n  # frequencies closer than this the spectrum cannot tell apart
    if near is not None and abs(1 / near - 1 / period) < apart:
        turns, error = _phase_slope(values, near)
        if abs(turns) <= 3 * error:
            return float(near)
    turns, _ = _phase_slope(values, period)
    return period / (1 + turns * period) if abs(turns) < apart else period


def swing(values: Array, period: float, start: int = 0) -> Swing:
    """How `values` (N,) swing at `period`, and with what phase, from one position to the next.

    Each position sees two periods, one on either side, under a Hann window, which is blind to the
    level and to all harmonics. The amplitude is √2 times the standard deviation under it, which
    asks for no particular shape or frequency; the phase is that of the values times
    e^(−2πi t / period) (complex demodulation; Bloomfield, Fourier Analysis of Time Series, ch. 7).
    `start` is the position of the first value: phases of series on one clock compare.
    Empty where there are fewer than two periods.
    """
    reach = math.ceil(period) - 1
    steps = np.arange(-reach, reach + 1)
    weights = 1 + np.cos(np.pi * steps / period)
    weights /= weights.sum()
    at = np.arange(reach, len(values) - reach)
    if not len(at):
        return Swing(at + start, np.empty(0), np.empty(0))
    centered = values - values.mean()
    level = np.convolve(centered, weights, "valid")
    power = np.convolve(centered**2, weights, "valid") - level**2
    turns = np.exp(-2j * np.pi * (np.arange(len(values)) + start) / period)
    wave = np.convolve(centered * turns, weights, "valid")
    phase = np.degrees(np.unwrap(np.angle(wave)))
    return Swing(at + start, np.sqrt(2 * np.maximum(power, 0.0)), phase)


def repeats(values: Array, period: float) -> float:
    """How much of `values` (N,) is one cycle repeated: an R² from 0 to 1.

    The cycle (up to four harmonics, beside a straight line) is fitted to one half and held against
    the other, both ways, so that it is no merit to follow chance. The squared correlation, which
    lets the cycle grow or shrink from half to half.
    """
    n = len(values)
    if not (math.isfinite(period) and 2 < period <= n / FEWEST_CYCLES):
        return 0.0
    turns = 2 * np.pi * np.arange(n) / period
    orders = range(1, max(1, min(HARMONICS, math.ceil(period / 2) - 1)) + 1)
    waves = [wave(order * turns) for order in orders for wave in (np.sin, np.cos)]
    design = np.column_stack([*waves, np.ones(n), np.linspace(-1, 1, n)])
    first, second = np.arange(n // 2), np.arange(n // 2, n)
    found = []
    for fitted, tested in ((first, second), (second, first)):
        solution, *_ = np.linalg.lstsq(design[fitted], values[fitted], rcond=None)
        pattern = design[tested, :-2] @ solution[:-2]
        rest = bent(values[tested])
        if not (np.std(pattern) > 0 and np.std(rest) > 0):
            return 0.0
        found.append(max(0.0, float(np.corrcoef(pattern, rest)[0, 1])))
    return float(np.mean(np.square(found)))


def delay(values: Array, period: float = math.nan) -> int:
    """A lag, in steps, at which `values` (N,) show their shape: a quarter of the period.

    Without a period, the first at which the autocorrelation is zero or less, which makes the two
    coordinates of a portrait as good as independent.
    """
    if math.isfinite(period):
        return max(1, min(round(period / 4), len(values) - 1))
    return max(1, int(np.argmax(autocovariance(values) <= 0)))


def portrait(values: Array, lag: int) -> Array:
    """The pairs (y(t − lag), y(t)) of `values` (N,): (N − lag, 2), or none where N <= lag.

    Delay coordinates draw a system's orbit from one of its variables (Takens 1981, Detecting
    strange attractors in turbulence): a cycle is a closed line, chance a cloud.
    """
    return np.column_stack([values[: max(len(values) - lag, 0)], values[lag:]])


def overlap(first: Array, second: Array, lag: int, low: float, high: float) -> float:
    """The share, 0 to 1, that the delay portraits of two series have in common.

    Σ min(p, q) over a grid from `low` to `high` in both coordinates, p and q being the shares of
    the points that lie in a cell; what lies outside is not shared.
    """
    counts = []
    # A cell should hold about ten points of the shorter series, or chance decides.
    shorter = max(1, min(len(first), len(second)) - lag)
    cells = max(3, min(12, round(math.sqrt(shorter / 10))))
    for values in (first, second):
        pairs = portrait(values, lag)
        grid, _, _ = np.histogram2d(pairs[:, 0], pairs[:, 1], bins=cells, range=[[low, high]] * 2)
        counts.append(grid / max(1, len(pairs)))
    return float(np.minimum(*counts).sum())


def _phase_slope(values: Array, period: float) -> tuple[float, float]:
    """By how many turns a step the phase of `values` (N,) moves, and the standard error of that.

    Phases less than two periods apart share values: every second period counts as one sample.
    Fewer than one of these tell nothing: NaN.
    """
    found = swing(values, period)
    if len(found.at) < 2 * period:
        return math.nan, math.nan
    fit = np.polyfit(found.at, found.phase, 1)
    off = np.std(found.phase - np.polyval(fit, found.at))
    samples = len(found.at) / (2 * period)
    return float(fit[0]) / 360, float(off) * math.sqrt(12 / samples) / len(found.at) / 360


def detect_period(train: Array) -> int:
    """The number of steps in the dominant cycle of `train` (N,); 1 if there is none.

    The highest peak of the autocorrelation of the values without their linear trend, or of their
    changes from step to step, counts as a cycle. A cycle on a slow swing stands out in the changes,
    one in noise in the values. The peak has to clear 0.3 and two standard errors (2/√N; of changes,
    which noise makes depend on each other, three), and to stand out from its neighbours by two. The
    estimate divides by N at every lag, so it falls with the lag, and a cycle stands above its own
    multiples.
    """
    n = len(train)
    if n < 8 or np.ptp(train) == 0:
        return 1
    from scipy.signal import detrend, find_peaks

    error, found, highest = 1 / np.sqrt(n), 1, 0.0
    negligible = 1e-9 * max(float(np.abs(train).max()), 1e-300)
    for values, errors in ((detrend(train), 2), (np.diff(train), 3)):
        if np.std(values) <= negligible:
            continue
        products = autocovariance(values)[: len(values) // 2 + 1]
        peaks, about = find_peaks(
            products / products[0], height=max(0.3, errors * error), prominence=2 * error
        )
        heights = about["peak_heights"]
        if heights.max(initial=highest) > highest:
            highest, found = heights.max(), int(peaks[heights.argmax()])
    return found


def autocovariance(values: Array) -> Array:
    """N times the autocovariance of `values` (N,) at lags 0 to N − 1: (N,)."""
    centered = values - values.mean()
    size = 2 << (len(values) - 1).bit_length()  # so long that the end does not meet the beginning
    products: Array = np.fft.irfft(np.abs(np.fft.rfft(centered, size)) ** 2, size)
    return products[: len(values)]
