"""Listed schemas of arguments: rules of clients, and no refusal of lawful values."""

from typing import Any, assert_never

import jsonschema
import pytest
from client_rules import broken_input_rules
from hypothesis import given
from hypothesis import strategies as st
from listed_values import as_listed

from naftiko_gen import ir
from naftiko_gen.emit.tools.lowering import argument_schema, wire_of
from naftiko_gen.emit.types.schemas import object_schema, type_schema
from naftiko_runtime.mcp.tools import Listed, on_wire

TEXT, INTEGER = ir.Primitive.STRING, ir.Primitive.INTEGER
X = ir.Field("x", ir.OneOf(TEXT, ("only",)), required=True)
ONE = ir.Object((ir.Field("a", TEXT, required=True), ir.Field("k", TEXT, True)))


def argument(kind: ir.Type) -> ir.Input:
    return ir.Input("n", ir.InArguments(), kind, required=True)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ir.Bytes(), "base64"),
        (ir.OneOf(TEXT, tuple(f"v{n}" for n in range(60))), "one of v0, v1, v2, …"),
        (ir.Object(others=ir.Nullable(TEXT)), "keys: any, values: string"),
    ],
)
def test_a_description_tells_the_rest_of_a_type(kind: ir.Type, words: str) -> None:
    assert argument_schema(argument(kind))["description"] == f"{{{words}}}"


NAMES = st.sampled_from(["id", "$id", "page", "page[size]", "page_size", "é"])


def objects(kinds: st.SearchStrategy[ir.Type]) -> st.SearchStrategy[ir.Type]:
    members = st.dictionaries(NAMES, st.tuples(kinds, st.booleans()), max_size=4)
    others = st.one_of(st.none(), kinds)
    return st.builds(
        lambda fields, rest: ir.Object(
            tuple(ir.Field(name, *pair) for name, pair in fields.items()), rest
        ),
        members,
        others,
    )


def single(kinds: st.SearchStrategy[ir.Type]) -> st.SearchStrategy[ir.Type]:
    nullable = st.builds(ir.Nullable, kinds)
    return st.one_of(st.builds(ir.Array, kinds), objects(kinds), nullable)


def several(kinds: st.SearchStrategy[ir.Type]) -> st.SearchStrategy[ir.Type]:
    unions = st.lists(kinds, min_size=2, max_size=3).map(lambda k: ir.Union(tuple(k)))
    return st.one_of(single(kinds), unions)


LISTS = st.sampled_from(
    [
        *(ir.OneOf(TEXT, ("", "a")), ir.OneOf(INTEGER, (1, 2))),
        *(ir.OneOf(TEXT, ("",)), ir.OneOf(TEXT, ("only",))),
    ]
)
SCALARS: st.SearchStrategy[ir.Type] = st.one_of(st.sampled_from(ir.Primitive), LISTS)
ALL = st.one_of(SCALARS, st.sampled_from([ir.Anything(), ir.Bytes()]))


@given(st.recursive(ALL, several, max_leaves=12))
def test_a_listed_schema_holds_the_rules_of_clients(kind: ir.Type) -> None:
    schema = object_schema({"n": argument_schema(argument(kind))}, ["n"], None)
    assert list(broken_input_rules({"inputSchema": schema})) == []


@given(st.data(), st.recursive(SCALARS, single, max_leaves=12))
def test_a_list_forbids_no_value_of_a_single_type(
    data: st.DataObject, kind: ir.Type
) -> None:
    value, wire = data.draw(values(kind)), wire_of(kind)
    schema = argument_schema(argument(kind))
    jsonschema.validate(as_listed(value, wire, schema), schema)
    assert on_wire(as_listed(value, wire), wire) == value


def test_a_list_that_is_too_deep_is_a_text() -> None:
    kind: ir.Type = INTEGER
    for _ in range(4):
        kind = ir.Array(kind)
    text = {"type": "string", "description": "{JSON array}"}
    lists = {"type": "array", "items": {"type": "array", "items": text}}
    schema = argument_schema(argument(kind))
    listed_argument = Listed("n", schema, True, type_schema(kind))

    assert schema == {"type": "array", "items": lists}
    assert listed_argument.read_liberally([[["[1, 2]"]]]) == [[[[1, 2]]]]


@given(st.data(), st.recursive(ALL, several, max_leaves=12))
def test_a_value_by_its_own_names_stays(data: st.DataObject, kind: ir.Type) -> None:
    value = data.draw(values(kind))
    assert on_wire(value, wire_of(kind)) == value


BAD = ir.Field("a[b]", ir.Array(ir.Object((X, ir.Field("é", TEXT, True)))), True)
IDS = ir.Field("ids", TEXT, False, description="A comma-separated\nlist.")


@pytest.mark.parametrize(
    ("kind", "arguments", "value"),
    [
        (ir.Object((X,)), {}, {"x": "only"}),
        (ir.Object((X,)), {"x": "other"}, {"x": "other"}),
        (ir.Object((BAD,)), {"a_b": []}, {"a[b]": []}),
        (ir.Object((BAD,), TEXT), {"a_b": "t", "a[b]": []}, {"a_b": "t", "a[b]": []}),
        (ir.Union((ir.Object((BAD,)), ONE)), {"a_b": []}, {"a[b]": []}),
        (ir.Object((IDS,)), {"ids": ["a", "b"]}, {"ids": "a,b"}),
        (ir.Object((IDS,)), {"ids": ["a,b"]}, {"ids": ["a,b"]}),
        # A model chooses between types: nothing is filled in for it.
        (ir.Union((ir.Object((X,)), ONE)), {"a": "t"}, {"a": "t"}),
        (ir.Union((ir.Object((X,)), ir.Object((X, BAD)))), {}, {}),
    ],
)
def test_a_call_gets_own_names_and_constants(
    kind: ir.Type, arguments: dict[str, Any], value: dict[str, Any]
) -> None:
    assert on_wire(arguments, wire_of(kind)) == value


def values(kind: ir.Type) -> st.SearchStrategy[Any]:
    """Return the values of a type, but for null and empty texts in lists of values."""
    match kind:
        case ir.Primitive.STRING:
            return st.text(max_size=3)
        case ir.Primitive.INTEGER:
            return st.integers()
        case ir.Primitive.NUMBER:
            return st.floats(allow_nan=False, allow_infinity=False)
        case ir.Primitive.BOOLEAN:
            return st.booleans()
        case ir.OneOf(values=values_):
            return st.sampled_from([v for v in values_ if v != ""] or values_)
        case ir.Array(items=items):
            return st.lists(values(items), max_size=2)
        case ir.Object():
            return members(kind)
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return values(base)
        case ir.Union(types=types):
            return st.one_of(*map(values, types))
        case ir.Matching(sample=sample):
            return st.just(sample)
        case ir.Anything() | ir.Bytes():
            return st.text(max_size=3)
        case _:
            assert_never(kind)


def members(kind: ir.Object) -> st.SearchStrategy[Any]:
    required = {f.name: values(f.type) for f in kind.fields if f.required}
    optional = {f.name: values(f.type) for f in kind.fields if not f.required}
    return st.fixed_dictionaries(required, optional=optional)
