import subprocess
import sys

import pytest

from naftiko_gen.emit.code.formatting import format_module
from naftiko_gen.emit.code.imports import Imports

RUNTIME = "._runtime"


def test_imports_stand_in_sorted_groups() -> None:
    imports = Imports(RUNTIME, first_party="training_runs")
    imports.add("training_runs.client", "connect")
    imports.add("starlette.routing", "Route")
    imports.add("json")
    imports.add("collections.abc", "Callable", "AsyncIterator")
    imports.add("asyncio")
    imports.add("aiohttp")
    imports.add("__future__", "annotations")
    imports.add(".settings", "Settings")
    imports.add("..shared", "x")
    assert str(imports.code()).splitlines() == [
        "from __future__ import annotations",
        "",
        "import asyncio",
        "import json",
        "from collections.abc import AsyncIterator, Callable",
        "",
        "import aiohttp",
        "from starlette.routing import Route",
        "",
        "from training_runs.client import connect",
        "",
        "from ..shared import x",
        "from .settings import Settings",
    ]


def test_members_are_sorted_by_kind() -> None:
    imports = Imports(RUNTIME)
    imports.add("mcp.types", "tool", "Tool", "T", "INVALID_PARAMS", "Tool10", "Tool9")
    assert imports.code() == (
        "from mcp.types import INVALID_PARAMS, T, Tool, Tool9, Tool10, tool"
    )


def test_names_in_types_are_imported_for_type_checkers_alone() -> None:
    imports = Imports(RUNTIME)
    imports.add("json")
    imports.add_for_types("collections.abc", "Iterator")
    imports.add_for_types(".settings", "Settings")
    assert str(imports.code()).splitlines() == [
        "import json",
        "from typing import TYPE_CHECKING",
        "",
        "if TYPE_CHECKING:",
        "    from collections.abc import Iterator",
        "",
        "    from .settings import Settings",
    ]


def test_names_needed_at_run_time_are_imported_once() -> None:
    imports = Imports(RUNTIME)
    imports.add_for_types("json", "loads")
    imports.add("json", "loads")
    assert imports.code() == "from json import loads"


@pytest.mark.parametrize("runtime", ["._runtime", "books._runtime", "naftiko_runtime"])
def test_names_of_the_runtime_are_imported_from_its_package(runtime: str) -> None:
    imports = Imports(runtime)
    imports.use("Reply", "Upstream", "Content")
    assert str(imports.code()).splitlines() == [
        f"from {runtime}.reply import Content, Reply",
        f"from {runtime}.upstream.client import Upstream",
    ]


def test_a_name_that_the_runtime_has_not_is_refused() -> None:
    with pytest.raises(KeyError):
        Imports(RUNTIME).use("os")


def test_nothing_is_imported_for_nothing() -> None:
    assert Imports(RUNTIME).code() == ""


@pytest.mark.parametrize(
    ("module", "name"),
    [("os\nevil", "x"), ("os;x", "x"), ("", "x"), ("os", "x as y"), ("os", "é")],
)
def test_only_identifiers_are_imported(module: str, name: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Imports(RUNTIME).add(module, name)


def test_ruff_has_nothing_to_change() -> None:
    imports = Imports(RUNTIME, first_party="training_runs")
    for module, *names in (
        ("json",),
        ("os", "PathLike", "environ", "EX_OK"),
        ("os.path", "join"),
        ("typing", "Any", "TypeVar", "cast"),
        ("collections",),
        ("aiohttp",),
        (
            "mcp.types",
            *(f"{kind}{n}" for kind in ("Tool", "tool", "T_") for n in range(9)),
        ),
        ("mcp.server2", "a10", "a9", "B", "_private", "C1"),
        (".", "client"),
        (".client", "connect", "Connect", "JSON"),
        ("..", "outer"),
        ("..outer", "x"),
    ):
        imports.add(module, *names)
    imports.add_for_types("decimal", "Decimal")
    imports.add_for_types(".settings", "Settings")
    source = format_module(f"{imports.code()}\n")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"]
    subprocess.run([*ruff, "--select", "I", "-"], input=source.encode(), check=True)
