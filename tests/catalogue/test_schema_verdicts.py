"""The compiler accepts and refuses documents as the official JSON Schemas do.

`schema_differences.txt` lists the exceptions. A line has the verdict of the compiler, a
code, a rule of the schema in which `*` stands for anything, and the name of a reason:

- `refused`: a valid document has an error of that code, at a value that the definition
  and property describe;
- `accepted`: a document breaks the rule, and the compiler writes a note or a warning of
  that code, or none (`-`).
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from mutations import mutate
from official_schemas import NAMES, SCHEMAS, OfficialSchema, official_schema
from published import CORPUS, own_specs
from schema_verdicts import (
    Compiler,
    Judged,
    acceptances,
    is_complete,
    refusals,
    simplify,
)

from case_tables import table

pytestmark = [
    pytest.mark.skipif(
        not (SCHEMAS.is_dir() and CORPUS.is_dir()),
        reason="the official schemas aren't beside the checkout",
    ),
    pytest.mark.long,
]

DOCUMENTS = int(os.environ.get("NAFTIKO_SCHEMA_DOCUMENTS", "30"))
"""How many changed documents the versions share."""
TABLE = Path(__file__).with_name("schema_differences.txt")
REASONS = table(__file__, "reasons")
"""Why the compiler differs from the schema, by the names in the table."""


@dataclass(frozen=True)
class Difference:
    """A line of the table."""

    verdict: str
    code: str
    rule: str
    reason: str

    @property
    def pattern(self) -> str:
        return f"{self.verdict} {self.code} {self.rule}"


@cache
def differences() -> tuple[Difference, ...]:
    lines = TABLE.read_text("utf-8").splitlines()
    return tuple(map(_difference, lines))


def _difference(line: str) -> Difference:
    pair, _, reason = line.rpartition(": ")
    verdict, code, rule = pair.split(" ", 2)
    return Difference(verdict, code, rule, reason)


def unexplained_pairs(verdict: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return the pairs of codes and rules that the table lacks."""
    lines = [f"{verdict} {code} {rule}" for code, rule in pairs]
    patterns = [difference.pattern for difference in differences()]
    return [
        line
        for line in sorted(lines)
        if not any(fnmatchcase(line, pattern) for pattern in patterns)
    ]


@cache
def documents() -> list[tuple[Path, Any]]:
    """Return the documents of the corpus, as JSON, with their paths."""
    return list(load_documents(sorted(CORPUS.rglob("*.y*ml"))))


def load_documents(paths: Iterable[Path]) -> Iterator[tuple[Path, Any]]:
    for path in paths:
        try:
            value = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeError):
            continue
        # Dates are texts in JSON.
        yield path, json.loads(json.dumps(value, default=str))


def schema_of(document: Any) -> OfficialSchema | None:
    """Return the schema of a document's version; all of Ikanos have one."""
    if not isinstance(document, dict):
        return None
    if "ikanos" in document:
        return official_schema(NAMES[-1])
    name = f"naftiko-{document.get('naftiko')}"
    return official_schema(name) if name in NAMES else None


def test_every_line_of_the_table_has_a_reason() -> None:
    assert {difference.reason for difference in differences()} == set(REASONS)
    assert {d.verdict for d in differences()} == {"accepted", "refused"}
    lines = TABLE.read_text("utf-8").splitlines()
    assert lines == sorted(set(lines))


@pytest.mark.parametrize("name", NAMES)
def test_changed_documents_have_the_verdict_of_the_schema(
    name: str, tmp_path: Path
) -> None:
    compiler = Compiler(tmp_path)
    schema, random = official_schema(name), Random(f"changes of {name}")
    originals = list(accepted_documents(schema, compiler))
    wrong: dict[str, str] = {}
    for _ in range(DOCUMENTS // len(NAMES)):
        original = random.choice(originals)
        document = mutate(original.document, random)
        if schema.is_valid(document):
            pairs = unexplained_pairs("refused", refusals(compiler, schema, document))
        else:
            verdicts = acceptances(compiler, schema, document, original)
            pairs = unexplained_pairs("accepted", verdicts)
        wrong |= dict.fromkeys(pairs, json.dumps(document))
    assert wrong == {}


def accepted_documents(schema: OfficialSchema, compiler: Compiler) -> Iterator[Judged]:
    """Yield documents that both accept, with the version of the schema."""
    language, _, version = schema.name.partition("-")
    for _, document in [*documents(), *load_documents(own_specs())]:
        if schema_of(document) and language in document:
            candidate = {**document, language: version}
            verdict = schema.is_valid(candidate) and simplify(
                compiler, schema, candidate
            )
            if verdict and is_complete(verdict):
                yield verdict


def test_documents_of_the_corpus_have_the_verdict_of_the_schema() -> None:
    wrong = {
        path.relative_to(CORPUS).as_posix(): pairs
        for path, document in documents()
        if (schema := schema_of(document))
        and (pairs := compare_verdicts(path, schema, document))
    }
    assert wrong == {}


def compare_verdicts(path: Path, schema: OfficialSchema, document: Any) -> list[str]:
    """Return how a verdict differs from the schema's, unless the table has it."""
    compiler = Compiler(path.parent, path.name)
    if schema.is_valid(document):
        return unexplained_pairs("refused", refusals(compiler, schema, document))
    if not compiler.judge(document).is_accepted:
        return []
    rules = schema.broken_rules(document)
    expected = [d.rule for d in differences() if d.verdict == "accepted"]
    return [
        rule
        for rule in sorted(rules)
        if not any(fnmatchcase(rule, pattern) for pattern in expected)
    ]
