"""The start of the server does not look through the installed packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

CODE = """
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.component_manager import BidiComponentManager
looked = []
manifest_scanner.scan_component_manifests = lambda: looked.append(1) or []
BidiComponentManager().discover_and_register_components(start_file_watching=False)
import app
BidiComponentManager().discover_and_register_components(start_file_watching=False)
print(len(looked))
"""


def test_the_server_looks_for_no_components_of_other_packages() -> None:
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
