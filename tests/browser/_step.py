"""The drawing of one step: on its page, and with a network of any kind on an empty page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from pages.ui.learn import step
from pages.ui.messages import messages
from pages.ui.subject import Subject
from tests.browser import _mount

SMALL = {"points": 120, "hidden_size": 2, "window": 5, "horizon": 20}


def data_of(experiment: Experiment, weights: Weights) -> dict[str, Any]:
    """What Python sends to the component for a network."""
    subject = Subject(Problem.of(experiment), weights)
    words = messages("step").group("labels")
    return {"network": subject.network, "values": step.values(subject), "unit": "", "words": words}


def mounted(tab: Any, experiment: Experiment, weights: Weights) -> Any:
    """The drawing of a network, on an empty page."""
    component = _mount.component_of("learn", "step")
    return _mount.mounted(tab, component, data_of(experiment, weights))


def drawn(tab: Any) -> Any:
    """The drawing that the screen shows, on an empty page."""
    drawing = _mount.mounted(tab, _mount.component_of("learn", "step"))
    expect(drawing).to_have_attribute("data-moving", "false")
    return drawing


def opened(tab: Any) -> Any:
    """The screen after a guess."""
    tab.open("/learn", learn="step")
    tab.page.get_by_text(messages("step")("predict.choices.old")).click()
    drawing = tab.page.locator(".gru-step")
    expect(drawing).to_have_attribute("data-moving", "false")
    return drawing


def press(drawing: Any, name: str, times: int = 1) -> None:
    for _ in range(times):
        drawing.get_by_role("button", name=name, exact=True).click()
