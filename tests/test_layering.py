"""The imports of every file, read from its source and checked in a fresh process.

`ROOMS` is the order in which data flow. No room imports a later one.
"""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import gru_core

ROOT = Path(__file__).parent.parent

#: The rooms of the core, in the order in which data flow. A room may import only earlier rooms.
ROOMS = (
    "errors",
    "lazy",
    "wording",
    "options",
    "data",
    "experiment",
    "forecast",
    "packing",
    "training",
    "judgement",
    "search",
    "figures",
    "export",
    "store",
    "engine",
    "shipped",
    "teaching",
)

#: Pairs of rooms that never import each other.
STRANGERS = {("training", "judgement"), ("figures", "engine")}

#: The only modules that load torch: they import it, or import a module that does.
HEAVY = {
    "gru_core.training.network",
    "gru_core.training.warm_start",
    "gru_core.training.device",
    "gru_core.training.choose",
    "gru_core.training.compiled_learner",
    "gru_core.training.learner",
    "gru_core.training.schedule",
    "gru_core.training.torch_learner",
    "gru_core.training.loop",
    "gru_core.training.run",
    "gru_core.training.run_state",
    "gru_core.search.bench",
    "gru_core.search.search",
    "gru_core.engine.worker",
    "gru_core.shipped.make_before_after",
    "gru_core.shipped.make_echo",
    "gru_core.shipped.make_gallery",
    "gru_core.shipped.make_home",
    "gru_core.shipped.make_lesson",
    "gru_core.shipped.make_pair",
    "gru_core.teaching.make_measured",
}


class Import(NamedTuple):
    """One name that a file imports.

    `when` is `module`, `function`, or `typing` for an import under TYPE_CHECKING.
    """

    name: str
    when: str


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_of(path): path
    for folder in ("gru_core", "pages")
    for path in sorted((ROOT / folder).rglob("*.py"))
} | {"app": ROOT / "app.py"}
CORE = [module for module in FILES if module.startswith("gru_core")]
WEB = [module for module in FILES if not module.startswith("gru_core")]


def imports_in(tree: ast.AST, package: str, when: str = "module") -> list[Import]:
    """Every import in `tree`, and when it is made."""
    entries: list[Import] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            entries += [Import(alias.name, when) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                base = ".".join([*above[: len(above) - node.level + 1], *filter(None, [base])])
            entries += [Import(f"{base}.{alias.name}", when) for alias in node.names]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            entries += imports_in(node, package, "function" if when == "module" else when)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            typing = ast.Module(body=node.body, type_ignores=[])
            entries += imports_in(typing, package, "typing")
            entries += imports_in(ast.Module(body=node.orelse, type_ignores=[]), package, when)
        else:
            entries += imports_in(node, package, when)
    return entries


def imports_of(module: str) -> list[Import]:
    path = FILES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return imports_in(ast.parse(path.read_text(encoding="utf-8")), package)


IMPORTS = {module: imports_of(module) for module in FILES}


def imports(module: str, *names: str) -> list[Import]:
    """The imports in `module` of any of the packages `names`."""
    return [entry for entry in IMPORTS[module] if entry.name.split(".")[0] in names]


def resolved(name: str) -> str | None:
    """The module of an imported name `a.b.c`: `a.b.c` itself, or `a.b` if that is no module."""
    for candidate in (name, name.rpartition(".")[0]):
        if candidate in FILES:
            return candidate
    return None


def graph(*moments: str) -> dict[str, set[str]]:
    """For each module of the core: the core modules that it imports, at these moments."""
    edges: dict[str, set[str]] = {module: set() for module in CORE}
    for module in CORE:
        for entry in IMPORTS[module]:
            target = resolved(entry.name)
            if entry.when in moments and target is not None:
                edges[module].add(target)
    return edges


def room(module: str) -> str:
    """The room of a module of the core."""
    return module.split(".")[1]


# --- reading imports


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b as c, d", [("a.b", "module"), ("d", "module")]),
        ("from a.b import c, d", [("a.b.c", "module"), ("a.b.d", "module")]),
        ("from . import x", [("pack.age.x", "module")]),
        ("from ..other import x", [("pack.other.x", "module")]),
        ("def f():\n    class A:\n        import a", [("a", "function")]),
        ("async def f():\n    import a", [("a", "function")]),
        ("class A:\n    import a", [("a", "module")]),
        ("try:\n    import a\nexcept E:\n    import b", [("a", "module"), ("b", "module")]),
        (
            "if TYPE_CHECKING:\n    import a\nelse:\n    import b",
            [("a", "typing"), ("b", "module")],
        ),
        ("if typing.TYPE_CHECKING:\n    import a", [("a", "typing")]),
        ("x = 'import a'", []),
    ],
)
def test_an_import_is_found_anywhere_in_a_file(
    source: str, expected: list[tuple[str, str]]
) -> None:
    assert imports_in(ast.parse(source), "pack.age") == expected


