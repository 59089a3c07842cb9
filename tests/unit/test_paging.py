"""Paging is found where request and response agree, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from naftiko_gen import ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.frontend import read
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


SPEC = """\
naftiko: 1.0.0-alpha2
info: {{label: Store, version: "1"}}
capability:
  consumes:
  - type: http
    namespace: store
    baseUri: https://store.example.com
    resources:
    - name: books
      path: /books
      operations:
      - name: list-books
        method: {method}
        inputParameters:
        - {{name: position, in: query, type: {type}}}
        - {{name: most, in: query, type: integer}}
        {operation}
        outputSchema:
          properties:
            rest: {{type: string}}
            books: {{items: {{properties: {{id: {{type: string}}}}}}}}
  exposes:
  - type: mcp
    namespace: shop
    port: 9090
    tools:
    - {{name: list-books, call: store.list-books, hints: {{readOnly: true}}{tool}}}
"""
CURSOR = (
    "pagination: {type: cursor, request: {cursorParam: position, limitParam: most},"
    " response: {dataPath: $.books, nextCursorPath: $.rest}}"
)
STATED = {
    CURSOR: ("Cursor", "string", ("rest",)),
    CURSOR.replace("cursor, req", "link-body, req"): ("NextUrl", "string", ("rest",)),
    "pagination: {type: offset, request: {cursorParam: position}}": (
        "Offset",
        "integer",
        None,
    ),
    "pagination: {type: page-number, request: {cursorParam: position}}": (
        "PageNumber",
        "integer",
        None,
    ),
    "pagination: {type: keyset, request: {cursorParam: position}}": (
        "LastItem",
        "string",
        None,
    ),
    "pagination: {type: link-header}": ("NextLink", "string", None),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("statement", STATED)
@pytest.mark.parametrize("place", ["operation", "tool"])
def test_a_spec_states_the_paging(
    tmp_path: Path, statement: str, method: str, place: str
) -> None:
    name, kind, path = STATED[statement]
    parts = {"operation": "description: Lists.", "tool": ""}
    parts[place] = statement if place == "operation" else f", {statement}"
    spec = tmp_path / "store.yaml"
    spec.write_text(SPEC.format(method=method, type=kind, **parts), "utf-8")
    meaning = read(spec, Options(tmp_path / "out")).meaning
    assert meaning
    [tool] = meaning.capability.mcp[0].tools
    assert tool.items
    assert tool.items.path == ("books",)
    paging = tool.items.paging
    assert paging
    assert (paging.kind.value, paging.next) == (name, path)
    assert paging.argument in ("position", None)


def test_a_configuration_sets_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = SPEC.format(method="GET", type="string", operation=CURSOR, tool="")
    Path("store.yaml").write_text(text, "utf-8")
    Path("naftiko-gen.toml").write_text("max-result = 5000\n", "utf-8")
    main(["store.yaml", "-q"])
    [module] = Path("generated").glob("**/mcp_server.py")
    assert 'with_limit(TOOLS, "SHOP_MAX_RESULT", 5000)' in module.read_text("utf-8")
