"""The documents of the official engines: their outcomes, equal in both languages.

`official_outcomes.txt` lists the outcome of each document, so a feature that lets
documents compile is a change of that list.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from published import CORPUS

from golden_files import Golden
from naftiko_gen import frontend
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.diagnostics.report import Severity
from naftiko_gen.emit.package_files import Package

LANGUAGES = ("official", "ikanos")
REFUSED = "ikanos/tests/imports"
REASONS = {
    f"{REFUSED}/refused/capability-exposes-namespace-missing.yaml": (
        "many published specs leave out the namespace of their adapter, so one is"
        " assumed"
    )
}
"""Why documents that the engines refuse compile, or have fewer errors."""
IMPORT_ERRORS = {
    "refused/aggregate-duplicate-function-name.yaml": {
        (6, "nothing-exposed"),
        (16, "duplicate-function"),
    },
    "refused/aggregates-namespace-missing.yaml": {
        (5, "nothing-exposed"),
        (6, "missing-key"),
    },
    "refused/capability-aggregates-namespace-missing.yaml": {
        (7, "nothing-exposed"),
        (8, "missing-key"),
    },
    "refused/capability-exposes-namespace-missing.yaml": set(),
    "refused/exposes-namespace-missing.yaml": {
        (5, "nothing-exposed"),
        (6, "missing-key"),
    },
    "refused/import-duplicate-alias.yaml": {
        (10, "nothing-exposed"),
        (15, "import-collision"),
    },
    "refused/import-from-self.yaml": {(6, "nothing-exposed"), (7, "import-cycle")},
    "refused/import-missing-fields.yaml": {
        (9, "nothing-exposed"),
        (10, "missing-key"),
        (12, "missing-key"),
    },
    "refused/standalone-with-imports.yaml": {
        (5, "nothing-exposed"),
        (7, "standalone-import"),
    },
    "invalid/empty-section.consumes.yml": {(2, "nothing-exposed")},
    "invalid/malformed.yml": {(1, "yaml-syntax")},
}
"""The lines and codes of the errors in documents with wrong imports."""
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


def test_wrong_imports_are_refused_for_their_reason() -> None:
    directory = CORPUS / REFUSED
    by_path = {
        path.relative_to(directory).as_posix(): set(places(read(path)))
        for folder in ("refused", "invalid")
        for path in (directory / folder).iterdir()
    }
    assert by_path == IMPORT_ERRORS


def places(reading: frontend.Reading) -> Iterator[tuple[int, str]]:
    for diagnostic in reading.diagnostics:
        if diagnostic.severity is Severity.ERROR and diagnostic.span:
            yield diagnostic.span.line, diagnostic.code.slug


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
