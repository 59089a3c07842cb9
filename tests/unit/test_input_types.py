"""The types of objects that clients pass are written once."""

from documents import capability, document, tools, upstream

from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.types.inputs import input_types_view

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
LONG = ", ".join(f"n{at}: {{type: string}}" for at in range(30))
OWNER = f"owner: {{properties: {{{LONG}}}}}"


def input_types(*units: tuple[str, str]) -> View:
    """Return the types in the file of tools with these members of an input."""
    exposed = "".join(UNIT.format(name, members) for name, members in units)
    emission = Emission(capability(document(upstream(OPERATION), tools(exposed))))
    return input_types_view(emission.input_types)


def names(*units: tuple[str, str]) -> list[str]:
    return list(input_types(*units).table)


def test_a_short_type_stands_at_its_input() -> None:
    assert names(("x", "a: {type: string}"), ("y", "a: {type: string}")) == []


def test_a_long_type_has_a_name() -> None:
    assert names(("x", LONG)) == ["X_A"]


def test_equal_types_have_one_name() -> None:
    assert names(("x", LONG), ("y", LONG)) == ["X_A"]


def test_a_type_is_no_longer_than_its_own_members() -> None:
    assert names(("x", OWNER)) == ["X_A_OWNER"]


def test_parts_come_first_and_names_are_distinct() -> None:
    members = f"{LONG}, {OWNER}"
    assert names(("x-y", members), ("x_y", f"{members}, z: {{type: string}}")) == [
        *("X_Y_A_OWNER", "X_Y_A", "X_Y_A_2")
    ]


def test_types_refer_to_those_before_them() -> None:
    view = input_types(("x", f"{LONG}, {OWNER}"))
    outer = view.table["X_A"]
    assert isinstance(outer, dict)
    assert isinstance(outer["properties"], dict)
    assert outer["properties"]["owner"] == {"$ref": "X_A_OWNER"}


def test_patterns_are_read_only_if_there_are_any() -> None:
    assert not input_types(("x", LONG)).has_patterns
    assert input_types(("x", f"{LONG}, p: {{type: string, pattern: a}}")).has_patterns