def test_every_file_is_read() -> None:
    assert {"gru_core.engine.worker", "gru_core", "pages.router", "app"} <= set(FILES)
    weights = Import("gru_core.forecast.events.Weights", "module")
    assert weights in IMPORTS["gru_core.training.network"]


# --- who may import what


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_neither_streamlit_nor_pages(module: str) -> None:
    assert imports(module, "streamlit", "pages", "app") == []


@pytest.mark.parametrize("module", WEB)
def test_the_web_process_imports_no_torch(module: str) -> None:
    assert imports(module, "torch") == []
    assert not {resolved(entry.name) for entry in IMPORTS[module]} & HEAVY
    names = {entry.name for entry in imports(module, "gru_core")}
    assert not {"gru_core.run", "gru_core.train"} & names  # they load torch on first use


@pytest.mark.parametrize("module", sorted(set(CORE) - HEAVY))
def test_only_the_expected_modules_import_torch(module: str) -> None:
    assert imports(module, "torch") == []


def test_only_the_expected_modules_load_torch() -> None:
    edges = graph("module")
    heavy = {module for module in CORE if imports(module, "torch")}
    while more := {module for module in CORE if edges[module] & heavy} - heavy:
        heavy |= more
    assert heavy == HEAVY


@pytest.mark.parametrize(
    "moments",
    [("module",), ("module", "function"), ("module", "function", "typing")],
    ids=["at import", "and in functions", "and for type checkers"],
)
def test_there_is_no_cycle(moments: tuple[str, ...]) -> None:
    try:
        list(TopologicalSorter(graph(*moments)).static_order())
    except CycleError as error:
        pytest.fail(f"a cycle of imports: {' -> '.join(reversed(error.args[1]))}")


def test_every_module_is_in_a_room() -> None:
    assert sorted(ROOMS) == sorted({room(module) for module in CORE if module != "gru_core"})


@pytest.mark.parametrize("module", [module for module in CORE if module != "gru_core"])
def test_no_module_imports_a_later_room(module: str) -> None:
    targets = graph("module", "function", "typing")[module]
    assert "gru_core" not in targets  # only users import from the package itself
    later = [t for t in targets if ROOMS.index(room(t)) > ROOMS.index(room(module))]
    assert later == []


@pytest.mark.parametrize(("one", "other"), sorted(STRANGERS))
def test_strangers_do_not_import_each_other(one: str, other: str) -> None:
    edges = graph("module", "function", "typing")
    between = [
        (module, target)
        for module in CORE
        for target in edges[module]
        if "gru_core" not in (module, target) and {room(module), room(target)} == {one, other}
    ]
    assert between == []


def may_import() -> dict[str, set[str]]:
    """For each room: the rooms that its docstring allows it to import."""
    allowed = {}
    for name in ROOMS:
        text = ast.get_docstring(ast.parse(FILES[f"gru_core.{name}"].read_text(encoding="utf-8")))
        sentence = re.search(r"(?:May import|Imports) ([^.]*)\.", text or "")
        assert sentence is not None, f"{name} does not say what it may import"
        allowed[name] = set(re.findall(r"`(\w+)`", sentence[1]))
    return allowed


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_only_what_its_docstring_allows(name: str) -> None:
    edges = graph("module", "function", "typing")
    inside = [module for module in CORE if module != "gru_core" and room(module) == name]
    foreign = {room(target) for module in inside for target in edges[module]} - {name}
    assert foreign <= may_import()[name]


# --- a fresh process


