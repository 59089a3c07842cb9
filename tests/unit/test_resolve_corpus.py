"""Real documents: none of them is too much, and those in reach mean something."""

import json
import re
from pathlib import Path

import pytest
from documents import resolve

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Severity

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
DOCUMENTS = sorted(CORPUS.rglob("*.y*ml"))

pytestmark = pytest.mark.skipif(
    not DOCUMENTS, reason="the corpus isn't beside the checkout"
)


def units(capability: ir.Capability) -> int:
    routes = sum(len(adapter.routes) for adapter in capability.rest)
    return routes + sum(len(adapter.tools) for adapter in capability.mcp)


def outcomes() -> dict[str, dict[str, object]]:
    path = CORPUS / "expected.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


OUTCOMES = outcomes()
"""Facts about documents, by their names in the corpus."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_has_a_meaning_or_an_error(path: Path) -> None:
    capability, report = resolve(path.read_text("utf-8"), spec=path)
    errors = [d for d in report.diagnostics if d.severity is Severity.ERROR]
    assert (capability is None) == bool(errors)
    assert all(error.span for error in errors)
    outcome = OUTCOMES.get(path.relative_to(CORPUS).as_posix(), {})
    if outcome.get("outcome") == "compiled":
        assert capability is not None, [d.message for d in report.diagnostics]
        assert 0 < units(capability) == outcome.get("units", units(capability))
        check_routes(capability)


def test_a_document_that_has_to_compile_is_there() -> None:
    names = {n for n, o in OUTCOMES.items() if o["outcome"] == "compiled"}
    assert names
    assert names <= {path.relative_to(CORPUS).as_posix() for path in DOCUMENTS}


def check_routes(capability: ir.Capability) -> None:
    """Check that a request finds each route."""
    for adapter in capability.rest:
        for route in adapter.routes:
            path = "".join(p if isinstance(p, str) else "\0" for p in route.route)
            assert answering(path, adapter, route.method) is route


def answering(path: str, adapter: ir.RestAdapter, method: str) -> ir.Route:
    """Return the first operation whose route has that path."""
    return next(
        r
        for r in adapter.routes
        if r.method == method
        and re.fullmatch(
            "".join(re.escape(p) if isinstance(p, str) else "[^/]+" for p in r.route),
            path,
        )
    )
