"""Files that are no documents: one finding each, soon, and never a traceback."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from case_tables import table
from compiler import run_compiler
from naftiko_gen.cli.main import main
from steps import steps_of
from waiting import ending

MOST_STEPS = 3_000_000
"""How many steps a file may take besides those for each of its bytes."""
STEPS_A_BYTE = 10
COUNTED = 1 << 20
"""The bytes of the largest file whose steps are counted."""

TEXTS: dict[str, tuple[str, str]] = table(__file__, "documents")
DEEP = 200_000
DOCUMENTS: dict[str, tuple[bytes, str]] = {
    **{name: (text.encode(), code) for name, (text, code) in TEXTS.items()},
    "flow-lists": (b"[" * DEEP, "too-deep"),
    "flow-mappings": (b"{a: " * DEEP, "too-deep"),
    "flow-mixed": (b"[{a: " * DEEP, "too-deep"),
    "closed": (b"[" * 5_000 + b"]" * 5_000, "too-deep"),
    "block-lists": (b"- " * 20_000 + b"x", "too-deep"),
    "block-mappings": (
        b"".join(b" " * depth + b"a:\n" for depth in range(1_000)),
        "too-deep",
    ),
    "explicit-keys": (b"? " * 20_000 + b"x", "too-deep"),
    "parts": (b"[" + b"a," * 20_000 + b"]", "not-a-mapping"),
    "many-parts": (b"[" + b"a," * 2_000_000 + b"]", "too-complex"),
    "too-large": (b"#" * (32 * 1024 * 1024 + 1), "file-too-large"),
    "laughs": (
        b"a: &a [x, x]\n"
        + b"".join(b"b%d: &b%d [*a, *a, *a]\n" % (n, n) for n in range(30)),
        "anchor-or-alias",
    ),
    "huge-integer": (b"a: " + b"9" * 1_000_000, "string-too-long"),
    "long-integer": (b"a: " + b"9" * 30_000, "number-too-large"),
    "long-text": (b"a: " + b"x" * 40_000, "string-too-long"),
    "long-key": (b"? " + b"x" * 40_000 + b"\n: a\n", "string-too-long"),
    "long-implicit-key": (b"x" * 2_000 + b": a\n", "yaml-syntax"),
    "nul-first": (b"\0" * 4_096, "forbidden-character"),
    "utf-16": ("naftiko: 1\n".encode("utf-16"), "not-utf8"),
    "utf-16-le": ("naftiko: 1\n".encode("utf-16-le"), "not-utf8"),
    "utf-32": ("naftiko: 1\n".encode("utf-32"), "not-utf8"),
    "latin-1": ("a: é\n".encode("latin-1"), "not-utf8"),
    "overlong": (b"a: \xc0\xaf\n", "not-utf8"),
    "garbage": (bytes(range(255, 127, -1)) * 40, "not-utf8"),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "not-utf8"),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not-utf8"),
}


def spec_of(name: str, directory: Path) -> Path:
    path = directory / f"{name}.yaml"
    path.write_bytes(DOCUMENTS[name][0])
    return path


# The case of this code in `tests/diagnostics` is as large, which takes seconds.
@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "many-parts"])
def test_a_file_has_one_finding_with_a_place(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_of(name, tmp_path)

    arguments = [str(spec), "-o", str(tmp_path / "out"), "--format", "json"]
    codes: list[int] = []
    with ending():
        steps = count_steps(lambda: codes.append(main(arguments)), DOCUMENTS[name][0])

    output = capsys.readouterr()
    [finding] = json.loads(output.out)["diagnostics"]
    assert (codes, finding["code"]) == ([1], DOCUMENTS[name][1])
    assert finding["line"] >= 1
    assert finding["column"] >= 1
    assert "\n" not in finding["message"]
    assert output.err == ""
    assert steps < MOST_STEPS + STEPS_A_BYTE * len(DOCUMENTS[name][0])
    assert not (tmp_path / "out").exists()


def count_steps(work: Callable[[], object], content: bytes) -> int:
    """Do some work, and count its steps unless the content is very large.

    Counting takes ten times as long as the work; a smaller one of its kind is counted.
    """
    if len(content) <= COUNTED:
        return steps_of(work)
    work()
    return 0


def test_a_process_survives_all_documents(tmp_path: Path) -> None:
    specs = [spec_of(name, tmp_path) for name in DOCUMENTS]

    result = run_compiler(*map(str, specs), "-o", str(tmp_path / "out"))

    assert result.returncode == 1
    heads = [line for line in result.stderr.splitlines() if ": error[" in line]
    assert len(heads) == len(DOCUMENTS)
    assert "Traceback" not in result.stderr
    assert result.stderr.replace("\n", "").isprintable()


def test_a_document_may_be_as_large_as_the_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "large.yaml"
    spec.write_bytes(b"[" + b"a, " * 399_990 + b"]")

    assert main([str(spec), "-o", str(tmp_path / "out")]) == 1
    assert "error[not-a-mapping]" in capsys.readouterr().err


def directory(at: Path) -> None:
    at.mkdir()


def dangling_link(at: Path) -> None:
    at.symlink_to("nowhere")


def looping_link(at: Path) -> None:
    at.symlink_to(at.name)


def link_to_a_device(at: Path) -> None:
    at.symlink_to("/dev/zero")


def pipe(at: Path) -> None:
    os.mkfifo(at)


def link_to_a_pipe(at: Path) -> None:
    pipe(at.with_suffix(".pipe"))
    at.symlink_to(at.with_suffix(".pipe"))


def nothing(at: Path) -> None:
    """Leave the path as it is: no file is there."""


@pytest.mark.parametrize(
    "make",
    [
        directory,
        dangling_link,
        looping_link,
        link_to_a_device,
        pipe,
        link_to_a_pipe,
        nothing,
    ],
)
def test_an_entry_that_is_no_file_is_unreadable(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    spec = tmp_path / "spec.yaml"
    make(spec)

    result = run_compiler(str(spec), "-o", str(tmp_path / "out"))

    head, _, outcome = result.stderr.splitlines()
    assert head.startswith(f"{spec}: error[unreadable-file] can't read the file: ")
    assert outcome == f"{spec}: 1 error, nothing written"
    assert result.returncode == 1


def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_bytes(b"naftiko: 1.0.0-alpha2\n")
    spec.chmod(0)
    if os.access(spec, os.R_OK):
        pytest.skip("this user may read everything")

    result = run_compiler(str(spec), "-o", str(tmp_path / "out"))

    assert "error[unreadable-file] can't read the file: Permission denied" in (
        result.stderr
    )
    assert result.returncode == 1


def test_a_file_that_fails_while_it_is_read_is_unreadable(tmp_path: Path) -> None:
    unreadable = Path("/proc/self/mem")
    if not unreadable.exists():
        pytest.skip("this system has no file that always fails")

    result = run_compiler(str(unreadable), "-o", str(tmp_path / "out"))

    assert "error[unreadable-file] can't read the file: " in result.stderr
    assert result.returncode == 1
