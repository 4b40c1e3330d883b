"""A line of text that a screen reader reads aloud when it changes."""

from __future__ import annotations

import streamlit as st

__all__ = ["live_region"]

_CODE = """
export default function ({ data, parentElement }) {
  const line = parentElement.querySelector("p");
  if (line.textContent !== data.words) line.textContent = data.words;
}
"""
_component = st.components.v2.component(
    "gru_lab_live_region",
    html='<p role="status"></p>',
    css="p { margin: 0; min-height: 1lh; color: var(--st-text-color); font: inherit; }",
    js=_CODE,
)


def live_region(words: str, *, key: str) -> None:
    """Show `words`. The element stays, because a screen reader ignores a new one."""
    _component(key=key, data={"words": words})
