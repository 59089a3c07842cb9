"""The inputs of a route are read from their places, and checked."""

from typing import Any

import pytest
from starlette.types import Message

from naftiko_runtime.errors import CallError, InvalidInputError
from naftiko_runtime.inputs import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    Property,
    array,
    object_of,
)
from naftiko_runtime.rest import (
    Body,
    Header,
    Input,
    JsonBody,
    Member,
    Path,
    Query,
    RawBody,
    Route,
    TextBody,
)
from naftiko_runtime.schemas import any_of, just_one_of, nullable, one_of
from naftiko_runtime.transport import Content, Reply
from naftiko_runtime.values import json_bytes, text_of

WORDS = any_of(STRING, array(STRING))
OBJECTS = nullable(just_one_of(any_of(array(OBJECT), one_of(STRING, ""))))
JSON = (b"content-type", b"application/json; charset=utf-8")
LESS = (
    "If the upstream takes it nevertheless, set `check` of this input in the spec to"
    " shallow or none (`naftiko-gen import --check`)"
)
TICKET = object_of(Property("ticketType", one_of(STRING, "event", "general")))


def json(body: bytes) -> dict[str, Any]:
    """Return the parts of a request with a body of JSON."""
    return {"headers": (JSON,), "body": body}


async def read(
    source: Input,
    *,
    query: bytes = b"",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    body: bytes = b"",
    variables: dict[str, str] | None = None,
) -> Any:
    """Return the value that an operation gets from a request."""
    arguments: dict[str, Any] = {}

    async def operation(_: object, **values: Any) -> Reply:
        arguments.update(values)
        return Reply(200, (), b"")

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "query_string": query,
        "headers": list(headers),
        "path_params": variables or {},
    }
    await Route("POST", "/", operation, [source]).call(None, scope, receive)
    [value] = arguments.values()
    return value


@pytest.mark.parametrize(
    ("source", "request_parts", "value"),
    [
        (Path("id"), {"variables": {"id": "a%2Fb"}}, "a/b"),
        (
            Path("id", INTEGER, keyword="id_", variable="no"),
            {"variables": {"no": "7"}},
            7,
        ),
        (Query("limit", INTEGER), {"query": b"limit=5"}, 5),
        (
            Query("limit", INTEGER),
            {"query": f"limit={2**60 + 1}.0".encode()},
            2**60 + 1,
        ),
        (Member("a", INTEGER), json(b'{"a": 5.0}'), 5),
        (Query("limit", INTEGER, required=False), {}, None),
        (Query("limit", INTEGER), {"query": b"limit=007"}, 7),
        (Query("limit", INTEGER), {"query": b"limit=1.5e1"}, 15),
        (Query("flag", BOOLEAN, required=False), {"query": b"flag="}, None),
        (
            Query("flag", BOOLEAN, required=False, default=True),
            {"query": b"flag="},
            True,
        ),
        (Query("tag", array(STRING), required=False), {"query": b"tag="}, None),
        (Query("tag", array(STRING)), {"query": b"tag=&tag=a"}, ["", "a"]),
        (Header("X-No", INTEGER, required=False), {"headers": ((b"x-no", b""),)}, None),
        (Query("tag", array(INTEGER)), {"query": b"tag=1&x=0&tag=2"}, [1, 2]),
        (Query("q", required=False), {"query": b"q="}, ""),
        (Query("q", WORDS), {"query": b"q=a"}, "a"),
        (Query("q", WORDS), {"query": b"q=a&q=b"}, ["a", "b"]),
        (Query("q", OBJECTS), {"query": b"q=%7B%7D"}, [{}]),
        (Query("q", OBJECTS), {"query": b"q=%5B%7B%7D%5D"}, [{}]),
        (Query("q", OBJECTS), {"query": b"q="}, ""),
        (Header("X-Id"), {"headers": ((b"x-id", b"seven"),)}, "seven"),
        (Header("X-Id", required=False), {}, None),
        (Body("b", OBJECT), json(b' {"a" : 1}'), b' {"a" : 1}'),
        (Body("b", OBJECT, required=False), {}, None),
        (JsonBody("b", ANYTHING), json(b"[1]"), [1]),
        (JsonBody("b", ANYTHING, required=False), {}, None),
        (Member("a", INTEGER), json(b'{"a": 1}'), 1),
        (Member("a", path=["in", "b"]), json(b'{"in": {"b": "x"}}'), "x"),
        (Member("a", path=["in", "b"], required=False), json(b'{"in": null}'), None),
        (Member("a", required=False), {}, None),
        (TextBody("t"), {"body": "ü".encode()}, "ü"),
        (TextBody("t", required=False), {}, None),
        (RawBody("r", media_type="image/png"), {"body": b"x"}, (b"x", "image/png")),
        (
            RawBody("r", media_type="image/png"),
            {"headers": ((b"content-type", b"image/gif"),)},
            Content(b"", "image/gif"),
        ),
        (RawBody("r", required=False), {}, None),
    ],
)
async def test_a_value_is_read(
    source: Input, request_parts: dict[str, Any], value: object
) -> None:
    assert await read(source, **request_parts) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123456789.123456789123", "123456789.123456789123"),
        ("1e-400", "1e-400"),
        ("1.10", "1.10"),
        ("007.50", "7.50"),
        ("-7", "-7"),
    ],
)
async def test_a_number_keeps_its_text(text: str, expected: str) -> None:
    number = await read(Query("n", NUMBER), query=f"n={text}".encode())
    assert text_of(number) == expected
    assert json_bytes({"n": [number]}) == f'{{"n":[{expected}]}}'.encode()
    assert number == float(text)


