"""Practice in a browser: the file with the progress, and the programs that can be downloaded."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import expect

from pages.ui.messages import messages
from tests.browser.test_data_and_links import download
from tests.gru_core.export.conftest import Execute, environment, execute

__all__ = ["environment", "execute"]  # the fixtures that run a downloaded program

WORDS = messages("practice")
QUICK = {"points": 120, "hidden_size": 8, "epochs": 12}


def test_progress_goes_to_a_new_session_in_a_file(tab: Any) -> None:
    tab.open("/practice", practice="questions")
    tab.page.locator(".st-key-check-echo label", has_text="0.0723").click()
    expect(tab.page.get_by_text("Question 1 of 16. Solved: 1.")).to_be_visible()
    title = tab.page.get_by_text(WORDS("progress.title"), exact=True)
    title.click()
    saved = download(tab, WORDS("progress.save")).read_bytes()
    assert json.loads(saved)["items"] == [
        {"kind": "question", "name": "echo", "done": True, "tries": 1}
    ]
    tab.page.reload()  # a new session
    expect(tab.page.get_by_text("Question 1 of 16. Solved: 0.")).to_be_visible()
    title.click()
    chooser = tab.page.get_by_test_id("stFileUploader").locator("input[type=file]")
    broken = {"name": "broken.json", "mimeType": "application/json", "buffer": saved[:40]}
    chooser.set_input_files(broken)
    expect(tab.box("This file is damaged, or it holds no progress.")).to_be_visible()
    for _ in range(2):  # the second time changes nothing
        chooser.set_input_files(broken | {"name": "mine.json", "buffer": saved})
        expect(tab.box("You have solved 0 exercises and 1 question so far.")).to_be_visible()
        expect(tab.page.get_by_text("Question 1 of 16. Solved: 1.")).to_be_visible()
    expect(tab.page.get_by_test_id("stAlert")).to_have_count(1)
    assert download(tab, WORDS("progress.save")).read_bytes() == saved


def test_downloaded_programs_repeat_the_run(tab: Any, execute: Execute) -> None:
    name = "<b>\"sales\"</b> '''$x$"
    rows = "\n".join(f"{math.sin(k / 3):.4f}" for k in range(90))
    tab.open("/lab", **QUICK, signal="own")
    tab.page.get_by_label("or paste numbers").fill(f"{name}\n{rows}")
    tab.page.keyboard.press("Control+Enter")
    expect(tab.button("Train")).to_be_enabled()
    tab.button("Train").click()
    expect(tab.box("Finished after")).to_be_visible()
    tab.button("Share").click()
    forecast = pd.read_csv(download(tab, "Forecast (CSV)"))["forecast"].to_numpy()
    shared = download(tab, WORDS("code.script")).read_text()
    tab.page.keyboard.press("Escape")
    tab.page.get_by_role("link", name="Show me the code").click()
    expect(tab.page.get_by_role("heading", name=WORDS("code.title"))).to_be_visible()
    script = download(tab, WORDS("code.script")).read_text()
    notebook = json.loads(download(tab, WORDS("code.notebook")).read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert script == shared
    for program in (script, "\n".join("".join(cell["source"]) for cell in cells)):
        np.testing.assert_allclose(execute(program), forecast, atol=1e-4)
