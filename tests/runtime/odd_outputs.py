"""Schemas of outputs, answers that may break them, and the outputs of a tool."""

import json
from typing import Any

from hypothesis import strategies

from naftiko_runtime.mcp.answers import AnsweringTool
from naftiko_runtime.transport import Reply

SCALARS = ("string", "integer", "number", "boolean")
NAMES = strategies.sampled_from(("a", "b", "result"))


def objects(inner: strategies.SearchStrategy[Any]) -> strategies.SearchStrategy[Any]:
    properties = strategies.dictionaries(NAMES, inner, max_size=3)
    return strategies.builds(
        lambda members: {"type": "object", "properties": members}, properties
    )


OUTPUTS = objects(
    strategies.recursive(
        strategies.sampled_from(SCALARS).map(lambda kind: {"type": kind}),
        lambda inner: (
            objects(inner)
            | strategies.builds(lambda items: {"type": "array", "items": items}, inner)
        ),
        max_leaves=6,
    )
)
HUGE = 10**400
BYTES = b"\xff\x00"
DOCUMENTS = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.sampled_from((HUGE, 2.0, 1e20, 1.5, "", "null", "é"))
    | strategies.text(max_size=3),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            NAMES | strategies.sampled_from(("c", "unexpected")), inner, max_size=4
        )
    ),
    max_leaves=12,
)
BODIES = DOCUMENTS.map(
    lambda value: json.dumps(value).encode()
) | strategies.sampled_from(
    (b"", b"no JSON", BYTES, b'{"a": 1e2, "a": null }', b"1e999", b"NaN")
)


async def output(body: bytes, schema: dict[str, Any], status: int = 200) -> Any:
    async def operation(_: object) -> Reply:
        return Reply(status, (), body)

    tool = AnsweringTool("t", "", operation, output=schema)
    reply = await tool.call(None, {})
    assert (reply.body, reply.status) == (body, status)
    return reply.structured
