"""Files that expose nothing: their errors, and how to import them."""

from pathlib import Path

import pytest

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Diagnostic, Severity

pytestmark = pytest.mark.usefixtures("place")

API = "{type: http, namespace: api, baseUri: 'https://api.example.com', resources: []}"


def errors(text: str, name: str = "shared.yaml") -> list[Diagnostic]:
    Path(name).write_text(text, encoding="utf-8")
    diagnostics = frontend.read(Path(name), Options(output=Path())).diagnostics
    return [d for d in diagnostics if d.severity is Severity.ERROR]


def hint(text: str, name: str = "shared.yaml") -> str | None:
    [only] = errors(text, name)
    assert only.code.slug == "nothing-exposed"
    return only.hint


def slugs(text: str) -> list[str]:
    first, *others = (error.code.slug for error in errors(text))
    assert first == "nothing-exposed"
    return others


@pytest.mark.parametrize(
    ("root", "section", "entries", "name"),
    [
        ("ikanos: 1.0.0-beta5", "consumes", f"[{API}]", "api"),
        ("naftiko: 1.0.0-alpha2", "consumes", f"[{API}]", "api"),
        ("ikanos: 1.0.0-beta5", "binds", "[{namespace: b, keys: {A: B}}]", "b"),
        ("ikanos: 1.0.0-beta5", "aggregates", "{ships: {flows: {}}}", "ships"),
        ("ikanos: 1.0.0-beta5", "aggregates", "[{namespace: n, flows: {}}]", "n"),
        ("ikanos: 1.0.0-beta5", "exposes", "[{type: rest, namespace: r}]", "r"),
    ],
)
def test_the_hint_is_the_entry_that_imports_the_file(
    root: str, section: str, entries: str, name: str
) -> None:
    word = "from" if root.startswith("ikanos") else "location"
    entry = f"`- {{{word}: shared.yaml, import: {name}}}`"
    expected = f"write {entry} into `{section}` of a spec that exposes something"
    assert hint(f"{root}\n{section}: {entries}\n") == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{from: x.yaml}", ["missing-key"]),
        ("{import: api}", ["missing-key"]),
        ("{from: x.yaml, import: api, at: x}", ["unknown-key"]),
        ("{from: /x.yaml, import: api}", ["unusable-import"]),
        ("{from: ../x.yaml, import: api}", ["unusable-import"]),
        ("{from: [x], import: api}", ["wrong-type"]),
        ("{from: x.yaml, import: api, as: [x]}", ["wrong-type"]),
        ("{type: http, baseUri: 'https://x.example.com'}", ["missing-key"]),
    ],
)
def test_wrong_entries_are_reported(entry: str, expected: list[str]) -> None:
    text = f"ikanos: 1.0.0-beta5\ncapability:\n  consumes:\n  - {entry}\n"
    assert slugs(text) == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("{from: a.yaml, import: x}, {from: b.yaml, import: y, as: x}", 1),
        ("{from: a.yaml, import: x, as: y}, {from: b.yaml, import: y, as: z}", 0),
        # The compiler merges blocks of one API.
        ("{from: a.yaml, import: x}, {from: b.yaml, import: x}", 0),
        (f"{API}, {{from: a.yaml, import: x, as: api}}", 1),
    ],
)
def test_names_that_imports_take_twice_are_reported(
    entries: str, expected: int
) -> None:
    text = f"ikanos: 1.0.0-beta5\ncapability:\n  consumes: [{entries}]\n"
    assert slugs(text) == ["import-collision"] * expected


@pytest.mark.parametrize("value", ["text", "false"])
def test_imports_hide_no_mistyped_section(value: str) -> None:
    shared_file = (
        f"consumes: [{API}]\nexposes:\n- {{type: mcp, namespace: tools, port: 9,"
        " tools: [{name: t, description: T., call: api.t}]}\n"
    )
    Path("others.yaml").write_text(shared_file, "utf-8")
    diagnostics = errors(
        "ikanos: 1.0.0-beta5\ncapability:\n"
        "  exposes: [{from: others.yaml, import: tools}]\n"
        f"  consumes: {value}\n  aggregates: {value}\n"
    )
    assert [d.code.slug for d in diagnostics] == ["wrong-type", "wrong-type"]


@pytest.mark.parametrize("value", ["text", "1", "true"])
def test_a_mistyped_list_is_not_an_empty_adapter(value: str) -> None:
    [only] = errors(
        "naftiko: 1.0.0-alpha2\ncapability:\n  exposes:\n  - {type: control, port: 9}\n"
        f"  - {{type: rest, namespace: r, port: 8, resources: {value}}}\n"
    )
    assert only.code.slug == "wrong-type"
