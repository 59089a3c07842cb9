"""Applications below a prefix, where another application mounts them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.types import Scope

# Characters that RFC 3986 allows in a path segment without encoding.
PLAIN_MARKS = "!$&'()*+,;=:@"


def own_path(scope: Mapping[str, Any]) -> str:
    """Return the path of a request without the prefix, which is ASGI's `root_path`."""
    path: str = scope["path"]
    root = scope.get("root_path")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def encoded_prefix(scope: Scope) -> str:
    """Encode the prefix, which servers and mounts decode, like the path that has it."""
    return quote(scope.get("root_path", ""), safe=f"/{PLAIN_MARKS}")
