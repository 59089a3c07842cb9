"""Rules for skills that make calls of their own, which is for tools to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.dialects.rewriting import EXPOSES, mappings, numbered, rewrite
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Plain, Span
    from naftiko_gen.dialects.rewriting import Path

_SKILLS = (*EXPOSES, "skills")
_UNITS: tuple[Path, ...] = (("tools",), ("resources", "operations"))
"""Tools are preferred to routes."""
_SIGNATURE = ("inputParameters", "outputParameters", "with")
_OF_A_TOOL = ("call", "hints", *_SIGNATURE)


def skill_tools(tree: Mapping, report: Report) -> Mapping:
    """Make a skill of the tools that stand in an adapter of skills itself."""

    def change(adapter: Mapping) -> Mapping:
        tools = adapter.get("tools")
        if adapter.text("type") != "skill" or not isinstance(tools, Sequence):
            return adapter
        span = adapter.key_span("tools")
        name = adapter.text("namespace") or "skill"
        report.add(Code.SKILL_TOOLS, f"the tools become the skill {shown(name)}", span)
        said = _kept(adapter, "description")
        skill = mapping({"name": Scalar(name, span), **said, "tools": tools}, span)
        return _added(adapter.drop("tools"), "skills", skill)

    return rewrite(tree, EXPOSES, change)


def _kept(holder: Mapping, *keys: str) -> dict[str, Node]:
    return {entry.key: entry.value for entry in holder.entries if entry.key in keys}


def _added(holder: Mapping, key: str, *added: Mapping) -> Mapping:
    """Return a copy whose list of that key has more items."""
    found = holder.get(key)
    items = found.items if isinstance(found, Sequence) else ()
    return holder.put(key, Sequence((*items, *added), holder.value_span(key)))


def skill_call(tree: Mapping, report: Report) -> Mapping:
    """Refer to a unit that makes the call of a skill or of a skill's tool.

    If no adapter exposes one, a tool is added to an MCP server.
    """
    tree = rewrite(tree, _SKILLS, _with_tool_of_its_own)
    exposed = _Exposed.of(tree, report)
    changed = rewrite(tree, (*_SKILLS, "tools"), exposed.reference)
    return rewrite(changed, ("capability",), exposed.with_added)


def _with_tool_of_its_own(skill: Mapping) -> Mapping:
    """Move the call of a skill to a tool that has the skill's name."""
    if "call" not in skill:
        return skill
    tool = mapping(_kept(skill, "name", "description"), skill.span)
    called = replace(tool, entries=(*tool.entries, *_call(skill)))
    return _added(skill.drop(*_OF_A_TOOL), "tools", called)


def _call(holder: Mapping) -> tuple[Entry, ...]:
    return tuple(entry for entry in holder.entries if entry.key in _OF_A_TOOL)


Unit = tuple[str, Mapping]
"""A tool or route, and the namespace of its adapter."""


