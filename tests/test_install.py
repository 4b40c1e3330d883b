"""`pip install .` in a new environment, and the commands of the README that need it.

The new environment borrows the packages of this one. Only gru_core is installed into it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import psutil
import pytest

import gru_core
from tests.test_readme import README, blocks
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[1]
SOURCES = ("pyproject.toml", "requirements.txt", "README.md")
GENERATED = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")

#: Trains in a process that knows the workers by their address alone.
TRAIN = """
from gru_core import Experiment
from gru_core.engine import Engine
engine = Engine.from_environment().start()
try:
    assert engine.wait_ready(100), engine.trouble
    job = engine.submit(Experiment(points=60, hidden_size=4, epochs=2), owner="me")
    assert job.wait(100)
    print(job.status, job.snapshot().message)
finally:
    engine.close()
"""


@dataclass
class Installed:
    """An environment with gru_core, and an empty folder to work in."""

    folder: Path

    @property
    def log(self) -> Path:
        """What the programs of a cluster write."""
        return self.folder / "cluster.log"

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    def run(self, *command: str | Path, **environment: str) -> str:
        """The output of a command that is run in the empty folder."""
        done = self._do(command, environment)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def refused(self, *command: str | Path, **environment: str) -> str:
        """The output of a command that must fail."""
        done = self._do(command, environment)
        assert done.returncode != 0, done.stdout
        return done.stdout

    @property
    def cache(self) -> Path:
        """Where its programs keep what they have compiled."""
        return self.folder / "cache"

    def _do(
        self, command: tuple[str | Path, ...], environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def environment(self, **more: str) -> dict[str, str]:
        """The environment variables of a command, which must find gru_core by itself."""
        mine = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return mine | {"XDG_CACHE_HOME": str(self.cache)} | more

    def take_over_compiled_code(self) -> None:
        """Use the machine code of the kernels here. To compile them takes half a minute.

        Numba keeps it in a folder whose name follows from the path of the source.
        """
        kept = platformdirs.user_cache_path("gru-lab") / "kernels"
        python = self.run(self.python, "-c", "import gru_core; print(gru_core.__path__[0])")
        here, there = (
            hashlib.sha1(str(Path(package, "training", "kernels")).encode()).hexdigest()
            for package in (*gru_core.__path__, python.strip())
        )
        for folder in kept.glob(f"*/kernels_{here}"):
            mine = self.cache / "gru-lab" / "kernels" / folder.parent.name
            shutil.copytree(folder, mine / f"kernels_{there}")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    shutil.copytree(ROOT / "gru_core", source / "gru_core", ignore=GENERATED)
    for name in SOURCES:
        shutil.copy(ROOT / name, source)
    venv.create(folder / ".venv", symlinks=True)
    made = Installed(folder)
    borrowed = sysconfig.get_path("purelib")
    own = made.run(made.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    Path(own.strip(), "borrowed.pth").write_text(borrowed)
    # Without an index, pip installs nothing but this package. So it fails if a package is missing.
    install = ("pip", "install", "--no-index", "--no-build-isolation", str(source))
    made.run(made.python, "-m", *install, PIP_DISABLE_PIP_VERSION_CHECK="1")
    for script in ("dask", "streamlit"):
        text = Path(sysconfig.get_path("scripts"), script).read_text()
        mine = made.python.with_name(script)
        mine.write_text(f"#!{made.python}\n" + text.partition("\n")[2])
        mine.chmod(0o755)
    return made


def test_the_package_holds_every_file_of_its_source(installed: Installed) -> None:
    where = "import gru_core, pathlib; print(pathlib.Path(gru_core.__file__).parent)"
    package = Path(installed.run(installed.python, "-c", where).strip())
    assert package.is_relative_to(installed.folder)

    def files(folder: Path) -> set[str]:
        paths = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        return {str(path.relative_to(folder)) for path in paths}

    assert files(package) == files(ROOT / "gru_core")
    assert {path.suffix for path in package.rglob("*")} >= {".json", ".csv", ".md"}


def test_nothing_but_the_package_is_installed(installed: Installed) -> None:
    code = "import os, sysconfig; print(*os.listdir(sysconfig.get_path('purelib')))"
    names = set(installed.run(installed.python, "-c", code).split())
    assert names == {"borrowed.pth", "gru_core", f"gru_lab-{gru_core.__version__}.dist-info"}


def test_its_requirements_are_those_of_the_app(installed: Installed) -> None:
    code = "import importlib.metadata as m; print(*m.requires('gru-lab'), sep='\\n')"
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = {re.sub(r"[<>=].*", "", line) for line in lines if line and line[0] != "#"}
    found = installed.run(installed.python, "-c", code).splitlines()
    assert {re.sub(r"[<>=].*", "", line) for line in found} == wanted


def test_shipped_data_are_read_from_the_installed_package(installed: Installed) -> None:
    code = (
        "from gru_core.data.datasets import DATASETS; from gru_core.shipped import lesson, gallery;"
        "from gru_core.teaching import measured; print('all here')"
    )
    assert installed.run(installed.python, "-c", code).strip() == "all here"


def commands() -> list[str]:
    """The commands of the section about Dask.

    They are: install, make a certificate, name it, scheduler, worker, name it for the app, app.
    """
    section = README.split("## On a Dask cluster")[1].split("\n## ")[0]
    return "".join(blocks("sh", section)).splitlines()


def test_the_install_command_of_the_readme_is_the_one_tried_here() -> None:
    assert commands()[0] == "python3 -m venv .venv && .venv/bin/pip install ."


@contextlib.contextmanager
def running(installed: Installed, command: str, port: int) -> Iterator[None]:
    """Run a command of the README with the scheduler's address, and with one worker at most."""
    filled = {"SCHEDULER": "127.0.0.1", "8786": str(port), "--nworkers auto": "--nworkers 1"}
    for words, mine in filled.items():
        command = command.replace(words, mine)
    with installed.log.open("ab") as log:
        shell = subprocess.Popen(
            ["bash", "-c", command],
            cwd=installed.folder,
            env=installed.environment(),
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        family = [psutil.Process(shell.pid), *psutil.Process(shell.pid).children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _, left = psutil.wait_procs(family, timeout=PATIENCE)
        for process in left:
            process.kill()
        shell.wait(PATIENCE)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_the_cluster_of_the_readme_trains(installed: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _, certificate, tls, scheduler, worker, export, app = commands()
    assert app.startswith("GRU_LAB_SCHEDULER=tls://SCHEDULER:8786 ")
    installed.take_over_compiled_code()
    installed.run("bash", "-c", certificate)
    assert (installed.folder / "lab.key").stat().st_mode & 0o077 == 0  # nobody else may read it
    with running(installed, f"{tls}\n{scheduler}", port):
        wait_until(lambda: listens(port), "the scheduler")
        with running(installed, f"{tls}\n{worker}", port):
            wait_until(lambda: "Register worker" in installed.log.read_text(), "a worker")
            files = dict(pair.split("=") for pair in export.removeprefix("export ").split())
            address = {"GRU_LAB_SCHEDULER": f"tls://127.0.0.1:{port}"}
            output = installed.run(installed.python, "-c", TRAIN, **address, **files)
            stranger = dict.fromkeys(files, "")
            refused = installed.refused(installed.python, "-c", TRAIN, **address, **stranger)
    assert output.splitlines()[-1].startswith("finished"), output
    assert "GRU_LAB_TLS_CA" in refused
