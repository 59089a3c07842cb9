"""Texts that every call would refuse, or no request can carry, are refused at once."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hostile_packages import emit, errors
from programs import run_tool

from case_tables import table
from emitted_tests import outcome
from naftiko_gen.diagnostics.span import Plain


def document(
    parameters: list[Plain], arguments: Plain, inputs: list[Plain] | None = None
) -> Plain:
    """Return a document with one operation, and a route that calls it."""
    spec: Any = deepcopy(table(__file__, "spec"))
    [api], [rest] = spec["capability"].values()
    api["resources"][0]["operations"][0]["inputParameters"] += parameters
    route = rest["resources"][0]["operations"][0]
    route |= {"inputParameters": inputs or [], "with": arguments}
    document: Plain = spec
    return document


def slugs(parameters: list[Plain], arguments: Plain, inputs: list[Plain]) -> set[str]:
    refusals = errors(document(parameters, arguments, inputs))
    return {refusal.code.slug for refusal in refusals}


HEADER: Plain = {"name": "X-Kind", "in": "header"}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: b", "é", "\x7f"])
def test_a_header_is_given_no_constant_that_it_cannot_have(value: str) -> None:
    assert slugs([HEADER], {"id": "1", "X-Kind": value}, []) == {"unusable-header"}
    text = f"{value}{{{{kind}}}}"
    assert slugs([HEADER], {"id": "1", "X-Kind": text}, []) == {"unusable-header"}


@pytest.mark.parametrize("value", ["", ".", "..", "a/../b", "%2e%2e", "..;x", "a\nb"])
def test_a_path_is_given_no_constant_that_it_cannot_have(value: str) -> None:
    assert slugs([], {"id": value}, []) == {"unusable-path"}


def test_two_inputs_are_not_one_header() -> None:
    inputs: list[Plain] = [{"name": n, "in": "header"} for n in ("X-Id", "x-id")]

    assert slugs([], {"id": "{{X-Id}}{{x-id}}"}, inputs) == {"unusable-header"}


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PATH", "A B", "$(id)", "1"])
def test_a_parameter_is_no_variable_that_changes_programs(name: str) -> None:
    parameters: list[Plain] = [{"name": name, "in": "environment"}]

    assert slugs(parameters, {"id": "1"}, []) == {"unusable-variable"}


def test_inputs_of_a_required_text_are_required(
    tmp_path: Path, mypy_cache: str
) -> None:
    inputs: list[Plain] = [{"name": "part", "in": "query", "required": False}]
    package = emit(document([], {"id": "book-{{part}}"}, inputs), tmp_path)

    output = run_tool(package, "mypy", "--strict", mypy_cache, str(package))
    tests = outcome(package)

    assert output.returncode == 0, output.stdout
    assert tests.status == 0, tests.output


def test_of_two_fixed_values_of_a_header_the_closer_one_is_sent(tmp_path: Path) -> None:
    parameters: list[Plain] = [
        {"name": "X-Kind", "in": "header", "value": "far"},
        {"name": "x-kind", "in": "header", "value": "close"},
    ]
    package = emit(document(parameters, {"id": "1"}), tmp_path)

    client = (package / "everything" / "client.py").read_text("utf-8")
    assert 'headers=[("x-kind", "close")]' in client
