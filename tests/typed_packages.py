"""Packages for the type checker, which reads modules that all of them have once."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def gather(packages: Sequence[Path], root: Path) -> list[str]:
    """Copy packages into a directory; return their names.

    A support module is the same in all packages, but for its first line, and imports
    nothing of a package but support modules. One package keeps it, and the stub in its
    place in another package leads there.
    """
    support: dict[str, Path] = {}
    for package in packages:
        copy = root / package.name
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for module in copy.glob("_[a-z]*.py"):
            first = support.setdefault(module.name, module)
            if first is not module:
                assert _body(module) == _body(first), module
                module.with_suffix(".pyi").write_text(_stub(first), encoding="utf-8")
                module.unlink()
    assert all(map(_is_support, support.values()))
    return [package.name for package in packages]


def gather_tests(project: Path, root: Path) -> list[str]:
    """Copy the tests of a project beside the packages; return their modules.

    Modules of other projects have the same names, so these begin with the project's.
    """
    for module in (project / "tests").glob("*.py"):
        text = module.read_text(encoding="utf-8")
        text = text.replace("from conftest ", f"from {project.name}_conftest ")
        (root / f"{project.name}_{module.name}").write_text(text, encoding="utf-8")
    return sorted(path.stem for path in root.glob(f"{project.name}_*.py"))


def _body(module: Path) -> str:
    """Return a module without its first line, which names the spec."""
    return module.read_text(encoding="utf-8").partition("\n")[2]


def _stub(module: Path) -> str:
    """Return a stub that exports all that a module defines."""
    names = sorted(_definitions(ast.parse(module.read_bytes())))
    exported = ", ".join(f"{name} as {name}" for name in names)
    return f"from {module.parent.name}.{module.stem} import {exported}\n"


def _definitions(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                yield name
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from (
                        part.id
                        for part in ast.walk(target)
                        if isinstance(part, ast.Name)
                    )
            case _:
                pass


def _is_support(module: Path) -> bool:
    imports = (
        node.module or ""
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.level
    )
    return all(name.startswith("_") for name in imports)
