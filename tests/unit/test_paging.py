"""Paging is found where request and response agree, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.resolve.exposed.paging import PagingFinder, Request, Response
from naftiko_gen.resolve.exposed.response_lists import find_list
from naftiko_gen.syntax.reader import load

TEXT = ir.Primitive.STRING
BOOKS = ir.Object(tuple(ir.Field(n, ir.Nullable(TEXT), False) for n in ("id", "name")))
KINDS: dict[str, ir.Type] = {
    "int": ir.Primitive.INTEGER,
    "text": TEXT,
    "flag": ir.Primitive.BOOLEAN,
    "time": ir.Refined(TEXT, format="date-time"),
    "4x6|6x9": ir.OneOf(TEXT, ("4x6", "6x9")),
    "books": ir.Array(BOOKS),
}
TREE = load(Path(__file__).with_name("paging.yaml").read_bytes(), Report("paging"))
APIS: Any = TREE.plain() if TREE else {}


def type_of(outline: Any) -> ir.Type:
    """Return the type of a response, from an outline of it."""
    match outline:
        case [item]:
            return ir.Array(type_of(item))
        case dict():
            members = [(name, type_of(value)) for name, value in outline.items()]
            fields = (ir.Field(*member, required=False) for member in members)
            return ir.Object(tuple(fields))
        case "books":
            return KINDS[outline]
        case kind:
            return ir.Nullable(KINDS[kind])


def find(query: dict[str, str], outline: Any) -> ir.Paging | None:
    inputs = {
        wire: ir.Input(wire, ir.InArguments(), KINDS[kind], required=False)
        for wire, kind in query.items()
    }
    kind = type_of(outline)
    place = find_list(kind)
    if place is None:
        return None
    response = Response(kind, place.path)
    return PagingFinder(Request(inputs), response, place.items).find()


@pytest.mark.parametrize("name", APIS)
def test_paging_is_found_where_both_sides_agree(name: str) -> None:
    api = APIS[name]
    paging = find(api["query"], api["response"])
    if paging is None:
        assert "paging" not in api
    else:
        parts = (paging.kind.value, paging.argument, ".".join(paging.next or ()))
        assert " ".join(filter(None, parts)) == api["paging"]
