"""The rhythm of a series: its cycle, amplitude, phase, and portrait in delay coordinates."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gru_core.data.series import far_out, size_exponent, spread

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

#: A rhythm must repeat so many times. With fewer, any slow drift would look like a rhythm.
FEWEST_CYCLES = 3
#: The spectrum has so many times more points than the data need. Then it is interpolated.
FINER = 8
#: The most harmonics that a cycle is fitted with.
HARMONICS = 4


class Swing(NamedTuple):
    """Amplitude (M,) and unwrapped phase in degrees (M,) at the positions `at` (M,)."""

    at: NDArray[np.int64]
    amplitude: Array
    phase: Array


def line(values: Array) -> tuple[float, float]:
    """Slope per step and first value of the least-squares line through `values` (N,)."""
    if len(values) < 2:
        return 0.0, float(values.sum())
    slope, level = np.polyfit(np.arange(len(values)), values, 1)
    return float(slope), float(level)


def bent(values: Array) -> Array:
    """`values` (N,) minus their straight line: (N,)."""
    slope, level = line(values)
    return values - (level + slope * np.arange(len(values)))


def straight(values: Array) -> float:
    """How well a straight line fits `values`: R², 0 to 1."""
    exponent = size_exponent(values)
    values = np.ldexp(values, -exponent)  # its square would be 0 if a value were 1e-170
    return float(1 - bent(values).var() / values.var()) if spread(values) > 0 else 0.0


def main_period(values: Array, near: float | None = None) -> float:
    """The length in steps of the strongest cycle in `values` (N,); NaN if none fits three times.

    First the linear trend is removed. Then the highest peak of the Hann-windowed, zero-padded
    spectrum is interpolated by a parabola through the logarithms (J. O. Smith, Spectral Audio
    Signal Processing, "Quadratic Interpolation of Spectral Peaks"). Last, the slope of the phase
    from `swing` corrects the period. On a clean sine the error is below 1e-6.

    `near` is a first guess of the period. A peak within half an octave of it wins if it is at least
    half as high as the highest one. This avoids a harmonic. The guess itself is returned (a year
    has 12 months) unless the phase shows that it is wrong.
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
    apart = 0.5 / n  # the spectrum cannot separate frequencies closer than this
    if near is not None and abs(1 / near - 1 / period) < apart:
        turns, error = _phase_slope(values, near)
        if abs(turns) <= 3 * error:
            return float(near)
    turns, _ = _phase_slope(values, period)
    return period / (1 + turns * period) if abs(turns) < apart else period


