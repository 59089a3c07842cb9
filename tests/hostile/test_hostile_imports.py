"""Imports that lead elsewhere, or never end: refused soon, and nothing is read."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from case_tables import in_table
from naftiko_gen.cli.main import main
from steps import steps_of
from waiting import ending

MOST_STEPS = 3_000_000
"""How many steps a document with imports may take."""
MEBIBYTE = 1024 * 1024
EXPOSES = (
    "  exposes: [{type: mcp, namespace: m, port: 9090,"
    " tools: [{name: list, call: api.list}]}]\n"
)
SECRET = "consumes: [{namespace: api, note: sesame}]\n"  # noqa: S105 - a document


@pytest.fixture(autouse=True)
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The spec's directory, with something beside it that isn't for it."""
    Path(tmp_path / "secret.yaml").write_text(SECRET, encoding="utf-8")
    inside = tmp_path / "specs"
    inside.mkdir()
    monkeypatch.chdir(inside)
    return inside


def document(*entries: str) -> str:
    lines = "".join(f"  - {entry}\n" for entry in entries)
    return f"naftiko: 1.0.0-alpha2\ncapability:\n  consumes:\n{lines}{EXPOSES}"


def findings(text: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    Path("spec.yaml").write_text(text, encoding="utf-8")
    codes: list[int] = []
    arguments = ["spec.yaml", "-o", "out", "--format", "json"]
    with ending():
        steps = steps_of(lambda: codes.append(main(arguments)))
    output = capsys.readouterr().out
    assert codes == [1]
    assert steps < MOST_STEPS
    assert "sesame" not in output
    assert not Path("out").exists()
    return {diagnostic["code"] for diagnostic in json.loads(output)["diagnostics"]}


@in_table
def test_a_location_outside_is_refused(
    location: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = document(f"{{import: api, location: {json.dumps(location)}}}")
    assert findings(text, capsys) == {"unusable-import"}


@pytest.mark.parametrize("link", ["file", "directory"])
def test_a_link_to_outside_is_refused(
    link: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if link == "file":
        Path("shared.yaml").symlink_to("../secret.yaml")
    else:
        Path("up").symlink_to("..")
    name = "shared.yaml" if link == "file" else "up/secret.yaml"
    text = document(f"{{import: api, location: {name}}}")
    assert findings(text, capsys) == {"unusable-import"}


def pipe() -> None:
    os.mkfifo("shared.yaml")


def directory() -> None:
    Path("shared.yaml").mkdir()


def circular_link() -> None:
    Path("shared.yaml").symlink_to("shared.yaml")


@pytest.mark.parametrize("make", [pipe, directory, circular_link])
def test_an_import_that_is_no_file_is_not_read(
    make: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    make()
    text = document("{import: api, location: shared.yaml}")
    assert findings(text, capsys) == {"import-not-found"}


def test_a_document_cannot_import_itself_by_another_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("again.yaml").symlink_to("spec.yaml")
    text = document("{import: api, location: again.yaml}")
    assert findings(text, capsys) == {"import-cycle"}


def test_imports_that_multiply_end_soon(capsys: pytest.CaptureFixture[str]) -> None:
    for level in range(1, 8):
        imports = f"- {{import: api, location: l{level + 1}.yaml}}\n" * 8
        Path(f"l{level}.yaml").write_text(f"consumes:\n{imports}", encoding="utf-8")
    Path("l8.yaml").write_text(SECRET, encoding="utf-8")
    text = document(*["{import: api, location: l1.yaml}"] * 8)
    assert "too-many-imports" in findings(text, capsys)


@pytest.mark.parametrize(
    ("copies", "size", "code"),
    [(1, 33 * MEBIBYTE, "file-too-large"), (3, 22 * MEBIBYTE, "too-many-imports")],
)
def test_large_imports_are_refused(
    copies: int, size: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("shared.yaml").write_text(f"{SECRET}#{'x' * size}\n", encoding="utf-8")
    text = document(*["{import: api, location: shared.yaml}"] * copies)
    assert code in findings(text, capsys)


@in_table
def test_a_file_that_is_not_shared_is_not_quoted(
    content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("keys.yaml").write_text(content, encoding="utf-8")
    entry = "{import: api, location: ./keys.yaml}"
    assert findings(document(entry), capsys)


def test_a_shared_file_s_fault_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("shared.yaml").write_text("consumes: []\nopen: 1\nopen: 2\n", "utf-8")
    text = document("{import: api, location: ./shared.yaml}")
    Path("spec.yaml").write_text(text, encoding="utf-8")
    assert main(["spec.yaml", "-o", "out"]) == 1
    assert "'open'" in capsys.readouterr().err
