"""The start of the server does not look through the installed packages."""

from __future__ import annotations

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.component_manager import BidiComponentManager

from pages.ui import installed


def test_the_server_looks_for_no_components_of_other_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(
        manifest_scanner, "scan_component_manifests", lambda: looked.append("looked") or []
    )
    find = BidiComponentManager.discover_and_register_components
    monkeypatch.setattr(BidiComponentManager, "discover_and_register_components", find)
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    assert looked == ["looked"]
    installed.need_no_components()
    manager.discover_and_register_components(start_file_watching=False)
    assert looked == ["looked"]