@pytest.mark.parametrize(
    ("source", "request_parts", "message"),
    [
        (Path("id"), {"variables": {"id": "%ff"}}, "id must be valid UTF-8"),
        (Query("q"), {}, "q is required"),
        (Query("q"), {"query": b"q=1&q=2"}, "q must be given once"),
        (Query("q"), {"query": b"q=%ff"}, "the query must be valid UTF-8"),
        (Query("q", INTEGER), {"query": b"q=x"}, "q must be an integer"),
        (Query("q", INTEGER), {"query": b"q=1e-400"}, "q must be an integer"),
        (
            Query("q", INTEGER),
            {"query": b"q=1.%s1" % (b"0" * 99)},
            "q must be an integer",
        ),
        (Query("q", BOOLEAN), {"query": b"q="}, "q must be true or false"),
        (Query("q", array(STRING)), {}, "q is required"),
        (Query("q", OBJECTS), {"query": b"q=1&q=%7B%7D"}, f"q must be {OBJECTS.noun}"),
        (Query("q", any_of(INTEGER)), {"query": b"q=1&q=2"}, "q must be given once"),
        (Header("X-Id"), {}, "X-Id is required"),
        (
            Header("X-Id", array(STRING)),
            {"headers": ((b"x-id", b"a,b"),)},
            f"X-Id must be {array(STRING).noun}: write it as JSON",
        ),
        (Query("q", OBJECT), {"query": b"q=%5B1%5D"}, "q must be an object"),
        (Body("b", OBJECT), {}, "the request body is required"),
        (Body("b", OBJECT), json(b"[]"), "the request body must be an object"),
        (
            Body("b", TICKET),
            json(b'{"ticketType": "x"}'),
            f"body.ticketType must be one of event, general\n{LESS}",
        ),
        (JsonBody("b", TICKET), json(b"{}"), f"body.ticketType is required\n{LESS}"),
        (
            Member("a"),
            json(b'"{}"'),
            "the request body must be an object: send the JSON itself, not a string"
            " that holds it",
        ),
        (JsonBody("b", OBJECT), json(b"{"), "the request body must be valid JSON"),
        (
            JsonBody("b", OBJECT),
            json(b'{"a":1,"a":2}'),
            "the request body must not name a member of an object twice",
        ),
        (Member("a"), json(b"{}"), "a is required"),
        (Member("a"), json(b'{"a": null}'), "a must be a string"),
        (Member("a", path=["in", "b"]), json(b'{"in": 0}'), "in must be an object"),
        (TextBody("t"), {}, "the request body is required"),
        (TextBody("t"), {"body": b"\xff"}, "the request body must be text in UTF-8"),
        (RawBody("r"), {}, "the request body is required"),
    ],
)
async def test_an_invalid_value_is_refused(
    source: Input, request_parts: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        await read(source, **request_parts)

    assert error.value.detail == message


async def test_a_body_that_is_not_json_is_refused() -> None:
    with pytest.raises(CallError) as error:
        await read(Body("b", OBJECT), body=b"{}")

    assert error.value.status == 415


async def test_inputs_of_the_head_are_checked_before_the_body_is_received() -> None:
    async def operation(_: object, **__: Any) -> Reply:
        raise AssertionError

    async def receive() -> Message:
        raise AssertionError("the body was received")

    route = Route("POST", "/", operation, [Body("b", OBJECT), Query("q")])
    scope = {"query_string": b"", "headers": [], "path_params": {}}

    with pytest.raises(InvalidInputError, match="q is required"):
        await route.call(None, scope, receive)
