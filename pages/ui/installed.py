"""Keeps the server from looking for components in all installed packages."""

from __future__ import annotations

from typing import Any

from streamlit.components.v2.component_manager import BidiComponentManager

__all__ = ["need_no_components"]


def need_no_components() -> None:
    """Let the start find no components of other packages. Call it before the server starts.

    The pages use none. Streamlit would read the metadata of each installed package. That takes a
    tenth of a second, before the server answers for the first time.
    """
    BidiComponentManager.discover_and_register_components = _find_nothing  # type: ignore[method-assign]


def _find_nothing(manager: BidiComponentManager, **_: Any) -> None:
    pass
