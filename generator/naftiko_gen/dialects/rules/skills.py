"""Rules for skills with calls of their own, which become calls of tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations

from naftiko_gen.diagnostics import Code, Plain, Report, Span, quote
from naftiko_gen.dialects.forms import OBJECT, TEXT, Extra, list_of, reference
from naftiko_gen.dialects.rewriting import (
    EXPOSES,
    Path,
    at,
    candidate_names,
    mappings,
    name_of,
    rewrite,
)
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, mapping

_SKILLS = (*EXPOSES, "skills")
_UNITS: tuple[Path, ...] = (("tools",), ("resources", "operations"))
"""The paths of units; tools come before routes."""
_SIGNATURE = ("inputParameters", "outputParameters", "with")
_OF_A_TOOL = ("call", "hints", *_SIGNATURE)
_FRAGMENTS = {
    "call": TEXT,
    "with": OBJECT,
    "hints": reference("Hints"),
    "inputParameters": list_of(reference("ToolInput")),
    "outputParameters": list_of(reference("Output")),
}
EXTRAS = (
    Extra(("Skills",), "tools", {"type": "array"}, "Give the tools a skill."),
    *(
        Extra(("Skill", "SkillTool"), key, fragment, "Refer to a tool by 'from'.")
        for key, fragment in _FRAGMENTS.items()
    ),
)


@at(EXPOSES)
def skill_tools(adapter: Mapping, report: Report) -> Mapping:
    """Move the tools of a skills adapter into a new skill."""
    tools = adapter.get("tools")
    if adapter.text("type") != "skill" or not isinstance(tools, Sequence):
        return adapter
    span = adapter.key_span("tools")
    name = adapter.text("namespace") or "skill"
    report.add(Code.SKILL_TOOLS, f"the tools become the skill {quote(name)}", span)
    descriptions = _values_of(adapter, "description")
    skill = mapping({"name": Scalar(name, span), **descriptions, "tools": tools}, span)
    return _append_items(adapter.drop("tools"), "skills", skill)


def _values_of(holder: Mapping, *keys: str) -> dict[str, Node]:
    return {entry.key: entry.value for entry in holder.entries if entry.key in keys}


def _append_items(holder: Mapping, key: str, *new_items: Mapping) -> Mapping:
    """Return a copy with items added to the list of a key."""
    items = (*holder.items(key), *new_items)
    return holder.put(key, Sequence(items, holder.value_span(key)))


def skill_call(tree: Mapping, report: Report) -> Mapping:
    """Replace the call of a skill, or of its tool, by a reference to a unit.

    If no adapter exposes that call, a tool is added to an MCP server.
    """
    tree = rewrite(tree, _SKILLS, _with_tool_of_its_own)
    if not any(map(_has_call, mappings(tree, (*_SKILLS, "tools")))):
        return tree
    registry = _UnitRegistry.of(tree, report)
    new_tree = rewrite(tree, (*_SKILLS, "tools"), registry.reference)
    return rewrite(new_tree, ("capability",), registry.with_added)


def _has_call(tool: Mapping) -> bool:
    """Return whether a skill's tool makes a call, and is no reference to a unit."""
    is_whole = tool.text("call") is not None and tool.text("name") is not None
    return is_whole and "from" not in tool


def _with_tool_of_its_own(skill: Mapping) -> Mapping:
    """Move the call of a skill into a tool with the skill's name."""
    if "call" not in skill:
        return skill
    tool = mapping(_values_of(skill, "name", "description"), skill.span)
    tool_with_call = replace(tool, entries=(*tool.entries, *_call(skill)))
    return _append_items(skill.drop(*_OF_A_TOOL), "tools", tool_with_call)


def _call(holder: Mapping) -> tuple[Entry, ...]:
    return tuple(entry for entry in holder.entries if entry.key in _OF_A_TOOL)


Unit = tuple[str, Mapping]
"""A tool or route, and the namespace of its adapter."""


