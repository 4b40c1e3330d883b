"""The error measures of a forecast, computed by `utilsforecast.losses` from plain arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["METRICS", "scores"]

Array = NDArray[np.float64]

#: The meaning of each measure, by name.
METRICS: Mapping[str, str] = {
    "rmse": "Root mean squared error, in the units of the data.",
    "mae": "Mean absolute error, in the units of the data.",
    "smape": "Symmetric mean absolute percentage error, as a share from 0 to 1.",
    "mase": "Mean absolute error, divided by that of the seasonal naive forecast (repeating the "
    "last season) inside the training part (Hyndman & Koehler 2006). Below 1 is better than that.",
}


def scores(
    actual: Array, forecasts: Mapping[str, Array], *, train: Array, period: int
) -> pd.DataFrame:
    """RMSE, MAE, sMAPE and MASE of each forecast: one row per forecast, one column per measure.

    All scores are NaN if no true value is known. The scores of a forecast that is not finite
    are inf. MASE is NaN if its scale is zero. No score is cut off at a limit.

    Args:
        actual: the true values (H,). A NaN is an unknown value and is not scored.
        forecasts: the forecasts (H,), by name.
        train: the training part (N,), which gives the scale of MASE.
        period: the season in steps, for that scale.
    """
    from utilsforecast import losses

    names = list(forecasts)
    known = np.isfinite(actual)
    if not known.any():
        return pd.DataFrame(np.nan, index=names, columns=list(METRICS))
    period = period if period < len(train) else 1
    scored = pd.DataFrame({"unique_id": 0, "y": actual[known]})
    for name, values in forecasts.items():
        scored[name] = np.where(np.isfinite(values[known]), values[known], np.inf)
    inside = pd.DataFrame({"unique_id": 0, "y": train})
    with np.errstate(all="ignore"):
        by_metric = {
            "rmse": losses.rmse(scored, names),
            "mae": losses.mae(scored, names),
            "smape": losses.smape(scored, names),
            "mase": losses.mase(scored, names, period, inside),
        }
    table = pd.DataFrame({metric: rows[names].iloc[0] for metric, rows in by_metric.items()})
    exploded = ~np.isfinite(scored[names]).all()
    table.loc[exploded] = np.inf
    if not np.abs(train[period:] - train[:-period]).sum() > 0:
        table["mase"] = np.nan
    return table.astype(float)
