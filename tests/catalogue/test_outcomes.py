"""Published documents become packages, or are refused with a reason."""

from pathlib import Path

from published import (
    Published,
    compilable,
    compile_once,
    documents,
    each,
    make_package,
    needs_the_corpus,
)

from naftiko_gen.diagnostics.report import Severity

pytestmark = needs_the_corpus

REFUSED = [document for document in documents() if not document.compiles]


@each(compilable())
def test_a_document_compiles_with_all_its_units(
    document: Published, packages: Path
) -> None:
    result = compile_once(document, packages)
    errors = [d for d in result.diagnostics if d.severity is Severity.ERROR]
    assert not errors
    # The count doesn't include tools that only a skill lists.
    assert make_package(document, packages).units >= (document.units or 1)


@each(REFUSED)
def test_a_document_is_refused_at_a_place_for_a_known_reason(
    document: Published, packages: Path
) -> None:
    result = compile_once(document, packages)
    assert result.changes is None
    errors = [d for d in result.diagnostics if d.severity is Severity.ERROR]
    assert {error.code.slug for error in errors} & document.refusals
    assert all(error.span for error in errors)
