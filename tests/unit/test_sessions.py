"""Command lines with their outcome: each table of `sessions/` is a subject."""

import json
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from examples import unpack
from facts import Case, Values, cases

from imported_books import BOOKS, importing
from large_documents import large_document
from naftiko_gen import __version__
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.exits import Exit

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = tuple(cases(HERE / "sessions"))
SPEC = (ROOT / "specs" / "training-runs.yaml").read_text("utf-8")
UNVERSIONED = re.sub(r"^  (created|modified): .*\n", "", SPEC, flags=re.MULTILINE)
STDIO = (HERE / "run_output.yaml").read_text("utf-8")
GUARDED = (unpack("unbound-guard") / "spec.yaml").read_text("utf-8")
TOOLS = (HERE / "tool_lists.yaml").read_text("utf-8")
MORE_TOOLS = "    - {name: sell-book, description: Sell book, call: store.add-book}\n"
TEXTS = {
    "$SPEC": SPEC,
    "$BROKEN": SPEC.replace("runs.deleterun", "runs.deleterum", 1),
    "$REST": SPEC.partition("  - type: mcp\n")[0],
    "$UNVERSIONED": UNVERSIONED,
    "$STDIO": STDIO,
    "$UNINFORMED": STDIO[: STDIO.index("info")] + STDIO[STDIO.index("capability") :],
    "$BOOKS": BOOKS,
    "$IMPORTING": importing("../shared/books.yaml"),
    "$LIBRARY": (ROOT / "tests/explaining/library.yaml").read_text("utf-8"),
    "$GUARDED": GUARDED,
    "$WRONGLY_GUARDED": GUARDED.replace("api.list-books", "api.lost-books"),
    "$SHOP_API": json.dumps(large_document(16)),
    "$SURFACES": (HERE / "surfaces.yaml").read_text("utf-8"),
    "$TOOLS": TOOLS,
    "$MORE_TOOLS": TOOLS + MORE_TOOLS,
    "$CLEAN": (ROOT / "tests/diagnostics/clean.yaml").read_text("utf-8"),
}
"""Files that many sessions have."""


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_session_has_its_outcome(
    case: Case,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = case.expected
    write({**session.get("files", {}), **session.get("more files", {})})
    monkeypatch.chdir(session.get("in", "."))
    for step in session.get("steps", [session]):
        write(step.get("write", {}))
        for path in step.get("delete", ()):
            Path(path).unlink()
        before = state(step.get("keeps", ()))
        assert run(step["run"], place) == step.get("exit", "done"), step
        assert state(step.get("keeps", ())) == before
        check_lines(step, *capsys.readouterr())
        check_files(step)


def write(files: Values) -> None:
    """Write files, links and directories."""
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case None:
                path.mkdir()
            case {"link": target}:
                path.symlink_to(target)
            case str():
                path.write_text(TEXTS.get(content, content), "utf-8")
            case _:
                path.write_text(json.dumps(content), "utf-8")


def state(places: Iterable[str]) -> dict[Path, tuple[bytes, int]]:
    """Return the content and the modification time of all files at some places."""
    paths = (path for name in places for path in (Path(name), *Path(name).rglob("*")))
    files = (path for path in paths if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def run(command: str | list[str], place: Path) -> str:
    """Run a command; return the name of its exit code."""
    words = shlex.split(command) if isinstance(command, str) else command
    try:
        code: Any = main.main(
            [word.replace("$PLACE", str(place)).replace("$NUL", "\0") for word in words]
        )
    except SystemExit as exit_:
        code = exit_.code
    return Exit(code).name.lower()


def check_lines(step: Values, out: str, err: str) -> None:
    """Check the texts of both streams; several texts come in their order."""
    for key, stream in (("says", err), ("prints", out)):
        texts = [text.replace("$VERSION", __version__) for text in texts_of(step, key)]
        assert re.search(".*".join(map(re.escape, texts)), stream, re.DOTALL), stream
    for text in texts_of(step, "hides"):
        assert text not in out + err
    for pattern in texts_of(step, "matches"):
        assert re.search(f"(?m)^{pattern}$", err), err
    for text, count in step.get("counts", {}).items():
        assert (out + err).count(text) == count, text
    assert len(err.splitlines()) <= step.get("most lines", 1_000), err
    last = texts_of(step, "last")
    assert err.splitlines()[-len(last) :] == last or not last, err
    assert out == step.get("stdout", out)
    assert err == step.get("stderr", err)
    assert not step.get("silent") or out + err == ""


def texts_of(step: Values, key: str) -> list[str]:
    value: Any = step.get(key, [])
    return [value] if isinstance(value, str) else value


def check_files(step: Values) -> None:
    """Check the names in directories, and the texts of files."""
    for directory, names in step.get("lists", {}).items():
        paths = Path(directory).iterdir() if Path(directory).exists() else ()
        assert sorted(path.name for path in paths) == names, directory
    for path in texts_of(step, "makes"):
        assert Path(path).exists(), path
    for path in texts_of(step, "lacks"):
        assert not Path(path).exists(), path
    for path, text in step.get("holds", {}).items():
        assert text in Path(path).read_text("utf-8"), path
    for path, parts in step.get("reads", {}).items():
        spec = yaml.load(Path(path).read_bytes(), yaml.CSafeLoader)
        assert {place: value_at(spec, place) for place in parts} == parts


def value_at(spec: Any, place: str) -> Any:
    """Return the part of a spec at a path of keys and indexes."""
    for key in place.split("/"):
        spec = spec[int(key) if isinstance(spec, list) else key]
    return spec
