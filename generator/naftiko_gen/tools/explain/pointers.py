"""JSON Pointers (RFC 6901), and JSONPaths as the language writes them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import Each, Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.ir import PathSegment

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def below(pointer: str, key: str) -> str:
    """Return the pointer to a member of the value at a pointer."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def json_path(steps: Iterable[PathSegment | Query]) -> str:
    """Return steps as a JSONPath."""
    return "$" + "".join(map(_step, steps))


def _step(step: PathSegment | Query) -> str:
    match step:
        case Each.ELEMENT:
            return "[*]"
        case int():
            return f"[{step}]"
        case str() if _NAME.fullmatch(step):
            return f".{step}"
        case Query(text=text):
            return text.removeprefix("$")
        case str():
            return f"[{json.dumps(step, ensure_ascii=False)}]"
        case _:
            assert_never(step)
