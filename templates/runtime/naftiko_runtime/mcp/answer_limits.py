"""The limit of tools' answers, which a variable of the environment sets."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ..settings import Environment, whole_number
from .long_answers import LIMIT, ItemList
from .tools import Tool

C = TypeVar("C")
LEAST, MOST = 1_000, 9_999_999


def with_limit(
    tools: Sequence[Tool[C]],
    variable: str,
    usual: int = LIMIT,
    env: Environment = os.environ,
) -> list[Tool[C]]:
    """Return tools whose lists are cut where answers would have more bytes.

    The environment variable overrides the usual limit; raises SettingsError.
    """
    limit = whole_number(env, variable, usual, LEAST, MOST)
    return [_limited(tool, limit) for tool in tools]


def _limited(tool: Tool[C], limit: int) -> Tool[C]:
    if not isinstance(tool.items, ItemList):
        return tool
    return replace(tool, items=replace(tool.items, limit=limit))
