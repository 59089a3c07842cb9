"""The imports of the compiler: the order of its packages, and no circles."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from circles import refuse_circles

ROOT = "naftiko_gen"
PACKAGE = Path(__file__).parents[2] / "generator" / ROOT
ORDER = (
    *("diagnostics", "syntax", "configuration", "ir", "language", "dialects"),
    *("resolve", "openapi", "imports", "emit", "frontend", "publish", "cache"),
    *("pipeline", "api", ROOT, "building", "tools", "cli", "__main__"),
)
"""The packages and modules of the root, and its own `__init__` by the root's name."""
MOST_ENTRIES = 21
MOST_MODULES = 250
"""The most modules that one compilation imports, inside of functions as well."""
SEED = PACKAGE.parents[1] / "specs" / "training-runs.yaml"

Graph = dict[str, set[str]]


def test_no_package_imports_a_later_one() -> None:
    backwards = [
        f"{importer} imports {target}"
        for importer, others in imports().items()
        for target in others
        if ORDER.index(entry(target)) > ORDER.index(entry(importer))
    ]
    assert backwards == []


def test_every_package_has_its_place_in_the_order() -> None:
    assert set(map(entry, modules())) == set(ORDER)


def test_the_root_has_few_entries() -> None:
    entries = [path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_a_compilation_imports_few_modules(tmp_path: Path) -> None:
    program = "import sys, naftiko_gen.cli.__main__ as cli; cli.main();"
    program += "print(*sys.modules)"
    command = [sys.executable, "-c", program, str(SEED), "-o", str(tmp_path / "out")]
    output = subprocess.check_output(command, cwd=tmp_path, text=True)
    own_modules = set(output.split()) & set(modules())
    assert any(tmp_path.glob("out/training-runs/pyproject.toml"))
    assert len(own_modules) <= MOST_MODULES


def test_no_modules_import_each_other() -> None:
    """Imports only for type checkers, and inside of functions, count as others do."""
    refuse_circles(imports())


def test_no_subpackages_import_each_other() -> None:
    """A module that stands beside subpackages counts as one."""
    graph: Graph = {}
    for importer, others in imports().items():
        groups = graph.setdefault(subpackage(importer), set())
        groups |= {subpackage(other) for other in others} - {subpackage(importer)}
    refuse_circles(graph)


@cache
def imports() -> Graph:
    """Return the modules that each module imports, by their names below the root."""
    return {name: set(imported_modules(path)) for name, path in modules().items()}


@cache
def modules() -> dict[str, Path]:
    """Return the path of each module by its name; a package has that of `__init__`."""
    return {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def name_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE.parent).with_suffix("")
    return ".".join(relative.parts).removesuffix(".__init__")


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in modules())
            case ast.ImportFrom(module=str() as module, level=0, names=names):
                yield from modules_of(module, [alias.name for alias in names])
            case ast.ImportFrom():
                raise ValueError(f"{path}:{node.lineno}: the import is relative")
            case _:
                pass


def modules_of(package: str, names: list[str]) -> Iterator[str]:
    """Yield the modules that a `from` statement names: submodules, or their package."""
    for name in names:
        module = f"{package}.{name}"
        if module in modules():
            yield module
        elif package in modules():
            yield package


def entry(module: str) -> str:
    """Return the entry of the root that a module belongs to."""
    return module.removeprefix(f"{ROOT}.").partition(".")[0]


def subpackage(module: str) -> str:
    """Return the subpackage that a module belongs to, or the module beside some."""
    package = module if is_package(module) else module.rpartition(".")[0]
    return module if package in with_subpackages() else package


@cache
def with_subpackages() -> frozenset[str]:
    return frozenset(name.rpartition(".")[0] for name in filter(is_package, modules()))


def is_package(module: str) -> bool:
    return modules()[module].name == "__init__.py"
