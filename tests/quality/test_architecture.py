"""The order of the packages: each imports only packages before it."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "generator" / "naftiko_gen"
ORDER = (
    *("diagnostics", "syntax", "ir", "language", "dialects", "resolve"),
    *("openapi", "imports", "emit", "configuration", "frontend", "publish", "cache"),
    *("pipeline", "building", "tools", "cli"),
)
MOST_ENTRIES = 21


def test_no_package_imports_a_later_one() -> None:
    backwards = [
        f"{importer} imports {imported}"
        for importer, imported in imports()
        if importer in ORDER and imported in ORDER
        if ORDER.index(imported) > ORDER.index(importer)
    ]
    assert backwards == []


def test_every_package_has_its_place_in_the_order() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages <= set(ORDER)


def test_the_root_has_few_entries() -> None:
    entries = [path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def imports() -> Iterator[tuple[str, str]]:
    """Yield the package of each importing module, and the package that it imports."""
    for path in sorted(PACKAGE.rglob("*.py")):
        importer = path.relative_to(PACKAGE).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from ((importer, name) for name in imported(node))


def imported(node: ast.ImportFrom) -> Iterator[str]:
    match (node.module or "").split("."):
        case ["naftiko_gen"]:
            yield from (alias.name for alias in node.names)
        case ["naftiko_gen", name, *_]:
            yield name
        case _:
            pass