def modules_after(code: str) -> set[str]:
    """The top-level packages that a fresh process has loaded after `code`."""
    report = "import sys; print(*{name.partition('.')[0] for name in list(sys.modules)})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return set(done.stdout.split())


#: Packages that take long to load.
SLOW = {"numpy", "pandas", "pydantic", "scipy", "statsmodels", "dask", "distributed", "torch"}


@pytest.mark.parametrize(
    "module", ["gru_core", "gru_core.engine", "gru_core.engine.pool", "app", "pages.ui.frame"]
)
def test_what_others_wait_for_loads_no_slow_package(module: str) -> None:
    # A notebook waits for the package, the workers for the pool, and a browser for the app. The
    # frame of the first page must not import NumPy while another thread does.
    loaded = modules_after(f"import {module}")
    assert "gru_core" in loaded
    assert not SLOW & loaded


def test_the_top_of_home_is_drawn_before_pandas_is_loaded() -> None:
    # Streamlit needs NumPy for the icon.
    code = """
import runpy
from pages.ui import server, welcome

def drawn(draw=welcome.welcome):
    draw()
    print("drawn")

def engine():
    raise SystemExit

welcome.welcome, server.engine = drawn, engine
try:
    runpy.run_path("pages/router.py")
except SystemExit:
    print("waits")
"""
    loaded = modules_after(code)
    assert {"drawn", "waits", "streamlit"} <= loaded
    assert not (SLOW - {"numpy"} | {"sqlalchemy", "pyarrow"}) & loaded


def test_home_is_drawn_without_the_packages_of_other_pages() -> None:
    # The engine and the store would load distributed and SQLAlchemy, in threads of their own.
    code = """
from types import SimpleNamespace
from streamlit.testing.v1 import AppTest
from pages.ui import server
server.engine = server.keeper = lambda: SimpleNamespace(trouble="")
home = AppTest.from_file("pages/router.py", default_timeout=120).run()
assert not home.exception
assert home.title[0].value
"""
    loaded = modules_after(code)
    assert "pages" in loaded
    assert not {"scipy", "statsmodels", "utilsforecast", "babel", "torch"} & loaded
    assert not {"distributed", "sqlalchemy", "alembic"} & loaded


def test_a_process_without_training_loads_neither_torch_nor_streamlit() -> None:
    light = [module for module in CORE if module not in HEAVY]
    lazily = "from gru_core import Result, read_table"
    loaded = modules_after("\n".join([*(f"import {module}" for module in light), lazily]))
    assert {"gru_core", "pandas", "plotly"} <= loaded
    assert not {"torch", "streamlit", "pages"} & loaded


def test_a_process_that_trains_loads_torch_and_no_streamlit() -> None:
    loaded = modules_after("import gru_core.engine.worker\nfrom gru_core import run, train")
    assert "torch" in loaded
    assert not {"streamlit", "pages"} & loaded


def test_a_worker_prepares_for_the_end_of_a_run_after_it_can_train() -> None:
    code = """
import sys, threading
threading.Timer.start = lambda timer: None
from gru_core.engine import worker
assert not {"scipy.signal", "utilsforecast"} & set(sys.modules)
worker._later.function()
assert {"scipy.signal", "utilsforecast"} <= set(sys.modules)
before = set(sys.modules)
worker.run(worker.Experiment(points=100, epochs=3, hidden_size=6), progress=False)
assert set(sys.modules) == before
"""
    modules_after(code)


# --- the public names of the package


def test_the_public_names_are_sorted_and_exist() -> None:
    names = gru_core.__all__
    # Constants, then classes, then functions, each by name.
    assert names == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(gru_core, name) is not None


def test_the_public_names_are_defined_in_their_modules() -> None:
    for name in gru_core.__all__:
        if hasattr(home := getattr(gru_core, name), "__module__"):
            module = importlib.import_module(home.__module__)
            assert getattr(module, name) is home


def test_the_public_names_are_listed_before_they_are_loaded() -> None:
    assert set(gru_core.__all__) <= set(dir(gru_core))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        gru_core.nonsense  # noqa: B018


def test_every_exported_name_exists() -> None:
    for module in sorted(set(CORE) - HEAVY):
        loaded = importlib.import_module(module)
        missing = [name for name in getattr(loaded, "__all__", ()) if not hasattr(loaded, name)]
        assert missing == [], module
