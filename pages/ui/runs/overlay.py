"""The chosen runs in one view: a sentence, their forecasts, losses, errors and scores."""

from __future__ import annotations

import html
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from gru_core.data.words import clean
from gru_core.figures import compare, run_scores
from gru_core.figures.compare import MOST_RUNS, Run
from gru_core.forecast.result import Result
from gru_core.judgement import comparison, sentences
from gru_core.wording import duration, error_in_words, number
from pages.ui import browser, text
from pages.ui.chart import chart
from pages.ui.messages import messages
from pages.ui.runs import listing
from pages.ui.server import store

if TYPE_CHECKING:
    from gru_core.store import StoredRun

__all__ = ["drawn", "show"]

_RESULTS = "runs-results"  # the results of the chosen runs, by id
_STYLE = """
<style>
  .run-scores { overflow-x: auto; }
  .run-scores table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  .run-scores :is(th, td) {
    padding: 0.35rem 0.6rem; text-align: right; white-space: nowrap;
    border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent);
  }
  .run-scores :is(th, td):first-child {
    text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 8rem;
  }
  .run-scores i {
    display: inline-block; width: 1.4rem; margin-right: 0.5rem; border-radius: 0.3rem;
    color: #fff; text-align: center; font-style: normal; font-weight: 700;
  }
</style>
"""


def drawn(ticked: Sequence[StoredRun]) -> dict[str, Run]:
    """The runs to draw by their ids: the first `MOST_RUNS` that have a result."""
    known = st.session_state.get(_RESULTS, {})
    kept: dict[Any, Result | None] = {}
    pairs = []
    for run in ticked:
        if len(pairs) == MOST_RUNS:
            break
        stamp = _stamp(run)
        kept[stamp] = result = known[stamp] if stamp in known else _result(run)
        if result is not None:
            pairs.append((run, result))
    st.session_state[_RESULTS] = kept
    compared = compare.runs((listing.name_of(run), result) for run, result in pairs)
    return {run.id: one for (run, _), one in zip(pairs, compared, strict=True)}


def _stamp(run: StoredRun) -> tuple[str, str, int]:
    """It changes with the result of a run."""
    return run.id, run.status, run.epoch


def _result(run: StoredRun) -> Result | None:
    """The result of a run, without what no figure here shows; None if it has none."""
    if run.status in listing.ACTIVE:
        return None
    result = store().result(run.id, browser.key())
    if result is None:
        return None
    bare = replace(result.checkpoint, weights={}, moments={}, best={})
    return replace(result, weights_by_epoch={}, forecasts_by_epoch={}, checkpoint=bare)


def show(ticked: Sequence[StoredRun], shown: Mapping[str, Run]) -> None:
    """Compare the runs that are `shown`. Say which of the ticked ones are not."""
    texts = messages("runs")
    st.header(texts("comparison.title"), anchor=False)
    if not ticked:
        st.info(texts("comparison.none"), icon=":material/check_box:")
        return
    looked_at = st.session_state[_RESULTS]
    empty = [run for run in ticked if looked_at.get(_stamp(run), ...) is None]
    if len(ticked) > len(shown) + len(empty):
        st.caption(texts("comparison.first", most=MOST_RUNS))
    if empty:
        named = [f"{listing.name_of(run)} ({listing.state_of(run)})" for run in empty]
        st.caption(texts("comparison.without", names=text.plain(", ".join(named))))
    if not shown:
        return
    st.html(_STYLE)
    runs = list(shown.values())
    _changed(runs)
    groups = [
        [runs[place] for place in places]
        for places in comparison.groups([run.result for run in runs])
    ]
    if len(groups) > 1:
        why = comparison.unlike(groups[0][0].result, groups[1][0].result)
        st.info(texts("comparison.groups", why=text.plain(why)), icon=":material/info:")
    _forecasts(runs)
    left, right = st.columns(2, gap="large")
    with left:
        _losses(runs)
    with right:
        _by_lead(groups)
    for group in groups:
        _scored(group)


def _changed(runs: Sequence[Run]) -> None:
    """Choose two runs, and say what changed from one to the other and what it did."""
    if len(runs) < 2:
        return
    texts = messages("runs")
    by_letter = {run.letter: run for run in runs}
    titles = {letter: run.title for letter, run in by_letter.items()}
    with st.container(horizontal=True, key="runs-pair"):
        pair = [
            st.selectbox(
                texts(f"comparison.{name}"),
                list(titles),
                index=index,
                format_func=titles.__getitem__,
                key=f"runs-{name}-{'-'.join(titles)}",
            )
            for name, index in (("from", 0), ("to", len(runs) - 1))
        ]
    before, after = (by_letter[letter].result for letter in pair)
    if before is after:
        st.markdown(texts("comparison.same"))
        return
    names = (pair[0], pair[1])
    changed = comparison.what_changed(before, after, names)
    did = comparison.what_did(before, after, names, [run.result for run in runs])
    st.markdown(text.plain(f"{changed} {did}"))


