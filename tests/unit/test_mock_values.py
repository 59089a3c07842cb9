"""The mock's responses that are too long for a table."""

import re
from pathlib import Path

import pytest
from facts import spec_of
from test_emitted import EmittedFacts, samples

from naftiko_gen.emit.samples.samples import TEXT as AWKWARD

GOLDEN = Path(__file__).parents[1] / "golden"


def answer(example: dict[str, object], tool: dict[str, object]) -> str:
    operation = {"method": "GET", "outputRawFormat": "json", "outputExample": example}
    facts = EmittedFacts(spec_of({"operation": operation, "tool": tool}))
    return str(samples(facts.capability)[0][0])


@pytest.mark.parametrize("text", ["[" * 5_000, "[" * 99 + "]" * 99])
def test_an_example_that_is_too_deep_is_not_used(text: str) -> None:
    steps = [{"type": "call", "name": "first", "call": "api.act"}]
    when = {"targetName": "when", "value": "$.first.date"}
    reply = answer({"text": text}, {"steps": steps, "mappings": [when]})
    assert reply == '{"date": "2026-05-01"}'


def test_a_long_example_stands_on_short_lines() -> None:
    long_text = f"{'word ' * 40}{'x' * 100}"
    text = answer({"mediaType": "text/plain", "text": long_text}, {})
    rows = re.findall(r'"([^"]*)"', text.partition("((")[2] or text)
    assert max(map(len, rows)) <= 60
    assert "".join(rows).endswith(long_text)


def test_no_mock_answers_with_values_of_emitted_tests() -> None:
    mocks = list(GOLDEN.glob("*/expected/*/mock.py"))
    assert mocks
    assert not [path for path in mocks if AWKWARD in path.read_text("utf-8")]