@dataclass
class _UnitRegistry:
    """The units of a spec, and the tools that its skills add to a server.

    `units` finds the first unit with an effect, and the first one that also has a name.
    Each unit is registered for every subset of the keys that a skill's tool may write.
    """

    server: str
    used_names: set[str | None]
    report: Report
    units: dict[tuple[str | None, str], Unit] = field(default_factory=dict)
    names: dict[str, Iterator[str]] = field(default_factory=dict)
    added: list[Mapping] = field(default_factory=list)

    @classmethod
    def of(cls, tree: Mapping, report: Report) -> _UnitRegistry:
        adapters = list(mappings(tree, EXPOSES))
        units = [unit for path in _UNITS for unit in _units(adapters, path)]
        server = _server(adapters)
        names = {u.text("name") for namespace, u in units if namespace == server}
        registry = cls(server, names, report)
        for unit in units:
            registry._register(unit)
        return registry

    def _register(self, unit: Unit) -> None:
        name = unit[1].text("name")
        if name is None:
            return
        for keys in _subsets(_SIGNATURE):
            effect = _effect(unit[1], keys)
            self.units.setdefault((None, effect), unit)
            self.units.setdefault((name, effect), unit)

    def reference(self, tool: Mapping) -> Mapping:
        """Return a skill's tool with a reference instead of its call."""
        if not _has_call(tool):
            return tool
        span = tool.key_span("call")
        namespace, unit = self._same(tool) or self._add(tool)
        name = unit.text("name")
        message = f"the call is made by {quote(name)} of {quote(namespace)}"
        self.report.add(Code.SKILL_CALL, message, span)
        names = {"sourceNamespace": namespace, "action": name}
        source = {key: Scalar(value, span) for key, value in names.items()}
        return tool.drop(*_OF_A_TOOL).put("from", mapping(source, span))

    def with_added(self, capability: Mapping) -> Mapping:
        """Return the capability with the added tools in its MCP server."""
        adapters = capability.get("exposes")
        if not self.added or not isinstance(adapters, Sequence):
            return capability
        span = self.added[0].span
        if self.server not in (name_of(a, "namespace") for a in adapters.items):
            adapters = replace(adapters, items=(*adapters.items, self._new(span)))
        items = tuple(self._with_tools(adapter) for adapter in adapters.items)
        return capability.put("exposes", replace(adapters, items=items))

    def _same(self, tool: Mapping) -> Unit | None:
        """Return a unit that does the same as a tool, preferably one of its name."""
        effect = _effect(tool, [key for key in _SIGNATURE if key in tool])
        namesake = self.units.get((tool.text("name"), effect))
        return namesake or self.units.get((None, effect))

    def _add(self, tool: Mapping) -> Unit:
        name = self._free(str(tool.text("name")))
        entries = _values_of(tool, "name", "description")
        scalar = Scalar(name, tool.value_span("name"))
        new_tool = mapping(entries, tool.span).put("name", scalar)
        self.added.append(replace(new_tool, entries=(*new_tool.entries, *_call(tool))))
        unit = (self.server, self.added[-1])
        self._register(unit)
        return unit

    def _free(self, name: str) -> str:
        names = self.names.setdefault(name, candidate_names(name))
        free = next(n for n in names if n not in self.used_names)
        self.used_names.add(free)
        return free

    def _new(self, span: Span) -> Mapping:
        kind, namespace = Scalar("mcp", span), Scalar(self.server, span)
        return mapping({"type": kind, "namespace": namespace}, span)

    def _with_tools(self, adapter: Node) -> Node:
        if isinstance(adapter, Mapping) and adapter.text("namespace") == self.server:
            return _append_items(adapter, "tools", *self.added)
        return adapter


def _units(adapters: list[Mapping], path: Path) -> Iterator[Unit]:
    for adapter in adapters:
        namespace, kind = adapter.text("namespace"), adapter.text("type")
        if namespace is not None and kind in ("rest", "mcp"):
            for unit in mappings(adapter, path):
                yield namespace, unit


def _server(adapters: list[Mapping]) -> str:
    """Return the namespace of the first MCP server, if possible of one with a port."""
    servers = [adapter for adapter in adapters if adapter.text("type") == "mcp"]
    listening = [s for s in servers if s.text("transport") in (None, "http")]
    server = next(iter((*listening, *servers)), None)
    if server is not None and (namespace := server.text("namespace")) is not None:
        return namespace
    namespaces = [adapter.text("namespace") for adapter in adapters]
    return next(n for n in candidate_names("skill-calls") if n not in namespaces)


def _effect(unit: Mapping, keys: Iterable[str]) -> str:
    """Return the effect of a unit in comparable form: its call and some other keys."""
    effect = {key: _plain(unit, key) for key in ("call", *keys)}
    return json.dumps(effect, sort_keys=True)


def _subsets(keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    sizes = range(len(keys) + 1)
    return chain.from_iterable(combinations(keys, size) for size in sizes)


def _plain(holder: Mapping, key: str) -> Plain:
    node = holder.get(key)
    return node.plain() if node else None


RULES = (skill_tools, skill_call)
