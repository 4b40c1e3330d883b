"""Components of our own: parts of a page that the browser draws with code from `assets/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import browser_files

__all__ = ["component", "numbers"]


def component(
    name: str, *arguments: str, styles: tuple[str, ...] = (), **options: Any
) -> Callable[..., Any]:
    """The component `name`, from `name.html`, `name.css` and `name.js` in `assets/name/`.

    Call it once, when a module is imported. What it returns draws the component on a page.

    Args:
        arguments: more arguments for `draw` in `name.js`.
        styles: other style sheets that it shares.
        options: more options of Streamlit's components.
    """
    folder = f"{name}/{name}"
    sheets = [*styles, f"{folder}.css"]
    mount: Callable[..., Any] = st.components.v2.component(
        f"gru_lab_{name}",
        html=browser_files.read(f"{folder}.html"),
        css="".join(map(browser_files.read, sheets)),
        js=browser_files.code(folder, *arguments),
        **options,
    )
    return mount


def numbers(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers for a component. JSON has none that is not finite, so each of these becomes None."""
    return [value if np.isfinite(value) else None for value in values.tolist()]
