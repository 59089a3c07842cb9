"""The tests of packages that are made of OpenAPI documents pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emitted_tests import outcome
from naftiko_gen.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = {"type": "string", "enum": [""]}
DISCOUNT = {"type": "object", "properties": {"coupon": {"type": "string"}}}
SCHEMAS: dict[str, Any] = {
    "discounts": {"anyOf": [{"type": "array", "items": DISCOUNT}, EMPTY]},
    "tags": {"oneOf": [{"type": "array", "items": {"type": "string"}}, EMPTY]},
    "price": {"anyOf": [{"type": "number"}, EMPTY]},
}
"""Schemas of parameters by their names."""


def test_a_parameter_may_be_an_array_or_a_text(tmp_path: Path) -> None:
    document, spec = tmp_path / "api.json", tmp_path / "api.yaml"
    parameters = [
        {"name": name, "in": "query", "style": "deepObject", "schema": schema}
        for name, schema in SCHEMAS.items()
    ]
    operation = {"parameters": parameters, "responses": {}}
    document.write_text(
        json.dumps(
            {
                "openapi": "3.0.3",
                "info": {"title": "API", "version": "1"},
                "servers": [{"url": "https://x.test"}],
                "paths": {"/invoices": {"get": operation}},
            }
        )
    )
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    assert main([str(spec), "-o", str(tmp_path), "-q"]) == 0

    tests = outcome(tmp_path / "api")

    assert tests.status == 0, tests.output
