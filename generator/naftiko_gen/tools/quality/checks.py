"""Remarks about tools that a model can't choose or call only by their texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.emit.tools.arguments import arguments_schema
from naftiko_gen.tools.quality.confusion import confusable_pairs
from naftiko_gen.tools.quality.intents import missing_operations
from naftiko_gen.tools.quality.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.frontend import Meaning
    from naftiko_gen.ir import McpAdapter, Tool
    from naftiko_gen.syntax.tree import Mapping
    from naftiko_gen.tools.quality.arazzo import ArazzoDocument
    from naftiko_gen.tools.quality.confusion import Pair

_NAMED = 5
"""The most names that a message lists."""
_ADAPTER_OF = re.compile(r"^(?:an? )?mcp (?:adapter|server)\b", re.IGNORECASE)


def check_tools(
    adapters: Sequence[McpAdapter], meaning: Meaning, spec: str
) -> tuple[Diagnostic, ...]:
    """Return remarks about the tools of MCP servers, at the lines of the spec."""
    report = Report(spec)
    for adapter in adapters:
        _Checks(adapter, meaning, report).check()
    return tuple(report.diagnostics)


def check_workflows(
    adapters: Sequence[McpAdapter], document: ArazzoDocument
) -> tuple[Diagnostic, ...]:
    """Return remarks about the workflows that no server has all tools for."""
    report = document.report
    for workflow in document.workflows:
        if missing := missing_operations(adapters, workflow):
            message = f"no tool calls {_enumerate(missing)}"
            message = f"the workflow {quote(workflow.name)} is left out: {message}"
            report.add(Code.IGNORED_WORKFLOW, message, workflow.span)
    return tuple(report.diagnostics)


class _Checks:
    """The checks of a server."""

    def __init__(self, adapter: McpAdapter, meaning: Meaning, report: Report) -> None:
        self._adapter = adapter
        self._about = meaning.capability.description or ""
        self._origins = meaning.origins
        self._report = report

    def check(self) -> None:
        """Report the faults of the server and of its tools."""
        tools = self._adapter.tools
        self._check_server(tools[0])
        for tool in tools:
            self._check_purpose(tool)
            self._check_inputs(tool)
        for pair in _nearest(confusable_pairs(tools)):
            self._report_pair(pair)

    def _check_server(self, tool: Tool) -> None:
        """Report a server whose description says no purpose."""
        node = self._origins.unit(tool).adapter.node
        name = self._adapter.namespace
        own_text = _ADAPTER_OF.sub("", self._adapter.description or "")
        if _is_empty(f"{own_text} {self._about}", name):
            message = f"the server {quote(name)} doesn't say its purpose"
            self._report.add(Code.MISSING_PURPOSE, message, _span(node, "description"))

    def _check_purpose(self, tool: Tool) -> None:
        """Report a tool whose description says no more than its name."""
        if _is_empty(tool.description, tool.name):
            message = f"{quote(tool.name)} says no more than its name"
            span = _span(self._node(tool), "description")
            self._report.add(Code.MISSING_PURPOSE, message, span)

    def _check_inputs(self, tool: Tool) -> None:
        """Report the arguments of a tool that clients see without a description."""
        names = list(_names_without_description(tool))
        if names:
            message = f"{quote(tool.name)} has arguments without a description:"
            span = self._span_of_input(tool, names[0])
            self._report.add(
                Code.UNDESCRIBED_INPUT, f"{message} {_enumerate(names)}", span
            )

    def _report_pair(self, pair: Pair) -> None:
        first, second = quote(pair.first.name), quote(pair.second.name)
        self._report.add(
            Code.CONFUSABLE_TOOLS,
            f"{second} reads like {first}: {_difference(pair)}",
            self._node(pair.second).value_span("name"),
        )

    def _node(self, tool: Tool) -> Mapping:
        return self._origins.unit(tool).model.node

    def _span_of_input(self, tool: Tool, name: str) -> Span:
        """Return the place of an input; of one that is undeclared, that of the tool."""
        unit = self._origins.unit(tool)
        for model in unit.inputs:
            if model.name == name:
                return model.node.value_span("name")
        return unit.model.node.value_span("name")


def _nearest(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """Yield for each tool the pair with the earlier tool that is most like it."""
    nearest: dict[str, Pair] = {}
    for pair in pairs:
        name = pair.second.name
        if name not in nearest or pair.likeness > nearest[name].likeness:
            nearest[name] = pair
    yield from nearest.values()


def _difference(pair: Pair) -> str:
    if not pair.different:
        return "their names and first sentences have the same words"
    verb = "tells" if len(pair.different) == 1 else "tell"
    return f"only {_enumerate(sorted(pair.different))} {verb} them apart"


def _is_empty(text: str, name: str) -> bool:
    return words(text) <= words(name)


def _names_without_description(tool: Tool) -> Iterator[str]:
    properties = arguments_schema(tool).get("properties")
    arguments = properties if isinstance(properties, dict) else {}
    for name, schema in arguments.items():
        if not (isinstance(schema, dict) and schema.get("description")):
            yield name


def _enumerate(names: Sequence[str]) -> str:
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    *firsts, last = [*map(quote, names[:_NAMED]), *more]
    return f"{', '.join(firsts)} and {last}" if firsts else last


def _span(node: Mapping, key: str) -> Span:
    """Return the place of a text, or of the name of the part that lacks it."""
    name = "name" if "name" in node else "namespace"
    return node.value_span(key if key in node else name)