def _forecasts(runs: Sequence[Run]) -> None:
    texts = messages("runs")
    st.header(texts("comparison.forecasts"), anchor=False)
    for place, (group, figure) in enumerate(compare.forecasts(runs)):
        name = clean(group[0].result.series.name)
        st.markdown(f"**{text.plain(name)}**")
        drawn_runs = ", ".join(run.title for run in group)
        chart(
            figure,
            # A zoom belongs to a series.
            key=f"runs-forecast-{place}-{zlib.crc32(group[0].result.series.values.tobytes())}",
            alt=texts("comparison.forecasts-alt", series=name, runs=drawn_runs),
            file="gru-lab-runs-forecast",
        )


def _losses(runs: Sequence[Run]) -> None:
    texts = messages("runs")
    st.header(texts("comparison.losses"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        loss = _choice("loss", ("train_loss", "val_loss"))
        by = _choice("by", ("epoch", "seconds"))
        log = st.toggle(texts("log"), value=True, key="runs-loss-log", persist_state="session")
    last = ", ".join(f"{run.letter} {_last(run, loss)}" for run in runs)
    chart(
        compare.losses(runs, loss=loss, by=by, log=log),
        key="runs-loss",
        alt=texts("comparison.losses-alt", last=last),
        file="gru-lab-runs-loss",
    )
    if not comparison.same_loss([run.result for run in runs]):
        st.caption(texts("comparison.unlike-losses"))


def _last(run: Run, loss: str) -> str:
    values = run.result.history[loss].dropna()
    return number(float(values.iloc[-1])) if len(values) else "–"


def _choice(name: str, options: tuple[str, ...]) -> Any:
    """One of `options`, whose titles stand in the catalogue under `name`."""
    titles = messages("runs").group(name)
    return st.segmented_control(
        titles["label"],
        options,
        required=True,
        default=options[0],
        format_func=titles.__getitem__,
        key=f"runs-which-{name}",
        label_visibility="collapsed",
        persist_state="session",
    )


def _scored(group: Sequence[Run]) -> None:
    """The errors and the scores of runs that can be compared."""
    texts = messages("runs")
    letters = ", ".join(run.letter for run in group)
    results = [run.result for run in group]
    st.header(texts("comparison.scores", runs=letters), anchor=False)
    _table(group)
    if results[0].scored_on == "nothing":
        st.caption(sentences.scored_on(results[0]))
        return
    st.caption(text.plain(sentences.scored_on(results[0])))
    if not comparison.same_scale(results):
        st.caption(texts("comparison.scales"))
    chart(
        run_scores.scores(group),
        key=f"runs-scores-{group[0].letter}",
        alt=texts("comparison.scores-alt", runs=_errors(group)),
        file="gru-lab-runs-scores",
    )


def _by_lead(groups: Sequence[Sequence[Run]]) -> None:
    """The errors by lead time: one figure for each group of runs that can be compared."""
    texts = messages("runs")
    known = [
        [run for run in group if run.result.forecast["actual"].notna().any()] for group in groups
    ]
    if not any(known):
        return
    st.header(texts("comparison.lead"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        measure = _choice("measure", ("running", "absolute"))
        log = st.toggle(texts("log"), key="runs-lead-log", persist_state="session")
    for group in filter(None, known):
        chart(
            compare.errors(group, measure=measure, log=log),
            key=f"runs-lead-{group[0].letter}",
            alt=texts("comparison.lead-alt", runs=_errors(group)),
            file="gru-lab-runs-error",
        )


def _errors(group: Sequence[Run]) -> str:
    return ", ".join(f"{run.letter} {_score(run, 'mae')}" for run in group)


def _score(run: Run, metric: str) -> str:
    value = run.result.scores[metric]
    spread = run.result.series.spread if metric in run_scores.IN_UNITS else 0.0
    return "–" if math.isnan(value) else error_in_words(value, spread)


def _table(group: Sequence[Run]) -> None:
    """The scores as a table. Each run has its letter in its colour."""
    texts = messages("runs")
    heads = [texts("columns.run"), *run_scores.TITLES.values(), texts("columns.time")]
    rows = [
        "".join(
            [
                f'<td><i style="background: {run.color}">{run.letter}</i>',
                f"{html.escape(clean(run.name))}</td>",
                *(f"<td>{_score(run, metric)}</td>" for metric in run_scores.TITLES),
                f"<td>{duration(run.result.seconds)}</td>",
            ]
        )
        for run in group
    ]
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    label = html.escape(texts("comparison.table", runs=", ".join(run.letter for run in group)))
    st.html(
        # A phone scrolls the table. The keyboard must reach it, too.
        f'<div class="run-scores" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
