"""The entries of a skill, and the references of a large one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.answers.flows import answer_alike, shared_flow
from naftiko_gen.emit.code.render import View
from naftiko_gen.language.names import words
from naftiko_gen.syntax.tree import IdentityMap

REPEATABLE_METHODS = frozenset({"PUT", "DELETE"})


@dataclass(frozen=True)
class Entry:
    """An entry of a skill: the tool of an operation, its route, or both."""

    title: str
    description: str
    tool: ir.Tool | None
    route: ir.Route | None


def entries(skill: ir.Skill, capability: ir.Capability) -> Iterator[Entry]:
    """Yield the entries that the skill lists; without any, every tool and route."""
    if not skill.tools:
        yield from _all_entries(capability)
    for skill_tool in skill.tools:
        match skill_tool.exposed:
            case ir.Tool() as tool:
                yield Entry(skill_tool.name, skill_tool.description, tool, None)
            case ir.Route() as route:
                yield Entry(skill_tool.name, skill_tool.description, None, route)
            case _:
                assert_never(skill_tool.exposed)


def _all_entries(capability: ir.Capability) -> Iterator[Entry]:
    """Yield every tool with the route that does the same, then the other routes."""
    routes: IdentityMap[ir.Exposed, ir.Route] = IdentityMap()
    for route in capability.routes:
        routes.put(route, route)
    flows = [(route, _flow(route)) for route in capability.routes]
    names = Counter(operation.name for operation in capability.operations)
    for tool in capability.tools:
        operation = tool.implementation.operation
        twin = _twin(tool, routes, flows, capability)
        same = routes.pop(twin) if twin else None
        is_unique = operation is not None and names[operation.name] == 1
        title = operation.name if operation and is_unique else tool.name
        yield Entry(title, tool.description, tool, same)
    for route in routes.values():
        yield Entry(route.name, route.description, None, route)


def _twin(
    tool: ir.Tool,
    routes: IdentityMap[ir.Exposed, ir.Route],
    flows: Sequence[tuple[ir.Route, ir.Flow | None]],
    capability: ir.Capability,
) -> ir.Exposed | None:
    """Return the first of these routes that does the same as a tool, if any.

    It calls the same operation, and has the same outputs.
    """
    operation = tool.implementation.operation
    if operation is not None:
        units = (
            unit
            for unit in capability.calling(operation)
            if unit.implementation.operation and answer_alike(unit, tool)
        )
        return next((unit for unit in units if unit in routes), None)
    flow = _flow(tool)
    same = (route for route, other in flows if other == flow and route in routes)
    return next(same, None) if flow else None


def _flow(unit: ir.Route | ir.Tool) -> ir.Flow | None:
    """Return the steps of a route or tool, as they are compared."""
    implementation = unit.implementation
    return shared_flow(implementation) if isinstance(implementation, ir.Flow) else None


def effect(entry: Entry) -> View:
    """Return the effects of a call, of which some need the consent of a user."""
    unit, hints = entry.tool or entry.route, entry.tool.hints if entry.tool else None
    methods = ir.request_methods(unit.implementation) if unit else frozenset[str]()
    writing = methods - ir.READING
    can_be_repeated = bool(writing) and writing <= REPEATABLE_METHODS
    effect = unit.effect if unit else ir.Effect.READ
    return View(
        has_any_method=ir.ANY_METHOD in methods,
        is_reading=not writing and effect is not ir.Effect.DESTRUCTIVE,
        is_destructive="DELETE" in methods or effect is ir.Effect.DESTRUCTIVE,
        can_be_repeated=can_be_repeated or bool(hints and hints.idempotent),
    )


MOST_ENTRIES = 40
"""`SKILL.md` itself has up to this number of entries."""
MOST_REFERENCES = 300
"""Further parts share one reference, so that `SKILL.md` has less than 500 lines."""
_SHOWN = 5
_LONGEST_NAME = 60
_OTHERS = "other"


@dataclass(frozen=True)
class Reference:
    """A file of entries; its name has no suffix."""

    directory: str
    name: str
    entries: tuple[Entry, ...]

    @property
    def path(self) -> str:
        """Return its path from the directory of the skill."""
        return f"{self.directory}/{self.name}.md"

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the first titles, for the index."""
        return tuple(entry.title for entry in self.entries[:_SHOWN])

    @property
    def has_more(self) -> bool:
        """Return whether there are further titles."""
        return len(self.entries) > _SHOWN


def references(
    entries: Sequence[Entry], capability: ir.Capability, directory: str
) -> tuple[Reference, ...]:
    """Return the references in a skill with these entries; none if it is small.

    The entries of an adapter are a reference if there are several. Otherwise those are,
    whose paths begin with the same words.
    """
    if len(entries) <= MOST_ENTRIES:
        return ()
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_group(entry, capability), []).append(entry)
    return tuple(
        Reference(directory, name, tuple(groups[name]))
        for name in _limit_groups(groups)
    )


def _limit_groups(groups: dict[str, list[Entry]]) -> Iterable[str]:
    """Return the names of the groups; those beyond the limit become one."""
    names = sorted(groups)
    if len(names) > MOST_REFERENCES:
        for name in names[MOST_REFERENCES - 1 :]:
            if name != _OTHERS:
                groups.setdefault(_OTHERS, []).extend(groups.pop(name))
    return sorted(groups)


def _group(entry: Entry, capability: ir.Capability) -> str:
    if entry.tool and len(capability.mcp) > 1:
        return _name(capability.exposing(entry.tool).namespace)
    unit = entry.tool or entry.route
    operation = unit.implementation.operation if unit else None
    texts = operation.path if operation else ()
    literal = "".join(text if isinstance(text, str) else "/" for text in texts)
    return _name(" ".join([part for part in literal.split("/") if part][:2]))


def _name(text: str) -> str:
    ascii_text = "-".join(words(text)).lower().encode("ascii", "ignore").decode()
    return ascii_text[:_LONGEST_NAME].strip("-") or _OTHERS
