"""The documents of the official engines: their outcomes, equal in both languages.

`official_outcomes.txt` lists the outcome of each document, so a feature that lets
documents compile is a change of that list.
"""

from pathlib import Path

import pytest
from published import CORPUS

from golden_files import Golden
from naftiko_gen import frontend
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.diagnostics.report import Severity
from naftiko_gen.emit.package_files import Package

LANGUAGES = ("official", "ikanos")
REASONS = {
    "ikanos/tests/imports/refused/capability-exposes-namespace-missing.yaml": (
        "many published specs leave out the namespace of their adapter, so one is"
        " assumed"
    )
}
"""Why documents that the engines refuse compile, or have fewer errors."""
OUTCOMES = Path(__file__).with_name("official_outcomes.txt")


def documents() -> list[Path]:
    """Return the documents of both languages."""
    return [
        path
        for language in LANGUAGES
        for path in sorted((CORPUS / language).rglob("*.y*ml"))
    ]


def steps() -> list[str]:
    """Return the names of the tutorial's steps, which both languages have."""
    return sorted(path.name for path in (CORPUS / "ikanos/tutorial").glob("*.yml"))


pytestmark = pytest.mark.skipif(
    not documents(), reason="the corpus isn't beside the checkout"
)


def read(path: Path) -> frontend.Reading:
    return frontend.read(path, Options(output=Path()))


def outcome(path: Path) -> str:
    """Return the codes of a document's errors, or that it has none."""
    reading = read(path)
    if reading.meaning is None:
        errors = {d for d in reading.diagnostics if d.severity is Severity.ERROR}
        return " ".join(sorted({error.code.slug for error in errors}))
    assert Package(reading.meaning.capability, Layout.PROJECT).tree().files
    return "compiles"


def test_each_document_has_the_expected_outcome(golden: Golden) -> None:
    golden.check(OUTCOMES, "".join(map(line, documents())).encode())


def line(path: Path) -> str:
    name = path.relative_to(CORPUS).as_posix()
    columns = [name, outcome(path), *filter(None, [REASONS.get(name)])]
    return ": ".join(columns) + "\n"


@pytest.mark.parametrize("step", steps())
def test_a_step_of_the_tutorial_is_the_same_in_both_languages(step: str) -> None:
    first, second = (
        read(CORPUS / language / "tutorial" / step) for language in LANGUAGES
    )
    assert messages(first) == messages(second)
    assert (first.meaning is None) == (second.meaning is None)
    if first.meaning and second.meaning:
        assert first.meaning.capability == second.meaning.capability


def messages(reading: frontend.Reading) -> list[tuple[str, str]]:
    """Return codes and messages; lines differ between the languages."""
    return [(d.code.slug, d.message) for d in reading.diagnostics]
