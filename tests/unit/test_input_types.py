"""The types of objects that clients pass are written once."""

from __future__ import annotations

from documents import capability, document, tools, upstream

from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.input_types import InputTypes, input_types_view

OPERATION = """\
- name: act
  method: GET
  inputParameters:
  - {name: a, in: query}
"""
UNIT = """\
- name: {}
  description: Act.
  call: api.act
  inputParameters:
  - {{name: a, type: object, properties: {{{}}}}}
"""
OWNER = "owner: {properties: {name: {type: string}}}"
WORK = OWNER.replace("owner", "work")
MANY = ", ".join(f"n{at}: {{type: string}}" for at in range(12))


def names(*units: tuple[str, str]) -> list[str]:
    """Return the names of the types of tools with these members of an input."""
    exposed = "".join(UNIT.format(name, members) for name, members in units)
    result = capability(document(upstream(OPERATION), tools(exposed)))
    return list(InputTypes.of(result).names.values())


def test_a_small_type_stands_at_its_only_input() -> None:
    assert names(("x", OWNER)) == []


def test_a_large_type_has_a_name() -> None:
    assert names(("x", MANY)) == ["X_A"]


def test_a_type_of_several_inputs_has_one_name() -> None:
    assert names(("x", OWNER), ("y", OWNER)) == ["X_A"]


def test_a_part_has_a_name_if_several_types_have_it() -> None:
    assert names(("x", f"{OWNER}, {WORK}")) == ["X_A_OWNER"]


def test_parts_come_first_and_names_are_distinct() -> None:
    members = f"{MANY}, {OWNER}, {WORK}"
    assert names(("x", members), ("X", f"{members}, z: {{type: string}}")) == [
        *("X_A_OWNER", "X_A", "X_A_2"),
    ]


def test_types_refer_to_those_before_them() -> None:
    units = UNIT.format("x", f"{OWNER}, {WORK}") + UNIT.format("y", f"{OWNER}, {WORK}")
    result = capability(document(upstream(OPERATION), tools(units)))
    emission = Emission(result)
    own, outer = input_types_view(emission.input_types).types
    assert own.startswith("X_A_OWNER = object_of(")
    assert str(outer).count("X_A_OWNER") == 2
    assert outer.startswith("X_A = object_of(")


def test_no_name_is_that_of_an_adapters_authentication() -> None:
    exposed = tools(UNIT.format("clients-of", MANY)).replace("things-mcp", "a")
    result = capability(document(upstream(OPERATION), exposed))
    assert list(InputTypes.of(result).names.values()) == ["CLIENTS_OF_A_2"]
