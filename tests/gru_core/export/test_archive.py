"""Runs in a zip: what is in it, and that the same runs come back."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from plotly.offline import get_plotlyjs
from safetensors.numpy import load_file

from gru_core import Experiment, Result, TransferError, read_table
from gru_core.data.series import Series
from gru_core.export import archive
from gru_core.export.archive import writing
from tests.gru_core.every_result import odd_results
from tests.gru_core.export.drawn import drawn
from tests.gru_core.same import same

DATES = pd.date_range("2020-01-31", periods=60, freq="ME")
VALUES = 3 * np.sin(np.arange(60) / 2) + 0.2 * np.arange(60) + 40
SERIES = Series(VALUES, "=cmd|' /C calc'!A1 <script>alert(1)</script>", DATES, "°C")
SMALL = Experiment(signal="own", window=5, hidden_size=3, layers=2)
RESULTS = [drawn(SMALL, SERIES)[0], drawn(SMALL.replace(members=3), VALUES)[0]]
PLOTLY = writing._plotly
NAMES = ["Été =1+1 <b>", "../../etc/passwd"]


@pytest.fixture(autouse=True, scope="module")
def no_plotly() -> Iterator[None]:
    """plotly.js takes long to pack, and most tests do not look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gru_core.export.archive.writing._plotly", lambda: b"plotly")
        yield


@pytest.fixture(scope="module")
def unpacked(no_plotly: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a zip, as a person unpacks it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with ZipFile(io.BytesIO(archive.write(RESULTS, NAMES))) as file:
        file.extractall(folder)
    return folder


# --- there and back


def test_the_same_runs_come_back_in_their_order() -> None:
    runs = archive.read(archive.write(RESULTS, NAMES))
    assert [run.name for run in runs] == NAMES
    for run, result in zip(runs, RESULTS, strict=True):
        assert same(run.result, result)
        assert run.result.scores == result.scores
        pd.testing.assert_frame_equal(run.result.forecast, result.forecast)


@given(odd_results())
@settings(max_examples=25)
def test_every_result_comes_back_to_the_last_bit(result: Result) -> None:
    (run,) = archive.read(archive.write([result], ["run"]))
    assert same(run.result, result)
    assert run.result.experiment == result.experiment


def test_equal_runs_give_equal_bytes() -> None:
    again = [drawn(SMALL, SERIES)[0], drawn(SMALL.replace(members=3), VALUES)[0]]
    assert archive.write(RESULTS, NAMES) == archive.write(again, NAMES)


def test_the_results_may_come_one_by_one_into_an_open_file(tmp_path: Path) -> None:
    with (tmp_path / "runs.zip").open("wb") as file:
        archive.write_to(file, iter(RESULTS), iter(NAMES))
    assert (tmp_path / "runs.zip").read_bytes() == archive.write(RESULTS, NAMES)


def test_names_that_are_equal_or_no_names_of_files_stay_apart() -> None:
    names = ["a", "a", "con", "ÄÖ/ü", "日本", "x" * 200, "", "half a \ud800\n letter"]
    runs = archive.read(archive.write([RESULTS[0]] * len(names), names))
    assert [run.name for run in runs] == [*names[:6], "run", "half a letter"]


def test_a_folder_that_was_zipped_again_is_read(unpacked: Path) -> None:
    target = io.BytesIO()
    with ZipFile(target, "w") as file:
        for path in sorted(unpacked.rglob("*")):
            file.write(path, f"my runs/{path.relative_to(unpacked)}")
        file.writestr("__MACOSX/runs.json", "not ours")
    assert [run.name for run in archive.read(target.getvalue())] == NAMES


# --- what is refused


def test_nothing_and_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TransferError, match="no run to put into the zip"):
        archive.write([], [])
    monkeypatch.setattr("gru_core.export.archive.writing.MOST_RUNS", 1)
    with pytest.raises(TransferError, match="at most 1 run"):
        archive.write(RESULTS, NAMES)


@pytest.mark.parametrize(("limit", "most"), [("MOST_ENTRIES", 20), ("MOST_BYTES", 100_000)])
def test_a_zip_that_the_reader_would_refuse_is_not_written(
    limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"gru_core.export.archive.writing.{limit}", most)
    with pytest.raises(TransferError, match=r"too large for one zip.*Choose fewer runs"):
        archive.write(RESULTS, NAMES)


# --- the files


def test_the_readme_names_every_file_and_every_run(unpacked: Path) -> None:
    text = (unpacked / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in unpacked.rglob("*") if path.is_file()} - {"README.md"}
    assert [name for name in files if f"`{name}`" not in text and f" {name}`" not in text] == []
    folders = sorted(path.name for path in (unpacked / "runs").iterdir())
    assert folders == ["01-ete-1-1-b", "02-etc-passwd"]
    assert all(f"`runs/{folder}`" in text for folder in folders)
    assert "<b>" not in text


def test_the_tables_hold_the_numbers_of_the_result(unpacked: Path) -> None:
    folder, result = unpacked / "runs/01-ete-1-1-b", RESULTS[0]
    for name in ("forecast", "history"):
        table = pd.read_csv(folder / f"{name}.csv")
        expected = getattr(result, name)
        for column in table.select_dtypes("number"):
            np.testing.assert_array_equal(table[column], expected[column])
    scores = pd.read_csv(folder / "scores.csv").set_index("of")
    pd.testing.assert_frame_equal(scores, result.score_table, check_names=False)


