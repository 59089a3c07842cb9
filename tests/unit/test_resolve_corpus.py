"""Real documents: none of them is too much, and those in reach mean something."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from documents import resolved

from naftiko_gen.diagnostics import Severity

if TYPE_CHECKING:
    from naftiko_gen import ir

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
DOCUMENTS = sorted(CORPUS.rglob("*.y*ml"))

pytestmark = pytest.mark.skipif(
    not DOCUMENTS, reason="the corpus isn't beside the checkout"
)


def units(capability: ir.Capability) -> int:
    routes = sum(len(adapter.operations) for adapter in capability.rest)
    return routes + sum(len(adapter.tools) for adapter in capability.mcp)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_has_a_meaning_or_an_error(path: Path) -> None:
    found, report = resolved(path.read_text("utf-8"), spec=path)
    errors = [d for d in report.diagnostics if d.severity is Severity.ERROR]
    assert (found is None) == bool(errors)
    assert all(error.span for error in errors)


def expected() -> dict[str, dict[str, object]]:
    path = CORPUS / "expected.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def later() -> list[str]:
    return [name for name in expected() if name.startswith("later/")]


@pytest.mark.parametrize("name", sorted(later()))
def test_later_documents_compile(name: str) -> None:
    found, report = resolved((CORPUS / name).read_text("utf-8"), spec=CORPUS / name)
    assert found is not None, [d.message for d in report.diagnostics]
    assert units(found) > 0


def answering(path: str, adapter: ir.RestAdapter, method: str) -> ir.RestOperation:
    """Return the first operation whose route has that path."""
    return next(
        one
        for one in adapter.operations
        if one.method == method
        and re.fullmatch(
            "".join(re.escape(p) if isinstance(p, str) else "[^/]+" for p in one.route),
            path,
        )
    )


@pytest.mark.parametrize("name", sorted(expected()))
def test_every_route_can_be_reached(name: str) -> None:
    found, _ = resolved((CORPUS / name).read_text("utf-8"), spec=CORPUS / name)
    for adapter in found.rest if found else ():
        for one in adapter.operations:
            path = "".join(p if isinstance(p, str) else "\0" for p in one.route)
            assert answering(path, adapter, one.method) is one


@pytest.mark.parametrize("name", sorted(expected()))
def test_documents_that_compile_have_all_their_units(name: str) -> None:
    found, report = resolved((CORPUS / name).read_text("utf-8"), spec=CORPUS / name)
    outcome = expected()[name]
    if found is not None:
        assert outcome["outcome"] == "compiled"
        assert units(found) == outcome.get("units", units(found))
    if outcome["outcome"] == "rejected":
        slugs = {d.code.slug for d in report.diagnostics}
        allowed = outcome["any_of"]
        assert isinstance(allowed, list)
        assert slugs & set(allowed)
