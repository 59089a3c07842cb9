"""The modules of the runtime: their imports, their order and their documentation."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from circles import refuse_circles
from naftiko_gen.emit.runtime.names import MODULES
from naftiko_gen.emit.runtime.source import needed_files, runtime_file, runtime_root
from naftiko_gen.language.portable_names import directories

SOURCES = tuple(
    sorted(
        path.relative_to(runtime_root()).as_posix()
        for path in runtime_root().rglob("*.py")
    )
)
ORDER = (
    *("", "observing", "upstream", "http", "outputs", "rest", "forwards", "mcp"),
    *("serving", "testing", "pytest_plugin"),
)
"""The subpackages, the modules beside them that import some, and the root as "".

Each imports only those before it.
"""
APART = {
    *(("mcp", "rest"), ("mcp", "forwards")),
    *((part, test) for part in ORDER[:-2] for test in ORDER[-2:]),
}
"""Parts of the runtime that never import each other: importers, with the other one."""
MCP_SDK = "mcp"


@dataclass(frozen=True)
class Import:
    """A `from` statement: its dots, the name of the module, and the imported names."""

    level: int
    module: str
    names: tuple[str, ...]
    importer: str

    @property
    def target(self) -> str:
        """Return the imported module's name, relative to the runtime."""
        package = self.importer.split("/")[: -self.level]
        return ".".join((*package, *filter(None, [self.module])))


def test_no_check_is_suppressed() -> None:
    """Packages have copies of the modules, and their own settings of linters."""
    for path in SOURCES:
        assert not re.search(r"noqa|type: ignore", runtime_file(path).decode()), path


def test_linters_find_nothing_without_settings() -> None:
    command = (sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", ".")
    process = subprocess.run(
        command, cwd=runtime_root().parent, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(runtime_file(path))


@cache
def relative_imports(path: str) -> tuple[Import, ...]:
    return tuple(
        Import(
            node.level,
            node.module or "",
            tuple(alias.name for alias in node.names),
            path,
        )
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    )


def absolute_imports(path: str) -> Iterator[str]:
    """Yield the top-level packages that a module imports by absolute names."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str() as module, level=0):
                yield module.partition(".")[0]
            case _:
                pass


def name_of(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def subpackage(module: str) -> str:
    first, dot, _ = module.partition(".")
    return first if dot or first in ORDER else ""


def modules(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if path.endswith(".py")]


def dependencies() -> dict[str, set[str]]:
    """Return the modules that each module imports, also inside of functions."""
    return {
        name_of(path): {statement.target for statement in relative_imports(path)}
        for path in SOURCES
        if not path.endswith("__init__.py")
    }


# --- imports ---------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES)
def test_modules_are_imported_by_relative_names(path: str) -> None:
    """A copy has another name, and naftiko-gen isn't installed where it runs."""
    own = {"naftiko_gen", "naftiko_runtime"}
    assert own.isdisjoint(absolute_imports(path))


@pytest.mark.parametrize("path", SOURCES)
def test_names_are_imported_from_modules(path: str) -> None:
    """`needed_files` follows `from .module import name` and no other statement."""
    for statement in relative_imports(path):
        target = statement.target.replace(".", "/")
        assert f"{target}.py" in SOURCES, f"{statement.target} is no module"


@pytest.mark.parametrize("path", [path for path in SOURCES if "__init__" in path])
def test_packages_import_nothing(path: str) -> None:
    """Otherwise a package's copy had modules that it doesn't need."""
    assert not relative_imports(path)


def test_no_modules_import_each_other() -> None:
    refuse_circles(dependencies())


def test_no_subpackages_import_each_other() -> None:
    graph: dict[str, set[str]] = {part: set() for part in ORDER}
    for module, targets in dependencies().items():
        graph[subpackage(module)] |= set(map(subpackage, targets))
    refuse_circles({part: others - {part} for part, others in graph.items()})


def test_no_subpackage_imports_a_later_one() -> None:
    backwards = [
        f"{module} imports {target}"
        for module, others in dependencies().items()
        for target in others
        if ORDER.index(subpackage(target)) > ORDER.index(subpackage(module))
    ]
    assert backwards == []


def test_subpackages_stay_apart() -> None:
    together = [
        f"{module} imports {target}"
        for module, others in dependencies().items()
        for target in others
        if subpackage(target) != subpackage(module)
        if (subpackage(module), subpackage(target)) in APART
    ]
    assert together == []


def test_every_subpackage_has_its_place_in_the_order() -> None:
    assert set(map(subpackage, map(name_of, SOURCES))) == set(ORDER)


def test_a_rest_server_runs_without_the_mcp_sdk() -> None:
    rest = b"from ._runtime.rest import create_rest_app"
    serving = b"from ._runtime.serving.command import run_command"
    files = needed_files([rest, serving], "._runtime")
    assert [path for path in modules(files) if MCP_SDK in absolute_imports(path)] == []


# --- documentation ---------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES)
def test_public_names_have_a_docstring(path: str) -> None:
    assert ast.get_docstring(tree(path))
    missing = [node.name for node in public(tree(path)) if not ast.get_docstring(node)]
    assert missing == []


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: ast.AST) -> Iterator[Definition]:
    """Yield the public classes, functions and methods of a module or class."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


# --- names and copies ------------------------------------------------------------


@pytest.mark.parametrize(("name", "module"), MODULES.items())
def test_a_name_for_emitted_modules_is_defined_in_its_module(
    name: str, module: str
) -> None:
    assert name in defined_names(tree(f"{module.replace('.', '/')}.py"))


def defined_names(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines and doesn't import."""
    for node in module.body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.Assign(targets=[ast.Name(name)]):
                yield name
            case ast.AnnAssign(target=ast.Name(name)):
                yield name
            case _:
                pass


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_the_needed_modules_import_no_others(module: str) -> None:
    files = needed_files([f"from ._runtime.{module} import x".encode()], "._runtime")
    assert f"{module.replace('.', '/')}.py" in files
    for path in modules(files):
        packages = directories(path)
        names = [
            statement.target.replace(".", "/") for statement in relative_imports(path)
        ]
        assert {f"{name}.py" for name in names} <= set(files)
        assert {f"{package}/__init__.py" for package in packages} <= set(files)


@pytest.mark.parametrize("package", ["._runtime", "_runtime", "naftiko_runtime"])
def test_the_needed_modules_include_imported_modules(package: str) -> None:
    source = f"from {package} import errors\nfrom {package}.http import guards"
    files = needed_files([source.encode()], package)
    assert {"errors.py", "http/guards.py", "http/__init__.py"} <= set(files)


def test_a_module_comes_with_the_files_of_its_name() -> None:
    files = needed_files([b"from ._runtime.http.page import Page"], "._runtime")
    others = [path for path in files if path not in modules(files)]
    assert others == ["http/page.css", "http/page.js"]


@pytest.mark.slow
def test_each_module_of_a_copy_can_be_imported() -> None:
    project = runtime_root().parents[2] / "generated" / "training-runs"
    copy = project / "training_runs" / "_runtime"
    paths = [path.relative_to(project).as_posix() for path in copy.rglob("*.py")]
    names = [name_of(path).removesuffix(".__init__") for path in paths]
    code = f"from importlib import import_module\nfor n in {names}: import_module(n)"
    process = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert names
    assert process.returncode == 0, process.stderr
