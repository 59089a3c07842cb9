"""The list in a tool's answers: the argument `fields`, and its paging as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.literals import Code, call_of, keyword, py
from naftiko_gen.emit.types.schemas import Schema

FIELDS = "fields"
"""The argument that selects members of an answer."""
ANY = "*"
"""Stands for any other name."""


def listed_inputs(tool: ir.Tool) -> tuple[ir.Input, ...]:
    """Return the inputs of a tool, and its arguments that choose parts of answers."""
    return (*tool.inputs, *choosing_inputs(tool))


def choosing_inputs(tool: ir.Tool) -> Iterator[ir.Input]:
    """Yield the arguments that choose parts of the answer: no operation gets them."""
    items = tool.items
    if items is not None and items.members is not None:
        text = f"Only these members, such as {ir.join_names(_example(items))}"
        yield _input(FIELDS, ir.Array(ir.Primitive.STRING), text)
    if items is not None and items.skip is not None:
        kind = ir.Refined(ir.Primitive.INTEGER, ((ir.Limit.MINIMUM, 0),), sample=0)
        yield _input(items.skip, kind, "Items to leave out, as `next` says")


def _input(name: str, kind: ir.Type, text: str) -> ir.Input:
    return ir.Input(name, ir.InArguments(), kind, required=False, description=text)


def _example(items: ir.ItemList) -> ir.MemberPath:
    """Return the path of a member of items: their id, or their first plain member."""
    members: Plain = _members(items)
    for name in items.path:
        members = members.get(name) if isinstance(members, dict) else None
    inner_members = members if isinstance(members, dict) else {}
    names = [name for name, inner in inner_members.items() if inner is None]
    return (
        *items.path,
        "id" if "id" in names else next(iter((*names, *inner_members))),
    )


Members = dict[str, Plain]
"""The names in a value, each with those in it."""


def _members(items: ir.ItemList) -> Members | None:
    return None if items.members is None else _members_of(items.members)


def _members_of(kind: ir.Type) -> Members | None:
    """Return the names in a value, each with those in it; `*` is any other name.

    Return None for a value without members.
    """
    match kind:
        case ir.Array(items=items):
            return _members_of(items)
        case ir.Object(fields=fields, others=others):
            members: Members = {f.name: _members_of(f.type) for f in fields}
            if others is not None or not fields:
                members[ANY] = _members_of(others or ir.Anything())
            return members
        case ir.Nullable(base=base) | ir.Refined(base=base):
            return _members_of(base)
        case ir.Union(types=types):
            return _merge_members([_members_of(option) for option in types])
        case ir.Anything():
            return {ANY: None}
        case ir.Primitive() | ir.Bytes() | ir.OneOf() | ir.Matching():
            return None
        case _:
            assert_never(kind)


def _merge_members(options: Sequence[Plain]) -> Members | None:
    members: Members | None = None
    for option in options:
        for name, inner in option.items() if isinstance(option, dict) else ():
            members = {} if members is None else members
            members[name] = _merge_members([members.get(name), inner])
    return members


def with_next(output: Schema | None, items: ir.ItemList | None) -> Schema | None:
    """Return an output schema with our member `next` in place of the API's own."""
    members = output.get("properties") if output else None
    if items is None or not items.replaces_next or not isinstance(members, dict):
        return output
    following: Schema = {
        "type": "object",
        "description": "The arguments of the next call.",
    }
    return {**(output or {}), "properties": {**members, "next": following}}


Inside = Mapping[str, str]
"""Paths of members of a body, each with its path in the arguments of a client."""


def items_row(items: ir.ItemList, inside: Inside) -> dict[str, Plain]:
    """Return the declaration of a list as a row in a JSON file, without defaults."""
    row: dict[str, Plain] = {"path": ir.join_names(items.path)} if items.path else {}
    if items.paging:
        facts = _paging_facts(items.paging)
        row["paging"] = {"kind": items.paging.kind.value, **dict(facts)}
    if inside:
        row["inside"] = dict(inside)
    if items.replaces_next:
        row["replaces_next"] = True
    if items.skip is not None:
        row["skip"] = items.skip
    if items.call is not None:
        row["call"] = items.call
    if (members := _members(items)) is not None:
        row["members"] = members
    return row


def items_code(row: Mapping[str, Plain]) -> Code:
    """Return the declaration of a list, which has the facts of its row."""
    facts = dict(row)
    arguments = [py(facts.pop("path"))] if "path" in facts else []
    match facts.pop("paging", None):
        case dict() as paging:
            options = [
                keyword(k, py(fact)) for k, fact in paging.items() if k != "kind"
            ]
            code = call_of(str(paging["kind"]), *options)
            arguments.append(keyword("paging", code))
        case _:
            pass
    options = [keyword(name, py(fact)) for name, fact in facts.items()]
    return call_of("ItemList", *arguments, *options)


def _paging_facts(paging: ir.Paging) -> Iterator[tuple[str, Plain]]:
    """Yield the facts of a paging that aren't the default ones."""
    for field in fields(paging):
        match field.name, getattr(paging, field.name):
            case "kind", ir.PagingKind():
                pass
            case "next" | "total" | "pages" | "more" | "key" as name, tuple() as path:
                yield name, ir.join_names(path)
            case "named" as name, tuple() as pairs if pairs:
                yield name, dict(pairs)
            case "query" | "rivals" as name, tuple() as names if names:
                yield name, list(names)
            case name, str() | int() as value:
                yield name, value
            case _:
                pass
