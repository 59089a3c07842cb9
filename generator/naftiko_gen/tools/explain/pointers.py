"""JSON Pointers (RFC 6901), and JSONPaths as the language writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.tools.explain.selectors import segment_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.ir import PathSegment


def below(pointer: str, key: str) -> str:
    """Return the pointer to a member of the value at a pointer."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def json_path(steps: Iterable[PathSegment]) -> str:
    """Return steps as a JSONPath."""
    return "$" + "".join(map(segment_text, steps))
