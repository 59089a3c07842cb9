"""The groups and effects of tools."""

import json
from collections.abc import Mapping

import pytest
from documents import capability

from naftiko_gen.emit.tools.groups import groups
from naftiko_gen.ir import Effect, Tool


def _tools(*operations: Mapping[str, object]) -> tuple[Tool, ...]:
    """Return a tool for each operation: its `path`, `method`, `tags` and `hints`."""
    resources = [
        {
            "name": f"r{number}",
            "path": operation.get("path", "/"),
            "operations": [
                {
                    "name": f"o{number}",
                    "method": operation.get("method", "GET"),
                    "tags": operation.get("tags", []),
                }
            ],
        }
        for number, operation in enumerate(operations)
    ]
    tools = [
        {
            "name": f"t{number}",
            "description": "A tool.",
            "hints": operation.get("hints", {}),
            "call": f"api.o{number}",
        }
        for number, operation in enumerate(operations)
    ]
    api = {"type": "http", "namespace": "api", "baseUri": "https://api.test"}
    server = {"type": "mcp", "namespace": "server", "port": 9090}
    spec = {
        "naftiko": "1.0.0-alpha2",
        "capability": {
            "consumes": [{**api, "resources": resources}],
            "exposes": [{**server, "tools": tools}],
        },
    }
    return capability(json.dumps(spec)).mcp[0].tools


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["/orders", "/orders/{{id}}", "/parcels"], ["orders", "orders", "parcels"]),
        (["/api/v1/orders", "/api/v2/parcels"], ["orders", "parcels"]),
        (["/shop/{{id}}", "/shop/{{id}}/books"], ["shop", "books"]),
        (["/shop/runs"], ["runs"]),
        (["/{{id}}", "/"], ["other", "other"]),
    ],
)
def test_a_group_is_the_first_word_by_which_a_path_differs(
    paths: list[str], words: list[str]
) -> None:
    tools = _tools(*({"path": path} for path in paths))
    assert groups(tools) == tuple(words)


def test_a_tag_is_the_group_before_all_words() -> None:
    tools = _tools(
        {"path": "/a", "tags": ["Orders & more", "Other"]}, {"path": "/b/{{id}}"}
    )
    assert groups(tools) == ("Orders & more", "b")


@pytest.mark.parametrize(
    ("method", "hints", "effect"),
    [
        ("GET", {}, Effect.READ),
        ("HEAD", {"destructive": False}, Effect.READ),
        ("GET", {"destructive": True}, Effect.DESTRUCTIVE),
        ("GET", {"readOnly": False}, Effect.WRITE),
        ("POST", {}, Effect.WRITE),
        ("POST", {"readOnly": True}, Effect.READ),
        ("POST", {"destructive": True}, Effect.DESTRUCTIVE),
        ("PUT", {}, Effect.DESTRUCTIVE),
        ("PATCH", {"destructive": False}, Effect.WRITE),
        ("DELETE", {"readOnly": False}, Effect.DESTRUCTIVE),
    ],
)
def test_an_effect_is_that_of_the_hints_else_of_the_methods(
    method: str, hints: dict[str, bool], effect: Effect
) -> None:
    (tool,) = _tools({"method": method, "hints": hints})
    assert tool.effect is effect
