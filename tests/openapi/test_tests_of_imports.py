"""The tests of packages that are made of OpenAPI documents pass."""

from pathlib import Path
from typing import Any

import pytest
from written import write_api

from emitted_tests import Outcome, outcome
from naftiko_gen.cli.main import main

EMPTY = {"type": "string", "enum": [""]}
DISCOUNT = {"type": "object", "properties": {"coupon": {"type": "string"}}}
SCHEMAS: dict[str, Any] = {
    "discounts": {"anyOf": [{"type": "array", "items": DISCOUNT}, EMPTY]},
    "tags": {"oneOf": [{"type": "array", "items": {"type": "string"}}, EMPTY]},
    "price": {"anyOf": [{"type": "number"}, EMPTY]},
}
"""Schemas of parameters by their names."""


KIND = {"type": "string", "enum": ["sparse", "dense"]}


def emitted_outcome(paths: dict[str, Any], directory: Path) -> Outcome:
    """Import and compile a document of these paths; run the emitted tests."""
    document, spec = write_api(directory, paths), directory / "api.yaml"
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    assert main([str(spec), "-o", str(directory), "-q"]) == 0
    return outcome(directory / "api")


def path_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def test_a_parameter_may_be_an_array_or_a_text(tmp_path: Path) -> None:
    parameters = [
        {"name": name, "in": "query", "style": "deepObject", "schema": schema}
        for name, schema in SCHEMAS.items()
    ]
    operation = {"parameters": parameters, "responses": {}}

    tests = emitted_outcome({"/invoices": {"get": operation}}, tmp_path)

    assert tests.status == 0, tests.output


def test_a_path_does_not_hide_another_with_other_methods(tmp_path: Path) -> None:
    by_id = {"parameters": [path_parameter("id", {"type": "string"})], "responses": {}}
    by_kind = {"parameters": [path_parameter("kind", KIND)], "responses": {}}
    paths = {"/i/sparse/{id}": {"post": by_id}, "/i/{kind}/_all": {"get": by_kind}}

    tests = emitted_outcome(paths, tmp_path)

    assert tests.status == 0, tests.output


@pytest.mark.parametrize("place", ["path", "query", "header"])
@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_a_parameter_may_be_a_number_or_a_text(
    place: str, keyword: str, tmp_path: Path
) -> None:
    schema = {keyword: [{"type": "integer", "example": 7}, {"type": "string"}]}
    parameter = {"name": "id", "in": place, "required": True, "schema": schema}
    path = "/points/{id}" if place == "path" else "/points"

    tests = emitted_outcome(
        {path: {"get": {"parameters": [parameter], "responses": {}}}}, tmp_path
    )

    assert tests.status == 0, tests.output
