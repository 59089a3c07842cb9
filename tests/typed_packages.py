"""Packages for the type checker, which reads the runtime that all of them have once."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from naftiko_gen.emit.runtime.source import runtime_root

COPY = "_runtime"


def gather(packages: Sequence[Path], root: Path) -> list[str]:
    """Copy packages beside one copy of the runtime; return their names.

    Each package's own copy of the runtime has the same bytes, so the modules import the
    one beside them.
    """
    ignore = shutil.ignore_patterns("__pycache__", COPY)
    shutil.copytree(runtime_root(), root / runtime_root().name, ignore=ignore)
    sources = {path: path.read_bytes() for path in runtime_root().rglob("*.py")}
    for package in packages:
        _check_copy(package / COPY, sources)
        copy = root / package.name
        shutil.copytree(package, copy, ignore=ignore)
        for module in copy.glob("*.py"):
            _write_imports(module, module, f"from .{COPY}")
    return [package.name for package in packages]


def gather_tests(project: Path, root: Path) -> list[str]:
    """Copy the tests of a project beside the packages; return their modules.

    Modules of other projects have the same names, so these begin with the project's.
    """
    [package] = (path.parent for path in project.glob("*/py.typed"))
    for module in (project / "tests").glob("*.py"):
        copy = root / f"{project.name}_{module.name}"
        _write_imports(module, copy, f"from {package.name}.{COPY}")
        text = copy.read_text(encoding="utf-8")
        text = text.replace("from conftest ", f"from {project.name}_conftest ")
        copy.write_text(text, encoding="utf-8")
    return sorted(path.stem for path in root.glob(f"{project.name}_*.py"))


def _check_copy(copy: Path, sources: Mapping[Path, bytes]) -> None:
    for module in copy.rglob("*.py"):
        source = runtime_root() / module.relative_to(copy)
        assert module.read_bytes() == sources[source], module


def _write_imports(module: Path, copy: Path, start: str) -> None:
    """Write a module that imports the runtime beside it."""
    text = module.read_text(encoding="utf-8")
    copy.write_text(
        text.replace(start, f"from {runtime_root().name}"), encoding="utf-8"
    )
