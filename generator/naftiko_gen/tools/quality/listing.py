"""The tools of a spec with remarks about them, and the tasks that it states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from naftiko_gen.configuration.options import Surface
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.emit.tools.lists import ToolList, surface_lists, tool_lists
from naftiko_gen.frontend import Meaning
from naftiko_gen.ir import Capability, McpAdapter
from naftiko_gen.tools.quality.arazzo import (
    ArazzoDocument,
    Workflow,
    documents_beside,
    read_arazzo,
)
from naftiko_gen.tools.quality.checks import check_tools, check_workflows
from naftiko_gen.tools.quality.intents import Intent, intents_of
from naftiko_gen.tools.quality.recall import Recall, measure_recall


@dataclass(frozen=True)
class Server:
    """An MCP server with its list of tools, as its clients get it."""

    adapter: McpAdapter
    capability: Capability
    tools: ToolList
    workflows: Sequence[Workflow]

    @property
    def id(self) -> str:
        """Return the name of the server among those of all specs."""
        return f"{self.capability.slug}/{self.adapter.namespace}"

    @cached_property
    def surfaces(self) -> Mapping[Surface, ToolList]:
        """Return the list that it would have with each surface."""
        return surface_lists(self.adapter, self.capability)

    @cached_property
    def intents(self) -> Sequence[Intent]:
        """Return the tasks that its texts and the workflows state."""
        return intents_of(self.adapter, self.workflows)

    @cached_property
    def recalls(self) -> Sequence[Recall]:
        """Return how often its search finds the tools of the tasks."""
        return tuple(measure_recall(self.adapter, self.intents))


@dataclass(frozen=True)
class Listing:
    """A spec, and the Arazzo documents that state tasks for its tools."""

    spec: Path
    meaning: Meaning
    documents: tuple[ArazzoDocument, ...] = ()

    @property
    def adapters(self) -> tuple[McpAdapter, ...]:
        """Return the MCP servers that have tools."""
        capability = self.meaning.capability
        return tuple(adapter for adapter in capability.mcp if adapter.tools)

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """Return the lists and intents of each server."""
        capability = self.meaning.capability
        workflows = [item for document in self.documents for item in document.workflows]
        return tuple(
            Server(adapter, capability, tool_list, workflows)
            for adapter, tool_list in zip(
                self.adapters, tool_lists(capability), strict=True
            )
        )

    @cached_property
    def remarks(self) -> tuple[Diagnostic, ...]:
        """Return the remarks about tools and documents, as no setting changes them."""
        remarks = check_tools(self.adapters, self.meaning, str(self.spec))
        for document in self.documents:
            remarks += check_workflows(self.adapters, document)
        return remarks

    @property
    def sources(self) -> Mapping[str, bytes]:
        """Return the content of the documents, by the name in remarks."""
        return {document.report.file: document.content for document in self.documents}


def list_tools(
    spec: Path, meaning: Meaning, documents: Sequence[Path], *, wants_tasks: bool
) -> Listing:
    """Return the listing of a spec; `documents` replace those beside it."""
    paths = (documents or documents_beside(spec)) if wants_tasks else ()
    return Listing(spec, meaning, tuple(map(read_arazzo, paths)))
