"""The inputs of routes and tools in skills."""

from __future__ import annotations

import pytest
from documents import document, tools, upstream
from packages import files

CONSUMES = upstream("- {name: find, inputParameters: [{name: x, in: query}]}\n")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("enum: [new, used]", "string: `new` or `used`, required"),
        ("enum: [new]", "string: `new`, required"),
        ("type: integer, enum: [1, 2, 3]", "integer: `1`, `2` or `3`, required"),
        ('pattern: "^a+$"', "string that matches `^a+$`, required"),
        ("type: integer, default: 1", "integer, optional, `1` by default"),
        ("required: false", "string, optional"),
    ],
)
def test_restrictions_are_described(more: str, line: str) -> None:
    tool = f"- {{name: find, call: api.find, inputParameters: [{{name: x, {more}}}]}}"
    skill = files(document(CONSUMES, tools(tool)))["skills/things/SKILL.md"]

    assert f"- Input `x` ({line})\n" in skill


def test_few_values_are_listed() -> None:
    values = ", ".join(f"v{number}" for number in range(100))
    tool = (
        "- {name: find, call: api.find, inputParameters:"
        f" [{{name: x, enum: [{values}]}}]}}"
    )
    skill = files(document(CONSUMES, tools(tool)))["skills/things/SKILL.md"]

    assert "`v19` or 80 more values, required" in skill
