"""Text of a credential is data, and nothing of a document becomes a secret's place."""

import re
from pathlib import Path
from typing import Any

import pytest
from hostile_packages import emitted_files, errors, shapes
from hostile_specs import fill_markers
from hostile_texts import TEXTS

from case_tables import table
from naftiko_gen.diagnostics.span import Plain

REFERENCE = "{{SECRET}}"


def credentials_with(text: str, name: str) -> dict[str, Any]:
    """Return a credential of each type, with a free text and a name."""
    texts = {
        "text": text,
        "name": name,
        "secret": f"{text}{REFERENCE}",
        "user": text.replace(":", ""),
        "header": re.sub(r"[^!-+\--~]", "", text),
    }
    kinds = table(__file__, "credentials")
    credentials: Any = fill_markers(kinds, lambda marker: texts[marker.name])
    return dict(credentials)


def document(text: str, name: str) -> dict[str, Plain]:
    """Return a document with an upstream for each type."""
    kinds = credentials_with(text, name)
    consumes: list[Plain] = [
        {
            "type": "http",
            "namespace": kind,
            "baseUri": "https://store.example.com",
            "authentication": {"type": kind, **fields},
            "resources": [
                {"name": "r", "path": "/books", "operations": [{"name": "list"}]}
            ],
        }
        for kind, fields in kinds.items()
    ]
    tools: list[Plain] = [
        {"name": kind, "description": "d", "call": f"{kind}.list"} for kind in kinds
    ]
    exposes: Plain = {"type": "mcp", "namespace": "mcp", "port": 9090, "tools": tools}
    return {
        "naftiko": "1.0.0-alpha2",
        "binds": [{"namespace": "env", "keys": {"SECRET": "SECRET"}}],
        "capability": {"consumes": consumes, "exposes": [exposes]},
    }


ODD_NAME = "!#$%&'*+.^_`|~x"
PROSE = [text for text in TEXTS if text and "{" not in text and "}" not in text]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return the shapes of the package of a harmless text."""
    directory = tmp_path_factory.mktemp("twin")
    return shapes(emitted_files(document("text", "name"), directory))


@pytest.mark.parametrize("turn", range(0, len(PROSE), 6))
def test_a_text_of_a_credential_changes_nothing_but_literals(
    turn: int, twin: dict[str, object], tmp_path: Path
) -> None:
    files = shapes(emitted_files(document(PROSE[turn], ODD_NAME), tmp_path))
    assert [path for path in twin if path.endswith(".py")]
    assert [path for path in twin if files.get(path) != twin[path]] == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_a_credential_has_a_meaning_or_an_error(text: str) -> None:
    for name in (text, "name"):
        assert all(error.span for error in errors(document(text, name)))
