"""A table of scores with one row per forecast. Its numbers are easy to read."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gru_core.experiment.experiment import OPTIONS
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.metrics import METRICS
from gru_core.forecast.result import Result
from gru_core.judgement.statistical import MODELS
from gru_core.wording import error_in_words

__all__ = ["table"]

#: The columns in order: a phone shows only the first ones.
_COLUMNS = {"mase": "MASE", "mae": "MAE", "rmse": "RMSE", "smape": "sMAPE", "skill": "Skill"}
#: The columns whose values have the units of the data.
_IN_UNITS = ("mae", "rmse")
_MEANING = METRICS | {
    "skill": "1 − MAE / MAE of repeating the last cycle. 1 is perfect. 0 is no better than "
    "repeating. Below 0 is worse.",
}


def table(result: Result, scores: pd.DataFrame) -> None:
    """Show `scores`: a row for each forecast by its name, a column for each measure."""
    names = {"forecast": OPTIONS["cell"].label(result.experiment.cell)} | BASELINES | MODELS
    spread = result.series.spread
    columns = [name for name in _COLUMNS if name in scores]
    shown = pd.DataFrame({"Forecast": [names[name] for name in scores.index]})
    for name in columns:
        scale = spread if name in _IN_UNITS else 1.0
        shown[_COLUMNS[name]] = [error_in_words(float(value), scale) for value in scores[name]]
    st.table(shown, border="horizontal", hide_index=True)
    with st.popover("What the columns mean", type="tertiary", icon=":material/help:"):
        st.markdown("\n".join(f"- **{_COLUMNS[name]}**: {_MEANING[name]}" for name in columns))
