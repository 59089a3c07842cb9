"""Sizes of definitions of tools."""

from __future__ import annotations

import json
from collections.abc import Iterable

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.language.tokens import token_count

Definition = dict[str, "Plain"]
"""A tool as a server lists it."""


def tool_tokens(tool: Definition) -> int:
    """Return about how many tokens the definition of a tool has."""
    return token_count(json.dumps(tool, ensure_ascii=False, separators=(",", ":")))


def list_tokens(tools: Iterable[Definition]) -> int:
    """Return about how many tokens a list of tools has."""
    return sum(map(tool_tokens, tools))
