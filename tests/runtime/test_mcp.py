"""Tools: their arguments, and their answers."""

import inspect
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from math import inf
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from mcp import Client
from odd_outputs import BODIES, BYTES, OUTPUTS, output

from case_tables import in_table
from naftiko_runtime.bodies import BASE64
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.inputs import (
    ARRAY,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    JsonType,
    Property,
    array,
    object_of,
)
from naftiko_runtime.mcp.offers import result
from naftiko_runtime.mcp.tools import Argument, Tool
from naftiko_runtime.schemas import any_of, nullable, one_of, refine
from naftiko_runtime.transport import Reply
from notes_package import NotesPackage


def fitting(schema: Any, value: Any) -> Any:
    """Return a value without the null members that a schema lists."""
    if isinstance(value, list):
        return [fitting(schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    return {
        name: fitting(properties.get(name, {}), item)
        for name, item in value.items()
        if item is not None or name not in properties
    }


def as_clients_read(document: bytes) -> Any:
    """Return a value whose larger integers are infinite, as in JavaScript."""
    return json.loads(
        document, parse_int=lambda digits: int(digits) if len(digits) < 300 else inf
    )


@given(schema=OUTPUTS, body=BODIES)
async def test_no_answer_breaks_its_schema_and_only_nulls_go(
    schema: dict[str, Any], body: bytes
) -> None:
    document = await output(body, schema)
    jsonschema.validate(
        as_clients_read(document), schema, jsonschema.Draft202012Validator
    )
    is_text = body != BYTES
    values = [body.decode() if is_text else "application/octet-stream, 2 bytes"]
    with suppress(ValueError):
        values = [json.loads(body or b"null"), *values]
    expected = [
        fitting(schema, output)
        for value in values
        for output in (value, {"result": value}, {"unexpected": value})
    ]
    assert json.loads(document) in expected


TITLED = {"type": "object", "properties": {"title": {"type": "string"}}}


@in_table
async def test_an_answer_is_the_output_or_a_member_of_it(
    schema: dict[str, Any], body: str, answer: str
) -> None:
    assert await output(body.encode(), schema) == answer.encode()


async def test_a_refusal_has_no_output() -> None:
    assert await output(b'{"title":"x"}', TITLED, 404) is None


TOOLS: dict[str, dict[str, Any]] = {
    "add-note": {"body": {"title": "first"}},
    "get-note": {"id": "1"},
    "get-feed": {},
}
EVERY_TOOL = pytest.mark.parametrize(("tool", "arguments"), TOOLS.items(), ids=TOOLS)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> NotesPackage:
    return NotesPackage("notes_over_mcp", tmp_path_factory.mktemp("notes"))


@pytest.fixture
def upstream(package: NotesPackage) -> Any:
    return package.module("mock").create_mock()


@pytest.fixture
async def mcp(package: NotesPackage, upstream: Any) -> AsyncIterator[Client]:
    server = package.module("mcp_server").create_server(package.connection(upstream))
    async with Client(server) as client:
        yield client


async def test_every_tool_is_tested(mcp: Client) -> None:
    assert [tool.name for tool in (await mcp.list_tools()).tools] == list(TOOLS)


@EVERY_TOOL
async def test_an_error_can_be_read(
    mcp: Client,
    upstream: Any,
    package: NotesPackage,
    tool: str,
    arguments: dict[str, Any],
) -> None:
    upstream.reply = package.reply(429, ((b"retry-after", b"3600"),), b"slow down")

    result = await mcp.call_tool(tool, arguments)

    assert result.is_error
    assert "429" in str(result.content)
    assert "Retry-After: 3600" in str(result.content)
    assert "slow down" in str(result.content)


@EVERY_TOOL
async def test_an_unknown_argument_is_refused(
    mcp: Client, upstream: Any, tool: str, arguments: dict[str, Any]
) -> None:
    result = await mcp.call_tool(tool, {**arguments, "no such argument": 1})

    assert result.is_error
    assert "no such argument" in str(result.content)
    assert not upstream.requests


BOOK = object_of(
    Property("title", STRING, "The title."), Property("pages", INTEGER, required=False)
)


async def echo(_: object, **values: Any) -> Reply:
    """Answer with the names of the values."""
    return Reply(200, (), repr(values).encode())


def values_of(tool: Tool[Any], arguments: dict[str, Any]) -> str:
    call = tool.call(None, arguments)
    assert inspect.iscoroutine(call)
    with pytest.raises(StopIteration) as error:
        call.send(None)
    reply: Reply = error.value.value
    return reply.body.decode()


@pytest.mark.parametrize(
    ("json_type", "value", "read"),
    [
        (INTEGER, 5.0, 5),
        (nullable(INTEGER), -0.0, 0),
        (one_of(INTEGER, 1, 2), 2.0, 2),
        (array(INTEGER), [1, 2.0], [1, 2]),
        (array(array(INTEGER)), [[1.0]], [[1.0]]),
        (INTEGER, 1e20, 1e20),
        (NUMBER, 5.0, 5.0),
    ],
)
def test_an_integer_may_be_written_with_a_fraction_of_zero(
    json_type: JsonType, value: object, read: object
) -> None:
    result = json_type.check("a", value)
    assert repr(result) == repr(read)


def test_every_array_has_items() -> None:
    assert ARRAY.schema == {"type": "array", "items": {}}
    assert array(ARRAY).schema["items"] == ARRAY.schema


def test_the_schema_is_written_out() -> None:
    tool = Tool(
        "add-book",
        "Add a book.",
        echo,
        [
            Argument("book", BOOK, "The book."),
            Argument("cover", BASE64, "Its cover.", required=False),
        ],
    )

    assert tool.definition["inputSchema"] == {
        "type": "object",
        "properties": {
            "book": {
                "type": "object",
                "properties": {
                    "title": {"type": "string", "description": "The title."},
                    "pages": {"type": "integer"},
                },
                "required": ["title"],
                "additionalProperties": False,
                "description": "The book.",
            },
            "cover": {**BASE64.schema, "description": "Its cover.\n\nBytes in base64."},
        },
        "required": ["book"],
        "additionalProperties": False,
    }


def test_a_wrong_call_is_told_the_full_schema_if_the_list_says_less() -> None:
    size = refine(INTEGER, maximum=9)
    argument = Argument("size", size, "{maximum: 9}", shown={"type": "integer"})
    tool = Tool("buy", "Buy.", echo, [argument, Argument("kind", STRING)])

    with pytest.raises(InvalidInputError) as error:
        tool.call(None, {"size": 10, "kind": "a"})

    assert error.value.detail == (
        "size must be an integer, at most 9\n"
        'The JSON Schema of size: {"type":"integer","maximum":9}'
    )
    with pytest.raises(InvalidInputError, match=r"^kind must be a string$"):
        tool.call(None, {"size": 9, "kind": True})


def test_arguments_get_their_keywords() -> None:
    tool = Tool(
        "t",
        "",
        echo,
        [Argument("a-b", STRING, keyword="a_b"), Argument("c", STRING, required=False)],
    )

    assert values_of(tool, {"a-b": "x"}) == "{'a_b': 'x', 'c': None}"
    assert values_of(tool, {"a-b": "x", "c": None}) == "{'a_b': 'x', 'c': None}"


@in_table
def test_invalid_arguments_are_refused_at_once(
    arguments: dict[str, Any], message: str
) -> None:
    tool = Tool("t", "", echo, [Argument("a", STRING)])

    with pytest.raises(InvalidInputError) as error:
        tool.call(None, arguments)

    assert error.value.detail == message


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ", which has none"),
        (["a", "b"], ": it has a, b"),
        (["a"] * 21, f": it has {', '.join(['a'] * 20)}, …"),
    ],
)
def test_a_message_names_the_arguments_of_a_tool(names: list[str], text: str) -> None:
    tool = Tool("t", "", echo, [Argument(name, STRING) for name in names])

    with pytest.raises(InvalidInputError, match=f"(?m){re.escape(text)}$"):
        tool.call(None, {"x": 1})


