"""Data into the Lab and out of it: files, links and downloads."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
from playwright.sync_api import expect

from tests.quick_run import QUICK

OWN = {"signal": "own", "hidden_size": 8, "epochs": 20}
WAVE = "\n".join(f"{2000 + k // 12}-{k % 12 + 1:02},{math.sin(k):.4f}" for k in range(90))


def upload(tab: Any, name: str, text: str) -> None:
    tab.page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )


def download(tab: Any, label: str) -> Path:
    with tab.page.expect_download() as saved:
        tab.button(label).click()
    return Path(saved.value.path())


def test_a_good_file_can_be_trained_on(tab: Any) -> None:
    tab.open("/lab", **OWN)
    upload(tab, "waves.csv", f"month,height\n{WAVE}")
    expect(tab.page.get_by_text("90 values of height, from")).to_be_visible()
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    expect(tab.page.get_by_text("Scored on 18 steps from position 72")).to_be_visible()
    expect(tab.forecast).to_be_visible()  # with dates along its axis


def test_the_error_of_a_bad_file_names_its_rows(tab: Any) -> None:
    tab.open("/lab", **OWN)
    text = f"month,height\n{WAVE}".replace(",0.8415", ",high").replace(",0.1411", ",low")
    upload(tab, "bad.csv", text)
    message = tab.box("'height' has text among its numbers, in rows 3 ('high'), 5 ('low')")
    expect(message).to_be_visible()
    expect(tab.button("Train")).to_be_disabled()


def test_markup_in_a_column_name_does_no_harm(tab: Any) -> None:
    names = [
        "<img src=x onerror='window.harmed=1'>",
        "[click](javascript:window.harmed=1)",
        r"$\href{javascript:window.harmed=1}{x}$",
    ]
    rows = "\n".join(";".join([f"{math.sin(k):.4f}"] * 3) for k in range(90))
    tab.open("/lab", **OWN)
    upload(tab, "names.csv", ";".join(names) + "\n" + rows)
    for name in names:
        tab.page.get_by_role("combobox", name="Value column").click()
        tab.page.get_by_role("option", name=name, exact=True).click()
        expect(tab.page.get_by_test_id("stMain").get_by_text(f"{name}: 90 values")).to_be_visible()
    assert tab.page.evaluate("window.harmed") is None
    for harmful in ("a[href^=javascript]", "img[onerror]", ".katex"):
        expect(tab.page.locator(harmful)).to_have_count(0)


def test_a_shared_link_gives_another_user_the_same_settings(
    tab: Any, new_tab: Any, server: Any
) -> None:
    tab.open("/lab", signal="mackey-glass", **QUICK)
    tab.set("Window", 24)
    expect(tab.page).to_have_url(re.compile("window=24"))
    tab.button("Share").click()
    code = tab.page.get_by_test_id("stCode")
    expect(code).to_contain_text("window=24")
    link = code.inner_text().strip()
    assert link == tab.page.url

    other = new_tab(server)
    other.page.goto(link)
    expect(other.button("Train")).to_be_enabled()
    for label, value in (("Window", "24"), ("Points", "120"), ("Epochs", "20")):
        expect(other.field(label)).to_have_value(value)
    expect(other.page.get_by_text("Mackey–Glass: 120 values")).to_be_visible()
    expect(other.page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_result_can_be_downloaded(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    tab.button("Share").click()
    forecast = pd.read_csv(download(tab, "Forecast (CSV)"))
    assert list(forecast.columns) == ["step", "t", "actual", "forecast", "one_step"]
    assert forecast["step"].tolist() == list(range(1, 25))
    assert len(pd.read_csv(download(tab, "Loss history (CSV)"))) == 20
    settings = json.loads(download(tab, "Experiment (JSON)").read_text())
    assert {name: settings[name] for name in QUICK} == QUICK
    page = download(tab, "Forecast chart (HTML, 5 MB)").read_text()
    assert "Closed loop" in page
