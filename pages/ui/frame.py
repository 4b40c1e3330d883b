"""The parts that all pages share: styles, scenes and error boxes."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import text
from pages.ui.server import engine, keeper

__all__ = ["SCENES", "error", "scene", "style", "trouble"]

#: What the Lab shows in turn: the series, the run that goes on, its result.
SCENES = ("preview", "running", "result")

# Padding: Streamlit's own top padding wastes much space on a phone.
# Theme: `light-dark` follows it, because Streamlit sets `color-scheme` on its outermost element.
# Button text, dark theme: white on the primary colour has a contrast of 2.4, this dark text 7.6.
# Button background: Streamlit darkens it under the mouse or with the focus. In the dark theme, the
# dark text would then be hard to read.
# Captions: an opacity of 0.6 gives a contrast of 4.2, an opacity of 0.8 gives 8.0.
# A reply to a question: its place is as high as a long reply, so nothing below it moves.
# Code: Streamlit's colours have a contrast of 2.7 to 3.9 in the light theme, these at least 5.
# Sidebar: Streamlit keeps an empty one if somebody leaves the Lab while it is still loading.
# A run in progress: every refresh would start Streamlit's transitions of the progress bar and of
# outdated elements anew. The browser would then draw 60 frames per second all the time. That takes
# the processor from the run.
# Focus ring: Streamlit's is half transparent and has a contrast of 2.2 to the page.
_STYLE = """
<style>
  [data-testid="stBaseButton-primary"]:enabled { color: light-dark(#ffffff, #10171a); }
  [data-testid="stBaseButton-primary"]:enabled:is(:hover, :focus-visible, :active) {
    background: light-dark(#074c51, #63c9cf); border-color: light-dark(#074c51, #63c9cf);
  }
  [data-testid="stCaptionContainer"] { opacity: 0.8; }
  [data-testid="stApp"] :is(a, button, summary):focus-visible,
  [data-testid="stApp"] [data-focus-visible] {
    outline: 2px solid light-dark(#0a666d, #3fb8bf); outline-offset: 2px;
  }
  [data-testid="stMain"]:focus-visible {
    outline: 2px solid light-dark(#0a666d, #3fb8bf); outline-offset: -2px;
  }
  [data-testid="stSidebar"]:not(
    :has([data-testid="stElementContainer"], [data-testid="stSidebarNav"])) { display: none; }
  .st-key-progress-aloud {
    position: absolute; width: 1px !important; overflow: hidden; clip-path: inset(50%);
  }
  .st-key-scene-running [data-testid="stProgress"] * { transition: none !important; }
  .st-key-scene-running [data-testid="stElementContainer"] {
    opacity: 1 !important; transition: none !important;
  }
  .block-container { padding-top: 5rem; padding-bottom: 3rem; max-width: 78rem; }
  h2 { font-size: 1.4rem !important; }
  [data-testid="stSidebar"] h2 { font-size: 1.2rem !important; }
  .st-key-lab-heading h1 { font-size: 1.5rem; padding: 0 0 0.6rem; }
  [class*="st-key-reply-"] { min-height: 5.2rem; }
  [data-testid="stCode"] .token:is(.comment, .punctuation) { color: light-dark(#5a6472, #a3abb8); }
  [data-testid="stCode"] .token:is(.keyword, .function, .class-name) {
    color: light-dark(#0b5cad, #7db8f2);
  }
  [data-testid="stCode"] .token:is(.number, .boolean) { color: light-dark(#0a6b5c, #4fc7b3); }
  [data-testid="stCode"] .token.string { color: light-dark(#0c6b2e, #5fcf86); }
  [data-testid="stCode"] .token.operator { color: light-dark(#a34400, #f08d4a); }
  .st-key-load-ahead { display: none; }
  .st-key-ended [data-testid="stAlertContainer"] { padding: 0.35rem 0.8rem; }
  @media (max-width: 640px) {
    [class*="st-key-reply-"] { min-height: 11rem; }
    [data-testid="stTable"] :is(td, th) { padding: 0.25rem; font-size: 0.8rem; }
    .block-container { padding-left: 1rem; padding-right: 1rem; }
    h1 { font-size: 1.7rem !important; }
    h3 { font-size: 1.2rem !important; }
  }
</style>
"""


def style() -> None:
    """Set the styles."""
    st.html(_STYLE)


def trouble(place: DeltaGenerator) -> None:
    """Say it in `place` if the training workers cannot be reached, or if no run is kept."""
    with place:
        if engine().trouble:
            error(engine().trouble, icon=":material/cloud_off:")
        if fault := keeper().trouble:
            st.warning(text.plain(fault), icon=":material/save:", title="Runs are not kept now")


def scene(name: str) -> DeltaGenerator:
    """The place for one of the `SCENES` of a page; the places of the others are emptied.

    Streamlit keeps the elements of the last scene until the new scene is complete. Only another
    element in the same place removes them earlier. Without this, a chart was seen twice.
    """
    places = {
        one: st.container(key=f"scene-{one}") if one == name else st.empty() for one in SCENES
    }
    return places[name]


def error(message: object, *, title: str | None = None, icon: str = ":material/error:") -> None:
    """Show an error. Markdown is escaped: the message may quote a link, a file or a column."""
    st.error(text.plain(str(message)), icon=icon, title=title)
