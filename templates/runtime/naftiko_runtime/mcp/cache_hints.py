"""Hints for caches of clients, in responses of MCP 2026-07-28."""

from typing import Any, Literal

from mcp.server.caching import CACHEABLE_METHODS, CacheHint

from .server import ToolServer


def add_cache_hints(
    server: ToolServer[Any],
    *,
    ttl_ms: int = 0,
    scope: Literal["public", "private"] = "private",
) -> None:
    """Tell clients how long lists and contents may be kept, and who may share them."""
    hint = CacheHint(ttl_ms, scope)
    server.cache_hints = dict.fromkeys(sorted(CACHEABLE_METHODS), hint)