def test_the_series_can_be_read_as_my_own_data(unpacked: Path) -> None:
    data = (unpacked / "runs/01-ete-1-1-b/series.csv").read_bytes()
    series = read_table(data).series()
    np.testing.assert_array_equal(series.values, VALUES)
    assert list(series.time) == list(DATES)


def test_no_cell_is_a_formula(unpacked: Path) -> None:
    for path in unpacked.rglob("*.csv"):
        for column in pd.read_csv(path):
            assert not column.startswith(("=", "+", "-", "@"))
    assert "'=cmd|" in (unpacked / "runs/01-ete-1-1-b/series.csv").read_text(encoding="utf-8")


def test_the_charts_share_one_plotly_and_run_no_script_of_the_user(unpacked: Path) -> None:
    for name in ("forecast", "loss"):
        page = (unpacked / f"runs/01-ete-1-1-b/{name}.html").read_text(encoding="utf-8")
        sources = re.findall(r'src="([^"]+)"', page)
        assert sources == ["../../plotly.min.js"]
        assert (unpacked / "runs/01-ete-1-1-b" / sources[0]).resolve().is_file()
        assert "<script>alert" not in page
        assert len(page) < 200_000


def test_plotly_is_the_installed_one() -> None:
    assert PLOTLY() == get_plotlyjs().encode()


def test_the_code_is_the_program_of_the_run(unpacked: Path) -> None:
    for folder in (unpacked / "runs").iterdir():
        ast.parse((folder / "run.py").read_text(encoding="utf-8"))
        assert json.loads((folder / "run.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4


def blocks(folder: Path) -> list[str]:
    """The Python code in the README."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_pytorch_loads_the_weights_as_the_readme_says(
    unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(unpacked / "runs/01-ete-1-1-b")
    names: dict[str, Any] = {"hidden": 3, "layers": 2}
    exec(blocks(unpacked)[1], names)
    result, network = RESULTS[0], names["network"]
    context = torch.tensor(result.problem.context, dtype=torch.float32)
    with torch.no_grad():
        value = network.linear(network.rnn(context.view(1, -1, 1))[0][:, -1]).numpy()
    forecast = result.problem.undo(value[0].astype(np.float64), result.parts.forecast_start)
    np.testing.assert_allclose(forecast, result.forecast["forecast"][:1], rtol=1e-5)


def test_the_weights_of_several_members_are_those_of_a_list_of_modules(unpacked: Path) -> None:
    weights = load_file(unpacked / "runs/02-etc-passwd/weights.safetensors")
    kept = RESULTS[1].weights_by_epoch[RESULTS[1].kept_epoch]
    np.testing.assert_array_equal(weights["2.rnn.weight_hh_l1"], kept["rnn.weight_hh_l1"][2])
    assert len(weights) == 3 * len(kept)


def test_the_example_for_onnx_in_the_readme_runs(
    unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(unpacked / "runs/02-etc-passwd")
    start = RESULTS[1].parts.forecast_start
    names: dict[str, Any] = {"values": VALUES[:start]}
    exec(blocks(unpacked)[2].replace("24", str(RESULTS[1].parts.horizon)), names)
    np.testing.assert_allclose(names["forecast"], RESULTS[1].forecast["forecast"], rtol=1e-5)
    assert onnxruntime.InferenceSession("network.onnx").get_outputs()[0].name == "next"


def test_a_network_that_onnx_cannot_hold_is_named_in_the_readme() -> None:
    result = RESULTS[0]
    weights = {n: a.copy() for n, a in result.weights_by_epoch[result.kept_epoch].items()}
    weights["linear.bias"][0] = np.inf
    broken = replace(result, weights_by_epoch={result.kept_epoch: weights})
    with ZipFile(io.BytesIO(archive.write([broken], ["broken"]))) as file:
        assert not [name for name in file.namelist() if name.endswith(".onnx")]
        assert "not finite" in file.read("README.md").decode()


def test_the_program_for_mlflow_logs_settings_losses_scores_and_files(
    unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[Any, ...]] = []

    class Run:
        def __init__(self, run_name: str) -> None:
            calls.append(("run", run_name))

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    fake = SimpleNamespace(
        set_experiment=lambda name: calls.append(("experiment", name)),
        start_run=Run,
        log_params=lambda params: calls.append(("params", params)),
        log_metrics=lambda metrics, step=None: calls.append(("metrics", metrics, step)),
        log_artifacts=lambda folder: calls.append(("files", os.path.basename(folder))),
    )
    monkeypatch.setitem(sys.modules, "mlflow", fake)  # type: ignore[arg-type]
    program = unpacked / "log_to_mlflow.py"
    exec(compile(program.read_text(encoding="utf-8"), program, "exec"), {"__file__": str(program)})
    assert [call[1] for call in calls if call[0] == "run"] == NAMES
    losses = {"train_loss": 0.5, "val_loss": 0.6, "last_loss": 0.4, "seconds": 0.1}
    assert calls.count(("metrics", losses, 1)) == 2
    assert ("metrics", RESULTS[0].scores, None) in calls
    assert [call[1] for call in calls if call[0] == "files"] == ["01-ete-1-1-b", "02-etc-passwd"]
    params = next(call[1] for call in calls if call[0] == "params")
    assert Experiment(**params) == RESULTS[0].experiment
