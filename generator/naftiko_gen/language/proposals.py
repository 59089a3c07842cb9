"""Features that are proposed for the language, but that no engine implements.

A spec that uses one is refused by its name. When a version of the language gets a
feature, its line is deleted here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

KEYS: Mapping[str, str] = MappingProxyType(
    {
        "cache": "caching of responses (cache)",
        "cacheControl": "caching of responses (cacheControl)",
        "pagination": "pagination",
        "resiliency": "resiliency",
        "tunnel": "a tunnel to a private network",
    }
)
"""Proposed features by the keys that describe them."""

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "a2a": "A2A",
        "condition": "a step of type condition",
        "for-each": "a step of type for-each",
        "grpc": "gRPC",
        "mcp": "consuming an MCP server",
        "parallel-join": "a step of type parallel-join",
        "webhook": "an adapter of type webhook",
    }
)
"""Proposed features by the `type` of an adapter, an upstream or a step."""


def feature_of(error: ErrorDetails) -> str | None:
    """Return the proposed feature that an error of validation is about, if any."""
    match error:
        case {"type": "extra_forbidden", "loc": (*_, str() as key)}:
            return KEYS.get(key)
        case {"type": "union_tag_invalid", "ctx": {"tag": str() as tag}}:
            return TYPES.get(tag)
        case {"type": "literal_error", "loc": (*_, "type"), "input": str() as kind}:
            return TYPES.get(kind)
        case _:
            return None
