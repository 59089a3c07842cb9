"""Remarks about tools that a model can't choose or call only by their texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Diagnostic, Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.emit.tools.arguments import arguments_schema
from naftiko_gen.frontend import Meaning
from naftiko_gen.ir import McpAdapter, Tool
from naftiko_gen.resolve.units import Unit
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.tools.quality.arazzo import ArazzoDocument
from naftiko_gen.tools.quality.confusion import Pair, confusable_pairs, words
from naftiko_gen.tools.quality.intents import missing_operations

_NAMED = 5
"""The most names that a message lists."""
_ADAPTER_OF = re.compile(r"^(?:an? )?mcp (?:adapter|server)\b", re.IGNORECASE)


def check_tools(
    adapters: Iterable[McpAdapter], meaning: Meaning, spec: str
) -> tuple[Diagnostic, ...]:
    """Return remarks about the tools of MCP servers, at the lines of the spec."""
    report = Report(spec)
    for adapter in adapters:
        units = {tool.name: meaning.origins.unit(tool) for tool in adapter.tools}
        node = units[adapter.tools[0].name].adapter.node
        own_text = _ADAPTER_OF.sub("", adapter.description or "")
        text = f"{own_text} {meaning.capability.description or ''}"
        if _is_empty(text, adapter.namespace):
            message = f"the server {quote(adapter.namespace)} doesn't say its purpose"
            report.add(Code.MISSING_PURPOSE, message, _place_of_text(node))
        for tool in adapter.tools:
            _check_tool(tool, units[tool.name], report)
        for pair in _nearest(confusable_pairs(adapter.tools)):
            first, second = pair.first.name, pair.second.name
            message = f"{quote(second)} reads like {quote(first)}: {_difference(pair)}"
            span = units[second].model.node.value_span("name")
            report.add(Code.CONFUSABLE_TOOLS, message, span)
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


def _check_tool(tool: Tool, unit: Unit, report: Report) -> None:
    """Report a description that says no more than the name, and arguments without."""
    if _is_empty(tool.description, tool.name):
        message = f"{quote(tool.name)} says no more than its name"
        report.add(Code.MISSING_PURPOSE, message, _place_of_text(unit.model.node))
    if names := _names_without_description(tool):
        message = f"{quote(tool.name)} has arguments without a description:"
        # An input that is undeclared is reported at the tool.
        models = (model for model in unit.inputs if model.name == names[0])
        span = next(models, unit.model).node.value_span("name")
        report.add(Code.UNDESCRIBED_INPUT, f"{message} {_enumerate(names)}", span)


def _is_empty(text: str, name: str) -> bool:
    return words(text) <= words(name)


def _place_of_text(node: Mapping) -> Span:
    """Return the place of a description, or of the name of the part that lacks it."""
    keys = (key for key in ("description", "name") if key in node)
    return node.value_span(next(keys, "namespace"))


def _names_without_description(tool: Tool) -> list[str]:
    """Return the names of the arguments that clients see without a description."""
    match arguments_schema(tool).get("properties"):
        case dict() as arguments:
            return [
                name
                for name, schema in arguments.items()
                if not (isinstance(schema, dict) and schema.get("description"))
            ]
        case _:
            return []


def _nearest(pairs: Iterable[Pair]) -> Iterable[Pair]:
    """Return for each tool the pair with the earlier tool that is most like it."""
    nearest: dict[str, Pair] = {}
    for pair in pairs:
        name = pair.second.name
        nearest[name] = max(nearest.get(name, pair), pair, key=lambda p: p.likeness)
    return nearest.values()


def _difference(pair: Pair) -> str:
    if not pair.different:
        return "their names and first sentences have the same words"
    verb = "tells" if len(pair.different) == 1 else "tell"
    return f"only {_enumerate(sorted(pair.different))} {verb} them apart"


def _enumerate(names: Sequence[str]) -> str:
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    *firsts, last = [*map(quote, names[:_NAMED]), *more]
    return f"{', '.join(firsts)} and {last}" if firsts else last
