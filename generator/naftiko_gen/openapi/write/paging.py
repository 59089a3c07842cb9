"""The paging of a list: as the document declares it, else as it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.language.expressions import json_path_of
from naftiko_gen.openapi.read.api import Place
from naftiko_gen.openapi.read.pagination import BODY, Pagination
from naftiko_gen.resolve.exposed.item_lists import TYPES
from naftiko_gen.resolve.exposed.paging import PagingFinder, Request, Response
from naftiko_gen.resolve.exposed.response_lists import find_list
from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.openapi.read.api import Operation
    from naftiko_gen.openapi.read.shapes import Shape

_LEVELS = 5


def pagination(operation: Operation, wires: Collection[str], body: str | None) -> Block:
    """Return the paging of an operation, of whose parameters these are sent.

    `body` is the parameter that is the body.
    """
    paging = operation.pagination or _find_pagination(operation, wires)
    block = Block()
    if paging is None:
        return block
    block.put("type", paging.type)
    for part, values in (("request", paging.request), ("response", paging.response)):
        inner = Block()
        for key, value in values.items():
            is_in_body = part == "request" and value not in wires
            path = value.removeprefix(BODY) if is_in_body and body else None
            inner.put(key, value if path is None else f"{body}{path}")
        block.put(part, inner)
    return block


def _find_pagination(operation: Operation, wires: Collection[str]) -> Pagination | None:
    media = operation.response.json if operation.response else None
    if media is None or operation.method != "GET":
        return None
    inputs = {
        parameter.name: ir.Input(
            parameter.name, ir.InArguments(), _type(parameter.shape, 1), required=False
        )
        for parameter in operation.parameters
        if parameter.place is Place.QUERY and parameter.name in wires
    }
    response = _type(media.shape, _LEVELS)
    item_list = find_list(response)
    if item_list is None:
        return None
    members = Response(response, item_list.path)
    paging = PagingFinder(Request(inputs), members, item_list.items).find()
    return None if paging is None else _as_declared(paging, item_list.path)


def _as_declared(paging: ir.Paging, path: ir.MemberPath) -> Pagination:
    request = {"cursorParam": paging.argument, "limitParam": paging.size}
    response = {
        "dataPath": path or None,
        "nextCursorPath": paging.next,
        "totalPath": paging.total,
        "pagesPath": paging.pages,
        "hasMorePath": paging.more,
    }
    return Pagination(
        TYPES[paging.kind],
        {key: name for key, name in request.items() if name is not None},
        {k: json_path_of(names) for k, names in response.items() if names is not None},
    )


def _type(shape: Shape, levels: int) -> ir.Type:
    """Return the type of a value, as far as paging depends on it."""
    if not levels:
        return ir.Anything()
    match shape.kind:
        case "array":
            items = _type(shape.items, levels) if shape.items else ir.Anything()
            return ir.Array(items)
        case "object":
            members = (
                ir.Field(member.name, _type(member.shape, levels - 1), required=False)
                for member in shape.members
            )
            return ir.Object(tuple(members))
        case None if shape.variants:
            return ir.Union(
                tuple(_type(variant, levels - 1) for variant in shape.variants)
            )
        case None:
            return ir.Anything()
        case scalar:
            return _scalar_type(ir.Primitive(scalar), shape)


def _scalar_type(kind: ir.Primitive, shape: Shape) -> ir.Type:
    values = shape.facts.choices
    if values:
        return ir.OneOf(kind, ())
    return ir.Refined(kind, format=shape.facts.format or None)
