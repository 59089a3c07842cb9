"""`naftiko-gen fix` on real documents: their meaning, and the notes that stay."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml
from fixed_corpus import DOCUMENTS, OPTIONS, FixedCorpus
from jsonschema_rs import Draft202012Validator

from naftiko_gen import frontend, ir
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.tools.fix import repair
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.rules import STEPS

SMALL = [path for path in DOCUMENTS if path.stat().st_size < 30_000]
PARTLY = {
    Code.PARAMETER_METADATA: 9,
    Code.PATH_FROM_VERB: 2,
    Code.SINGLE_BRACE_PATH: 2,
    Code.READ_AS_ALPHA2: 1,
    Code.DUPLICATE_OPERATION: 8,
    # In functions of aggregates, and of body parameters that only `with` names.
    Code.EXTRA_PARAMETER: 8,
    Code.INFERRED_INPUT: 2,
    # In an imported file.
    Code.BIND_REFERENCE: 4,
    # Of routes that have the name of their function.
    Code.DUPLICATE_NAME: 1,
    # Of parts without a name.
    Code.OLDER_SPELLING: 2,
}
"""How many findings the corpus keeps of the codes that can mostly be written down."""
INTENDED = {Code.IGNORED_ADDRESS}
"""Codes of notes about intended texts: their authors have nothing to do."""

pytestmark = [
    pytest.mark.skipif(not DOCUMENTS, reason="the corpus isn't beside the checkout"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def corpus(common: Path) -> FixedCorpus:
    directory = common / "fixed"
    directory.mkdir(exist_ok=True)
    return FixedCorpus(directory)


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.name)
def test_a_real_document_means_the_same(corpus: FixedCorpus, path: Path) -> None:
    spec = corpus.fix(path)
    if spec is None:  # it has errors, and no meaning
        return
    before, result = corpus.read(path), spec.repaired
    if result.content == before.content:
        assert result.left == before.diagnostics
        return
    after = frontend.read(path, OPTIONS, result.content)
    has_other_hints = Code.UNSAFE_HINT in result.fixed

    def meaning_of(reading: frontend.Reading) -> ir.Capability:
        assert reading.meaning is not None
        capability = reading.meaning.capability
        return without_hints(capability) if has_other_hints else capability

    # A package is emitted only from these.
    assert meaning_of(after) == meaning_of(before)
    assert count_codes(after.diagnostics) <= count_codes(before.diagnostics)
    assert comments(before.content) <= comments(result.content)
    again = repair.repair_spec(after, OPTIONS)
    assert again.content == result.content


def test_documents_with_errors_are_left_alone(
    corpus: FixedCorpus, tmp_path: Path
) -> None:
    wrong = [path for path in SMALL if corpus.fix(path) is None]
    assert wrong
    for path in wrong:
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        assert main.main(["fix", str(copy)]) == Exit.FAILED
        assert copy.read_bytes() == path.read_bytes()


def test_findings_left_in_real_documents(corpus: FixedCorpus) -> None:
    specs = [spec.repaired for spec in corpus.fix_all()]
    remaining = sum((count_codes(spec.left) for spec in specs), Counter[Code]())
    fixes = sum((spec.fixed for spec in specs), Counter[Code]())
    can = {code for code, _ in STEPS}
    assert {code: n for code, n in remaining.items() if code in can} == PARTLY
    assert sum(not spec.left for spec in specs) == 74
    assert fixes.total() >= 6_900
    assert sum(not (set(count_codes(spec.left)) - INTENDED) for spec in specs) == 87


def test_fixed_documents_keep_to_the_official_schema(
    corpus: FixedCorpus, reference: Path
) -> None:
    schema = reference / "schemas" / "naftiko-1.0.0-alpha2.schema.json"
    official = Draft202012Validator(json.loads(schema.read_text("utf-8")))

    def is_official(content: bytes) -> bool:
        return official.is_valid(yaml.load(content, yaml.CSafeLoader))

    contents = {spec.path: spec.repaired.content for spec in corpus.fix_all()}
    before = {path for path in contents if is_official(path.read_bytes())}
    after = {path for path, content in contents.items() if is_official(content)}
    assert before < after
    assert (len(before), len(after)) == (39, 41)


def test_a_large_document_is_read_a_few_times(corpus: FixedCorpus) -> None:
    largest = max(corpus.fix_all(), key=lambda spec: spec.path.stat().st_size)
    assert 0 < largest.readings <= 24


def test_contents_are_seldom_read_again(corpus: FixedCorpus) -> None:
    """A refused edit is tried once more only from another start."""
    assert sum(spec.repetitions for spec in corpus.fix_all()) <= 5


def count_codes(findings: tuple[Diagnostic, ...]) -> Counter[Code]:
    return Counter(diagnostic.code for diagnostic in findings)


def comments(content: bytes) -> Counter[str]:
    lines = (line.strip() for line in content.decode().splitlines())
    return Counter(line for line in lines if line.startswith("#"))
