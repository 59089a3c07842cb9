"""The imports of emitted modules: those of the names that they use."""

import subprocess
import sys

import pytest

from naftiko_gen.emit.code.imports import Origins, library_origins
from naftiko_gen.emit.code.render import format_module
from naftiko_gen.emit.runtime.names import runtime_origins

PLACES = {
    **{name: ("here", name) for name in ("a", "b", "T", "C1", "Tool9", "Tool10")},
    "INVALID_PARAMS": ("here", "INVALID_PARAMS"),
    "httptools": ("httptools", ""),
    "Callable": ("collections.abc", "Callable"),
    "connect": ("training_runs.client", "connect"),
    "json": ("json", ""),
    "Settings": (".settings", "Settings"),
    "x": ("..shared", "x"),
}


def imports(module: str) -> list[str]:
    return str(Origins(PLACES, "training_runs").imports(module)).splitlines()


def test_imports_stand_in_sorted_groups() -> None:
    assert imports("[x, Settings, connect, httptools, b, a, Callable, json]\n") == [
        "import json",
        "from collections.abc import Callable",
        "",
        "import httptools",
        "from here import a, b",
        "",
        "from training_runs.client import connect",
        "",
        "from ..shared import x",
        "from .settings import Settings",
    ]


def test_members_are_sorted_by_kind() -> None:
    assert imports("a, Tool10, Tool9, T, INVALID_PARAMS\n") == [
        "from here import INVALID_PARAMS, T, Tool9, Tool10, a"
    ]


@pytest.mark.parametrize(
    "module",
    [
        "def f(b: str, *, c=a):\n    x = b\n    return lambda T: [x, T]\n",
        "class b:\n    x: a\n",
        "class x:\n    a: a\n",
        "async def x() -> a:\n    return [f'{a.x}' for b in a]\n",
        "@a.x\ndef b(): ...\n",
        "b = a\nb = print(b, __file__, __name__)\n",
        'b = 1\n__all__ = [\n    "a",\n    "b",\n]\n',
    ],
)
def test_names_are_imported_that_a_module_uses_and_does_not_define(module: str) -> None:
    assert imports(module) == ["from here import a"]


@pytest.mark.parametrize("runtime", ["._runtime", "books._runtime", "naftiko_runtime"])
def test_names_of_the_runtime_are_imported_from_its_package(runtime: str) -> None:
    origins = Origins(runtime_origins(runtime))
    module = "Reply, Upstream, Content, guards\n"
    assert str(origins.imports(module)).splitlines() == [
        f"from {runtime}.http import guards",
        f"from {runtime}.transport import Content, Reply",
        f"from {runtime}.upstream.client import Upstream",
    ]


def test_a_name_that_nothing_defines_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing defines eval_, os"):
        imports("os.system(eval_, a)\n")


def test_a_function_may_be_called_top() -> None:
    """Python's symbol tables call that of a module so."""
    assert imports("def top(self):\n    a = self\n    return a, b\n") == [
        "from here import b"
    ]


def test_nothing_is_imported_for_nothing() -> None:
    assert imports("") == []


@pytest.mark.parametrize(
    ("module", "name"),
    [("os\nevil", "x"), ("os;x", "x"), ("", "x"), ("os", "x as y"), ("os", "é")],
)
def test_only_identifiers_are_imported(module: str, name: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Origins({"x": (module, name)}).imports("x\n")


def test_ruff_has_nothing_to_change() -> None:
    places = {**library_origins(), **runtime_origins("._runtime"), **PLACES}
    used_names = f"print({', '.join(places)})\n"
    statements = Origins(places).imports(used_names)
    source = format_module(f"{statements}\n\n{used_names}")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"]
    subprocess.run([*ruff, "--select", "F,I", "-"], input=source.encode(), check=True)
