"""Files of intents, from which programs that test agents take their cases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from naftiko_gen.publish import atomic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from naftiko_gen.tools.quality.intents import Intent

_KEYS = ["id", "input", "expected", "forbidden", "source"]


class ForeignFileError(Exception):
    """The file has other lines than those that this module writes."""


def eval_lines(server: str, intents: Iterable[Intent]) -> str:
    """Return a line of JSON for each intent of a server."""
    rows = (
        (
            f"{server}/{intent.name}",
            intent.text,
            intent.expected,
            intent.forbidden,
            intent.source,
        )
        for intent in intents
    )
    objects = (dict(zip(_KEYS, row, strict=True)) for row in rows)
    return "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in objects)


def write_evals(file: Path, text: str) -> None:
    """Write a file of intents in the place of an older one.

    Raises:
        ForeignFileError: The file has other lines, so it isn't replaced.
        OSError: It can't be written.
    """
    try:
        old_content = file.read_bytes()
    except FileNotFoundError:
        atomic.create(file, text.encode())
        return
    if not all(map(_is_own, old_content.splitlines())):
        raise ForeignFileError
    atomic.replace(file, text.encode())


def _is_own(line: bytes) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and list(value) == _KEYS
