"""Types of inputs that are read from JSON Schemas, and the files that have them."""

import json
from pathlib import Path

import pytest
from test_input_restrictions import TYPES, VALUES

from naftiko_runtime.bodies import BASE64
from naftiko_runtime.inputs import (
    ANYTHING,
    BOOLEAN,
    OBJECT,
    STRING,
    JsonType,
    Property,
    object_of,
)
from naftiko_runtime.mcp.answers import ToolTable
from naftiko_runtime.mcp.tools import Argument, Tool
from naftiko_runtime.patterns import matching
from naftiko_runtime.rest import Member, Query, RawBody
from naftiko_runtime.schemas import InputTable, Types, nullable, shallow, without_check
from naftiko_runtime.transport import Reply

BOOK = object_of(
    Property("title", STRING, "The title."),
    Property("cover", nullable(BASE64), "The cover.", required=False),
    Property("scan", BASE64, required=False),
)
BOOK_ROW = {"kind": "Argument", "name": "book", "type": {"$ref": "BOOK"}}


def facts(kind: JsonType) -> tuple[object, ...]:
    """Return all that clients notice of a type."""
    checks = [kind.accepts(value) for value in VALUES]
    return kind.noun, kind.schema, kind.reads_members, checks


@pytest.mark.parametrize(
    "kind", [*TYPES, BOOLEAN, OBJECT, ANYTHING, BOOK, nullable(BOOK)]
)
def test_a_type_is_that_of_its_schema(kind: JsonType) -> None:
    schema = json.loads(json.dumps(kind.schema))
    assert facts(Types({}, matching).read(schema)) == facts(kind)


@pytest.mark.parametrize(
    ("check", "lenient"), [("shallow", shallow), ("none", without_check)]
)
def test_a_type_may_be_checked_less(check: str, lenient: object) -> None:
    assert callable(lenient)
    assert facts(Types({}).read(BOOK.schema, check)) == facts(lenient(BOOK))


def test_a_type_refers_to_those_before_it() -> None:
    shelf = object_of(Property("book", nullable(BOOK), "The book."))
    either = {"anyOf": [{"$ref": "BOOK"}, {"type": "null"}]}
    properties = {"book": {**either, "description": "The book."}}
    schema = {**shelf.schema, "properties": properties}
    assert facts(Types({"BOOK": BOOK.schema, "S": schema})["S"]) == facts(shelf)


def module(directory: Path, table: object) -> str:
    (directory / "server.json").write_text(json.dumps(table), "utf-8")
    return str(directory / "server.py")


async def operation(client: None, **values: object) -> Reply:
    del client
    return Reply(200, (), repr(values).encode())


def test_a_tool_is_read_from_the_file_of_its_module(tmp_path: Path) -> None:
    count = {"kind": "Argument", "name": "n", "type": {}, "default": 2}
    document = {
        "title": "Add",
        "description": "Add a book.",
        "inputs": [BOOK_ROW, {**count, "required": False, "keyword": "n_"}],
        "output": {"type": "object"},
        "hints": {"readOnlyHint": True},
    }
    table = ToolTable(module(tmp_path, {"add": document}), Types({"BOOK": BOOK.schema}))
    tool = table.tool(Tool, "add", operation)
    definition = tool.definition
    assert [type(argument) for argument in tool.inputs] == [Argument, Argument]
    assert tool.inputs[1].keyword == "n_"
    assert definition["inputSchema"]["properties"] == {"book": BOOK.schema, "n": {}}
    assert definition["inputSchema"]["required"] == ["book"]
    texts = {"title": "Add", "description": "Add a book."}
    assert definition.items() >= {"name": "add", **texts}.items()
    assert definition["annotations"] == {"readOnlyHint": True}
    assert definition["outputSchema"] == {"type": "object"}


def test_inputs_of_routes_are_read_from_the_file_of_their_module(
    tmp_path: Path,
) -> None:
    rows = [
        {"kind": "Query", "name": "q", "type": {"type": "string"}, "required": False},
        {"kind": "Member", "name": "b", "type": {"$ref": "BOOK"}, "path": ["a", "b"]},
        {"kind": "RawBody", "name": "file", "media_type": "image/png"},
    ]
    types = Types({"BOOK": BOOK.schema})
    inputs = InputTable(module(tmp_path, {"add": rows}), types, Query, Member, RawBody)
    assert inputs["add"] == [
        Query("q", STRING, required=False),
        Member("b", types["BOOK"], path=["a", "b"]),
        RawBody("file", media_type="image/png"),
    ]