@dataclass
class _Exposed:
    """The units of a document, and the tools that its skills add to a server.

    `units` finds the first one that does something, and the first one of a name that
    does it. A unit is there once for each choice of what a tool may say of its call.
    """

    server: str
    taken: set[str | None]
    report: Report
    units: dict[tuple[str | None, str], Unit] = field(default_factory=dict)
    names: dict[str, Iterator[str]] = field(default_factory=dict)
    added: list[Mapping] = field(default_factory=list)

    @classmethod
    def of(cls, tree: Mapping, report: Report) -> _Exposed:
        adapters = list(mappings(tree, EXPOSES))
        units = [unit for path in _UNITS for unit in _units(adapters, path)]
        server = _server(adapters)
        taken = {u.text("name") for namespace, u in units if namespace == server}
        exposed = cls(server, taken, report)
        for unit in units:
            exposed._register(unit)
        return exposed

    def _register(self, unit: Unit) -> None:
        name = unit[1].text("name")
        if name is None:
            return
        for said in _subsets(_SIGNATURE):
            does = _does(unit[1], said)
            self.units.setdefault((None, does), unit)
            self.units.setdefault((name, does), unit)

    def reference(self, tool: Mapping) -> Mapping:
        """Return a skill's tool with a reference in place of its call."""
        if tool.text("call") is None or tool.text("name") is None or "from" in tool:
            return tool
        span = tool.key_span("call")
        namespace, unit = self._same(tool) or self._add(tool)
        name = unit.text("name")
        message = f"the call is made by {shown(name)} of {shown(namespace)}"
        self.report.add(Code.SKILL_CALL, message, span)
        source = {
            "sourceNamespace": Scalar(namespace, span),
            "action": Scalar(name, span),
        }
        return tool.drop(*_OF_A_TOOL).put("from", mapping(source, span))

    def with_added(self, capability: Mapping) -> Mapping:
        """Return the capability with the added tools in their server."""
        adapters = capability.get("exposes")
        if not self.added or not isinstance(adapters, Sequence):
            return capability
        span = self.added[0].span
        if all(_namespace(adapter) != self.server for adapter in adapters.items):
            adapters = replace(adapters, items=(*adapters.items, self._new(span)))
        items = tuple(self._with_tools(adapter) for adapter in adapters.items)
        return capability.put("exposes", replace(adapters, items=items))

    def _same(self, tool: Mapping) -> Unit | None:
        """Return a unit that does what the tool does, one of its name if there is."""
        does = _does(tool, [key for key in _SIGNATURE if key in tool])
        named = self.units.get((tool.text("name"), does))
        return named or self.units.get((None, does))

    def _add(self, tool: Mapping) -> Unit:
        name = self._free(str(tool.text("name")))
        entries = _kept(tool, "name", "description")
        added = mapping(entries, tool.span).put(
            "name", Scalar(name, tool.value_span("name"))
        )
        self.added.append(replace(added, entries=(*added.entries, *_call(tool))))
        unit = (self.server, self.added[-1])
        self._register(unit)
        return unit

    def _free(self, name: str) -> str:
        names = self.names.setdefault(name, numbered(name))
        free = next(each for each in names if each not in self.taken)
        self.taken.add(free)
        return free

    def _new(self, span: Span) -> Mapping:
        values = {"type": "mcp", "namespace": self.server}
        return mapping(
            {key: Scalar(value, span) for key, value in values.items()}, span
        )

    def _with_tools(self, adapter: Node) -> Node:
        if not isinstance(adapter, Mapping) or _namespace(adapter) != self.server:
            return adapter
        return _added(adapter, "tools", *self.added)


def _units(adapters: list[Mapping], path: Path) -> Iterator[Unit]:
    for adapter in adapters:
        namespace, kind = adapter.text("namespace"), adapter.text("type")
        if namespace is not None and kind in ("rest", "mcp"):
            for unit in mappings(adapter, path):
                yield namespace, unit


def _server(adapters: list[Mapping]) -> str:
    """Return the namespace of the first MCP server, one that listens if there is."""
    servers = [adapter for adapter in adapters if adapter.text("type") == "mcp"]
    listening = [each for each in servers if each.text("transport") in (None, "http")]
    found = next(iter((*listening, *servers)), None)
    if found is not None and (namespace := found.text("namespace")) is not None:
        return namespace
    taken = [adapter.text("namespace") for adapter in adapters]
    return next(name for name in numbered("skill-calls") if name not in taken)


def _namespace(adapter: Node) -> str | None:
    return adapter.text("namespace") if isinstance(adapter, Mapping) else None


def _does(unit: Mapping, said: Iterable[str]) -> str:
    """Return what a unit does in comparable form: its call, and what is said of it."""
    does = {key: _plain(unit, key) for key in ("call", *said)}
    return json.dumps(does, sort_keys=True)


def _subsets(keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    sizes = range(len(keys) + 1)
    return chain.from_iterable(combinations(keys, size) for size in sizes)


def _plain(holder: Mapping, key: str) -> Plain:
    node = holder.get(key)
    return node.plain() if node else None
