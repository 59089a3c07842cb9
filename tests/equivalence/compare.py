"""Compares the packages that two commits emit: `python compare.py REVISION [SPEC…]`.

Every file has to be the same to the byte, but for the static modules: those may differ
in docstrings and comments, which their syntax trees don't hold. Diagnostics need the
same codes, spans and severities; their texts may differ. The exit code is 1
if anything else differs.
"""

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CORPUS = (ROOT.parent / "shared" / "corpus").resolve()
MANIFEST = ".naftiko-gen.json"
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Compilation:
    """The result for one spec: its diagnostics and the files of its package."""

    code: int
    diagnostics: tuple[tuple[object, ...], ...]
    files: dict[str, bytes]


def main() -> int:
    """Compile every spec with both commits, and print the differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision", help="the commit to compare with")
    parser.add_argument("specs", nargs="*", type=Path, help="default: all at hand")
    options = parser.parse_args()
    specs = [spec.resolve() for spec in options.specs] or list(_specs())
    with tempfile.TemporaryDirectory() as directory:
        before = Path(directory, "before")
        _git("worktree", "add", "--quiet", "--detach", str(before), options.revision)
        try:
            return _compare_specs(specs, before, Path(directory))
        finally:
            _git("worktree", "remove", "--force", str(before))


def _specs() -> Iterator[Path]:
    """Yield the specs of the project, then published ones where they are at hand."""
    yield from sorted((ROOT / "specs").glob("*.yaml"))
    yield from sorted((ROOT / "tests" / "golden").glob("*/spec.yaml"))
    yield from sorted(_examples())
    if CORPUS.is_dir():
        yield from sorted(CORPUS.rglob("*.yaml"))
    else:
        print("without published specs: there are none beside the project")


def _examples() -> Iterator[Path]:
    """Yield the specs on the pages of diagnostics."""
    sys.path.append(str(ROOT / "tests" / "diagnostics"))
    from examples import SPEC, files, unpack

    from naftiko_gen.diagnostics.codes import Code

    yield from (unpack(code.slug) / SPEC for code in Code if SPEC in files(code))


def _display_path(spec: Path) -> str:
    """Return the path of a spec below the project or the published specs."""
    roots = (root for root in (ROOT, CORPUS) if spec.is_relative_to(root))
    return str(next((spec.relative_to(root) for root in roots), spec))


def _compare_specs(specs: list[Path], before: Path, scratch: Path) -> int:
    counts = {"packages": 0, "files": 0, "documented otherwise": 0}
    differences = 0
    for number, spec in enumerate(specs):
        old = _compile(before, spec, scratch / f"{number}-old")
        new = _compile(ROOT, spec, scratch / f"{number}-new")
        counts["packages"] += bool(new.files)
        counts["files"] += len(new.files)
        for name, verdict in _verdicts(old, new):
            if verdict:
                differences += 1
                print(f"{_display_path(spec)}: {name}: {verdict}")
            else:
                counts["documented otherwise"] += 1
    print(
        f"{len(specs)} specs, {counts['packages']} packages, {counts['files']} files:"
        f" {differences} differences; {counts['documented otherwise']} static modules"
        " differ only in docstrings and comments"
    )
    return 1 if differences else 0


def _compile(checkout: Path, spec: Path, output: Path) -> Compilation:
    """Compile a spec with the generator of a checkout."""
    command = [sys.executable, "-P", "-m", "naftiko_gen", spec.name, "-o", str(output)]
    process = subprocess.run(
        [*command, "--no-cache", "--format", "json", "--no-config"],
        cwd=spec.parent,
        env={"PYTHONPATH": str(checkout / "generator"), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    files = {
        str(path.relative_to(output)): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file()
    }
    return Compilation(process.returncode, tuple(_diagnostics(process.stdout)), files)


def _diagnostics(document: str) -> Iterator[tuple[object, ...]]:
    for diagnostic in json.loads(document)["diagnostics"]:
        yield tuple(
            diagnostic.get(key) for key in ("code", "severity", "line", "column")
        )


def _verdicts(old: Compilation, new: Compilation) -> Iterator[tuple[str, str | None]]:
    """Yield the differences, by their names: None where only prose of a module does."""
    if old.code != new.code:
        yield "exit code", f"{old.code} became {new.code}"
    if old.diagnostics != new.diagnostics:
        yield "diagnostics", _first_difference(old.diagnostics, new.diagnostics)
    prose: set[str] = set()
    names = sorted(old.files.keys() | new.files.keys())
    # The manifest comes last: its digests of those modules may differ as well.
    for name in sorted(names, key=lambda name: Path(name).name == MANIFEST):
        before, after = old.files.get(name), new.files.get(name)
        if before is None or after is None:
            yield name, "is new" if before is None else "is gone"
        elif before != after and Path(name).name == MANIFEST:
            if _facts(before, prose) != _facts(after, prose):
                yield name, "differs"
        elif before != after:
            is_same = _is_static(name) and _tree(before) == _tree(after)
            prose.add(name)
            yield name, None if is_same else "differs"


def _first_difference(old: Iterable[object], new: Iterable[object]) -> str:
    lines = set(old) - set(new), set(new) - set(old)
    losses, additions = (sorted(map(str, part))[:3] for part in lines)
    return f"lost {losses}, added {additions}"


def _is_static(name: str) -> bool:
    """Return whether a file is one that every package copies."""
    return Path(name).suffix == ".py" and "_runtime" in Path(name).parts


def _facts(manifest: bytes, prose: set[str]) -> Any:
    """Return a manifest without the digests of modules that differ only in prose."""
    names = {Path(name).name for name in prose}

    def keep(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: keep(v) for k, v in value.items() if Path(k).name not in names}
        return value

    return keep(json.loads(manifest))


def _tree(content: bytes) -> str:
    """Return a module's syntax tree without its docstrings."""
    tree = ast.parse(content)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED):
            node.body = [
                statement for statement in node.body if not _is_text(statement)
            ]
    return ast.dump(tree)


def _is_text(statement: object) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return False


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