NOVEL = object_of(
    Property("title", one_of(STRING, "A", "B")),
    Property("pages", array(INTEGER), required=False),
    Property("author", any_of(STRING, object_of(Property("name", STRING)))),
)
MEMBERS = "an object of title (one of A, B), pages (an array, each item an integer"
FAULTS: list[tuple[JsonType, Any, str]] = [
    (NOVEL, 1, f"book must be {MEMBERS}"),
    (NOVEL, {"title": "A"}, "book.author is required"),
    (NOVEL, {"title": "C", "author": "X"}, "book.title must be one of A, B"),
    (NOVEL, {"title": "A", "author": {"name": 1}}, "book.author.name must be a string"),
    (NOVEL, {"title": "A", "author": 1}, "book.author must be a string or an object"),
    (
        NOVEL,
        {"title": "A", "author": "X", "pages": [1, "2"]},
        "book.pages[1] must be an integer",
    ),
    (
        NOVEL,
        {"title": "A", "author": "X", "x" * 99: 1},
        f"book can't have the member '{'x' * 50}': it has title, pages, author",
    ),
    (object_of(others=INTEGER), {"a": "b"}, "book.a must be an integer"),
    (nullable(NOVEL), {"title": "A"}, "book.author is required"),
    (refine(array(STRING), max_items=1), ["a", "b"], "book must be an array"),
    (refine(array(STRING), max_items=1), ["a", 1], "book[1] must be a string"),
]
HINT = "send the JSON itself, not a string that holds it"


@pytest.mark.parametrize(("kind", "value", "message"), FAULTS)
def test_a_message_names_the_part_that_is_wrong(
    kind: JsonType, value: object, message: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        kind.check("book", value)

    assert error.value.detail.startswith(message)


@pytest.mark.parametrize("kind", [NOVEL, OBJECT, ARRAY, any_of(INTEGER, OBJECT)])
def test_json_in_a_string_gets_a_hint(kind: JsonType) -> None:
    for text, is_json in ((' {"title": "A"}', True), ("[1]", True), ("A", False)):
        with pytest.raises(InvalidInputError) as error:
            kind.check("book", text)
        assert error.value.detail.endswith(HINT) == is_json


def test_a_text_that_looks_like_json_gets_no_hint_where_texts_are_wanted() -> None:
    with pytest.raises(InvalidInputError) as error:
        one_of(STRING, "A").check("book", "{")

    assert error.value.detail == "book must be one of A"


def test_a_message_about_a_large_object_lists_its_names() -> None:
    inner = object_of(*(Property(f"member {n}", STRING) for n in range(20)))
    outer = object_of(*(Property(name, inner) for name in "abc"))

    assert len(outer.noun) < 500


@pytest.mark.parametrize(
    ("status", "words"), [(204, "HTTP 204 No Content"), (299, "HTTP 299")]
)
async def test_an_answer_without_a_body_tells_its_status(
    status: int, words: str
) -> None:
    members = json.loads(b"{%b}" % b"".join(result("t", Reply(status, (), b""))))
    assert members == {"content": [{"type": "text", "text": words}], "isError": False}
