"""Keeps the keyboard focus: a browser takes the focus away from a button that is disabled."""

from __future__ import annotations

import streamlit as st

__all__ = ["keep"]

# Streamlit runs this again when `to` changes: other buttons are enabled then.
_CODE = """
const had = new Map();
document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.("[data-focus-row]");
  // Only the keyboard's focus: who uses a mouse misses nothing.
  if (row && target.matches(":focus-visible")) had.set(row.dataset.focusRow, Date.now());
  else had.clear();
});
export default function ({ data, parentElement }) {
  const row = document.querySelector(`.st-key-${data.row}`);
  if (!row) return;
  row.dataset.focusRow = data.row;
  const look = () => {
    const lost = document.activeElement === document.body || document.activeElement?.disabled;
    if (!had.has(data.row) || !lost) return;
    const named = [...row.querySelectorAll("button")].find(
      (button) => button.textContent.trim().endsWith(data.to) && !button.disabled);
    named?.focus();
  };
  for (const pause of [50, 300, 1000]) setTimeout(look, pause);
}
"""
_component = st.components.v2.component(
    "gru_lab_focus", html="<span hidden></span>", js=_CODE, isolate_styles=False
)


def keep(row: str, to: str) -> None:
    """Give the focus to the button `to` if the container with the key `row` has lost it."""
    _component(key=f"focus-{row}", data={"row": row, "to": to})
