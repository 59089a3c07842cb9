"""What an agent can do with a skill: the entries of `SKILL.md`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import Code, fill, verbatim
from naftiko_gen.ir import Route, Tool, calls, primary_operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir import Capability, Skill

READ_ONLY_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REPEATABLE_METHODS = frozenset({"PUT", "DELETE"})


@dataclass(frozen=True)
class Entry:
    """Something that an agent can do: an operation's tool, its route, or both."""

    title: str
    description: str
    tool: Tool | None
    route: Route | None


def entries(skill: Skill, capability: Capability) -> Iterator[Entry]:
    """Yield the skill's own entries, else every tool and route."""
    if not skill.tools:
        yield from _all_entries(capability)
    for listed in skill.tools:
        match listed.exposed:
            case Tool() as tool:
                yield Entry(listed.name, listed.description, tool, route=None)
            case Route() as route:
                yield Entry(listed.name, listed.description, tool=None, route=route)
            case _:
                assert_never(listed.exposed)


def _all_entries(capability: Capability) -> Iterator[Entry]:
    """Yield every tool with the route to the same operation, then the other routes."""
    routes = {id(route): route for route in capability.routes}
    names = Counter(operation.name for operation in capability.operations)
    for tool in capability.tools:
        operation = primary_operation(tool.implementation)
        same = [id(one) for one in capability.calling(operation) if id(one) in routes]
        route = routes.pop(same[0]) if same else None
        is_unique = names[operation.name] == 1
        title = operation.name if is_unique else tool.name
        yield Entry(title, tool.description, tool, route)
    for route in routes.values():
        yield Entry(route.name, route.description, None, route)


def effect(entry: Entry) -> Code:
    """Say what a call changes, and what to do about it first."""
    methods, hints = _methods(entry), entry.tool.hints if entry.tool else None
    if methods <= READ_ONLY_METHODS and not (hints and hints.destructive):
        return verbatim("Reads only.")
    is_repeatable = _are_repeatable(methods) or bool(hints and hints.idempotent)
    again = (
        verbatim("Repeating it is safe.")
        if is_repeatable
        else verbatim("Repeating it repeats the effect.")
    )
    if "DELETE" in methods or (hints and hints.destructive):
        return fill("**Destructive: ask the user first.** Changes state. {}", again)
    return fill("Changes state. {}", again)


def _are_repeatable(methods: frozenset[str]) -> bool:
    """Return whether each call that writes can be repeated, and any does."""
    writing = methods - READ_ONLY_METHODS
    return bool(writing) and writing <= REPEATABLE_METHODS


def _methods(entry: Entry) -> frozenset[str]:
    unit = entry.tool or entry.route
    if unit is None:
        raise ValueError("an entry has a tool or a route")
    return frozenset(call.operation.method for call in calls(unit.implementation))
