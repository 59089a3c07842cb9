"""Editors check specs by their schema, with the YAML language server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from editor import Editor
from node import Programs

from naftiko_gen.tools.schema import json_schema

SPEC = Path(__file__).with_name("editor.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def editor(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Editor]:
    schema = tmp_path_factory.mktemp("schema") / "naftiko.schema.json"
    schema.write_text(json.dumps(json_schema()), encoding="ascii")
    with programs.language_server() as server:
        editor = Editor(server, schema)
        editor.start()
        yield editor
        server.kill()


def test_editor_takes_accepted_documents(editor: Editor) -> None:
    assert editor.marks(SPEC) == []


@pytest.mark.parametrize(
    ("text", "wrong", "line"),
    [
        ("baseUri:", "baseUrl:", 3),
        ("method: GET", "method: FETCH", 12),
        ("port: 9090", "port: many", 16),
        (
            "    - name: list-books\n      call",
            "    - nome: list-books\n      call",
            18,
        ),
    ],
)
def test_editor_marks_errors(editor: Editor, text: str, wrong: str, line: int) -> None:
    assert text in SPEC
    marks = editor.marks(SPEC.replace(text, wrong))
    lines = [mark["range"]["start"]["line"] for mark in marks]
    assert lines
    assert any(abs(place - line) <= 3 for place in lines), marks


def test_editor_explains_a_key(editor: Editor) -> None:
    line = SPEC.splitlines().index("    baseUri: https://library.example")
    assert "The base URI of the API" in editor.hover(SPEC, line, 6)


def test_editor_names_the_official_spelling(editor: Editor) -> None:
    spec = SPEC.replace("token: ", "value: ")
    line = next(n for n, text in enumerate(spec.splitlines()) if "bearer" in text)
    character = spec.splitlines()[line].index("value")
    assert "The official key is 'token'." in editor.hover(spec, line, character)
    assert editor.marks(spec) == []


def test_editor_takes_every_published_document_that_compiles(
    editor: Editor, reference: Path
) -> None:
    corpus = reference / "corpus"
    outcomes = json.loads((corpus / "expected.json").read_text(encoding="utf-8"))
    names = [
        name for name, outcome in outcomes.items() if outcome["outcome"] == "compiled"
    ]
    assert names
    marks_by_name = {
        name: marks
        for name in names
        if (marks := editor.marks((corpus / name).read_text(encoding="utf-8")))
    }
    assert not marks_by_name
