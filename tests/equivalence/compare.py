"""Compares the packages that two commits emit: `python compare.py REVISION [SPEC…]`.

Every file has to be the same to the byte. The packages depend on the runtime, so they
have no copy of it. Diagnostics need the same codes, spans and severities; their texts
may differ. The exit code is 1 if anything differs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = (ROOT.parent / "shared" / "corpus").resolve()
RUNTIME = "naftiko-runtime"
FACTS = ("code", "severity", "line", "column")


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
            lines = [line for spec in specs for line in _differences(spec, before)]
        finally:
            _git("worktree", "remove", "--force", str(before))
    print(*lines, f"{len(specs)} specs, {len(lines)} differences", sep="\n")
    return 1 if lines else 0


def _specs() -> Iterator[Path]:
    """Yield the specs of the project, then published ones where they are at hand."""
    yield from sorted((ROOT / "specs").glob("*.yaml"))
    yield from sorted((ROOT / "tests" / "golden").glob("*/spec.yaml"))
    yield from sorted(_examples())
    yield from sorted(CORPUS.rglob("*.yaml"))


def _examples() -> Iterator[Path]:
    """Yield the specs on the pages of diagnostics."""
    sys.path.append(str(ROOT / "tests" / "diagnostics"))
    from examples import SPEC, files, unpack

    from naftiko_gen.diagnostics.codes import Code

    yield from (unpack(code.slug) / SPEC for code in Code if SPEC in files(code))


def _differences(spec: Path, before: Path) -> Iterator[str]:
    """Yield the names of the results that differ."""
    old, new = _compile(before, spec), _compile(ROOT, spec)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{spec}: {name}"


def _compile(checkout: Path, spec: Path) -> dict[str, object]:
    """Return the files of a spec's package, its diagnostics and its exit code."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-P", "-m", "naftiko_gen", spec.name]
        settings = ("--no-cache", "--no-config", "--format=json", "--runtime=library")
        process = subprocess.run(
            [*command, *settings, "-o", directory],
            cwd=spec.parent,
            env={"PYTHONPATH": str(checkout / "generator"), "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        diagnostics = json.loads(process.stdout)["diagnostics"]
        files = {
            path.relative_to(directory).as_posix(): path.read_bytes()
            for path in Path(directory).rglob("*")
            if path.is_file() and RUNTIME not in path.parts
        }
    facts = [[diagnostic.get(fact) for fact in FACTS] for diagnostic in diagnostics]
    return {"exit code": process.returncode, "diagnostics": facts, **files}


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
