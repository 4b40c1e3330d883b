"""Lets a decimal comma work in the fields for numbers: a browser drops it, and 0,01 becomes 1."""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st

__all__ = ["accept"]

# A field for whole numbers is left alone: there, a comma can only stand between thousands.
# The browser reports the comma before it drops it, so a point can be written in its place.
_CODE = """
let fields = [];
const point = (text) => {
  const marks = text.replace(/[^.,]/g, "");
  if (/^,$/.test(marks)) return text.replace(",", ".");        // 0,01
  if (/^\\.+,$/.test(marks)) return text.replaceAll(".", "").replace(",", ".");  // 1.234,5
  return text.replaceAll(",", "");                              // 1,234.5 or 1,234,567
};
document.addEventListener("beforeinput", (event) => {
  const { target, data } = event;
  if (!data?.includes(",") || !target.matches?.("input[type=number]")) return;
  if (!fields.some((name) => target.closest(`.st-key-${name}`))) return;
  event.preventDefault();
  document.execCommand("insertText", false, point(data));
}, true);
export default function ({ data }) { fields = data.fields; }
"""
_component = st.components.v2.component(
    "gru_lab_decimal_comma", html="<span hidden></span>", js=_CODE, isolate_styles=False
)


def accept(keys: Iterable[str]) -> None:
    """Let the number inputs with these keys take a comma as a decimal point."""
    # Streamlit makes the name of a class from a key in this way.
    fields = [re.sub(r"[^\w-]", "-", key) for key in keys]
    # Without a key: every number input reads the state of all components that have one.
    _component(data={"fields": fields})
