"""Effects: the most that an operation, route or tool may do upstream.

The requests that are sent decide. Hints, the audit, dispatchers and warnings ask here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

__all__ = ["ADDING", "READING", "Effect", "claimed_effect", "effect_of_method"]
__all__ += ["names_change", "widest_effect"]


READING = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})
"""The methods that change nothing."""
ADDING = frozenset({"POST"})
"""The methods that change something, but delete and overwrite nothing."""


class Effect(Enum):
    """The most that a call may do; each member is wider than the ones before."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


_WIDTH = {effect: width for width, effect in enumerate(Effect)}


def effect_of_method(method: str) -> Effect:
    """Return the effect of a request by its method; any method may destroy."""
    if method in READING:
        return Effect.READ
    return Effect.WRITE if method in ADDING else Effect.DESTRUCTIVE


def widest_effect(methods: Iterable[str]) -> Effect:
    """Return the widest effect of requests by their methods; READ without any."""
    effects = map(effect_of_method, methods)
    return max(effects, key=_WIDTH.__getitem__, default=Effect.READ)


def claimed_effect(
    effect: Effect, *, read_only: bool | None, destructive: bool | None
) -> Effect:
    """Return the effect of requests as hints claim it; None is no claim.

    A claim may widen every effect. It makes a POST a search, and nothing else.
    """
    if read_only and effect is not Effect.DESTRUCTIVE:
        return Effect.READ
    if destructive:
        return Effect.DESTRUCTIVE
    if effect is Effect.READ:
        return effect if read_only is not False else Effect.WRITE
    return effect if destructive is None else Effect.WRITE


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_CHANGES = frozenset(
    (
        *("add", "append", "approve", "archive", "assign", "buy", "cancel"),
        *("charge", "clear", "close", "create", "delete", "destroy", "disable"),
        *("drop", "edit", "enable", "insert", "invite", "merge", "modify", "move"),
        *("patch", "pay", "publish", "purge", "put", "refund"),
        *("reject", "remove", "rename", "replace", "reset", "restore", "revoke"),
        *("save", "send", "set", "start", "stop", "submit", "transfer", "update"),
        *("upload", "upsert", "write"),
    )
)
"""The verbs of operations that change something."""


def names_change(name: str) -> bool:
    """Return whether the name of an operation begins with a verb of change."""
    verb = _WORD.search(name)
    return verb is not None and verb[0].lower() in _CHANGES