def swing(values: Array, period: float, start: int = 0) -> Swing:
    """Amplitude and phase of `values` (N,) at `period`, at every position.

    Each position uses one period on each side, weighted by a Hann window. This removes the level
    and all harmonics. The amplitude is √2 times the weighted standard deviation, so it fits any
    shape and frequency. The phase is that of the values times e^(−2πi t / period) (complex
    demodulation; Bloomfield, Fourier Analysis of Time Series, ch. 7). `start` is the position of
    the first value, so the phases of two series can be compared. The result is empty if there are
    fewer than two periods.
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

    A cycle (up to four harmonics, and a straight line) is fitted to one half of the values and
    compared with the other half, both ways. So a fit to chance earns nothing. The result is the
    mean squared correlation. The cycle may grow or shrink from one half to the other.
    """
    n = len(values)
    if not (math.isfinite(period) and 2 < period <= n / FEWEST_CYCLES):
        return 0.0
    turns = 2 * np.pi * np.arange(n) / period
    orders = range(1, max(1, min(HARMONICS, math.ceil(period / 2) - 1)) + 1)
    waves = [wave(order * turns) for order in orders for wave in (np.sin, np.cos)]
    design = np.column_stack([*waves, np.ones(n), np.linspace(-1, 1, n)])
    first, second = np.arange(n // 2), np.arange(n // 2, n)
    correlations = []
    for fitted, tested in ((first, second), (second, first)):
        solution, *_ = np.linalg.lstsq(design[fitted], values[fitted], rcond=None)
        pattern = design[tested, :-2] @ solution[:-2]
        rest = bent(values[tested])
        if not (np.std(pattern) > 0 and np.std(rest) > 0):
            return 0.0
        correlations.append(max(0.0, float(np.corrcoef(pattern, rest)[0, 1])))
    return float(np.mean(np.square(correlations)))


def delay(values: Array, period: float = math.nan) -> int:
    """A lag in steps for the portrait of `values` (N,): a quarter of the period.

    Without a period, it is the first lag where the autocorrelation is zero or less. There the two
    coordinates of a portrait are almost independent.
    """
    if math.isfinite(period):
        return max(1, min(round(period / 4), len(values) - 1))
    return max(1, int(np.argmax(autocovariance(values) <= 0)))


def portrait(values: Array, lag: int) -> Array:
    """The pairs (y(t − lag), y(t)) of `values` (N,): (N − lag, 2), or none if N <= lag.

    Such delay coordinates draw the orbit of a system from one of its variables (Takens 1981,
    Detecting strange attractors in turbulence). A cycle is a closed line. Chance is a cloud.
    """
    return np.column_stack([values[: max(len(values) - lag, 0)], values[lag:]])


def overlap(first: Array, second: Array, lag: int, low: float, high: float) -> float:
    """How much the delay portraits of two series overlap: 0 to 1.

    This is Σ min(p, q) over a grid from `low` to `high` in both coordinates. p and q are the shares
    of the points of each series in a cell. Points outside the grid do not count.
    """
    counts = []
    # A cell should hold about ten points of the shorter series. With fewer, chance decides.
    shorter = max(1, min(len(first), len(second)) - lag)
    cells = max(3, min(12, round(math.sqrt(shorter / 10))))
    for values in (first, second):
        pairs = portrait(values, lag)
        grid, _, _ = np.histogram2d(pairs[:, 0], pairs[:, 1], bins=cells, range=[[low, high]] * 2)
        counts.append(grid / max(1, len(pairs)))
    return float(np.minimum(*counts).sum())


def _phase_slope(values: Array, period: float) -> tuple[float, float]:
    """How many turns the phase of `values` (N,) moves per step, and the standard error.

    Phases less than two periods apart share values, so two periods count as one sample. With less
    than one sample, both are NaN.
    """
    at, _, phase = swing(values, period)
    if len(at) < 2 * period:
        return math.nan, math.nan
    fit = np.polyfit(at, phase, 1)
    off = np.std(phase - np.polyval(fit, at))
    samples = len(at) / (2 * period)
    return float(fit[0]) / 360, float(off) * math.sqrt(12 / samples) / len(at) / 360


def detect_period(train: Array) -> int:
    """The number of steps in the dominant cycle of `train` (N,); 1 if there is none.

    The cycle is the highest peak of two autocorrelations: of the values without their linear trend,
    and of their changes from step to step. The values show a cycle in noise. The changes show a
    cycle on a slow swing.

    A few far values are replaced first. So a wrong one or a jump to another level hides no cycle.

    A peak counts if it is above 0.3 and above two standard errors (2/√N). Changes need three
    standard errors, because noise makes them depend on each other. A peak must also be two standard
    errors above its neighbours. The estimate divides by N at every lag, so it falls with the lag. A
    cycle is therefore higher than its multiples.
    """
    n = len(train)
    if n < 8 or np.ptp(train) == 0:
        return 1
    from scipy.signal import find_peaks

    error, period, highest = 1 / np.sqrt(n), 1, 0.0
    # Smaller differences are round-off.
    negligible = 1e-12 * max(float(np.abs(train).max()), 1e-300)
    calm = without_strays(train)
    level = train - (calm - bent(calm))  # minus a line that no far value tilts
    for values, errors in ((without_strays(level), 2), (without_strays(np.diff(train)), 3)):
        if np.std(values) <= negligible:
            continue
        products = autocovariance(values)[: len(values) // 2 + 1]
        peaks, properties = find_peaks(
            products / products[0], height=max(0.3, errors * error), prominence=2 * error
        )
        heights = properties["peak_heights"]
        if heights.max(initial=highest) > highest:
            highest, period = heights.max(), int(peaks[heights.argmax()])
    return period


def without_strays(values: Array) -> Array:
    """`values` (N,) with the median in place of a few far ones: (N,).

    A value is far if it lies more than three interquartile ranges outside the quartiles. More than
    one such value in a hundred belongs to the series. So nothing changes then.
    """
    far = far_out(values, 3)
    if far.sum() > max(2, len(values) / 100):
        return values
    return np.where(far, np.median(values), values)


def autocovariance(values: Array) -> Array:
    """N times the autocovariance of `values` (N,) at lags 0 to N − 1: (N,)."""
    centered = values - values.mean()
    size = (
        2 << (len(values) - 1).bit_length()
    )  # long enough that the end does not wrap round to the beginning
    products: Array = np.fft.irfft(np.abs(np.fft.rfft(centered, size)) ** 2, size)
    return products[: len(values)]
