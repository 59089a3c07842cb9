"""The tools of a spec with remarks about them, and the tasks that it states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.emit.tools.lists import tool_lists
from naftiko_gen.tools.quality.arazzo import documents_beside, read_arazzo
from naftiko_gen.tools.quality.checks import check_tools, check_workflows
from naftiko_gen.tools.quality.intents import intents_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.emit.tools.lists import ToolList
    from naftiko_gen.frontend import Meaning
    from naftiko_gen.ir import McpAdapter
    from naftiko_gen.tools.quality.arazzo import ArazzoDocument
    from naftiko_gen.tools.quality.intents import Intent


@dataclass(frozen=True)
class Listing:
    """A spec, and the Arazzo documents that state tasks for its tools."""

    spec: Path
    meaning: Meaning
    documents: tuple[ArazzoDocument, ...] = ()

    @property
    def adapters(self) -> tuple[McpAdapter, ...]:
        """Return the MCP servers that have tools."""
        return tuple(
            adapter for adapter in self.meaning.capability.mcp if adapter.tools
        )

    @cached_property
    def lists(self) -> tuple[ToolList, ...]:
        """Return the list of each server, as its clients get it."""
        return tool_lists(self.meaning.capability)

    @cached_property
    def remarks(self) -> tuple[Diagnostic, ...]:
        """Return the remarks about tools and documents, as no setting changes them."""
        about_documents = (
            remark
            for document in self.documents
            for remark in check_workflows(self.adapters, document)
        )
        return (
            *check_tools(self.adapters, self.meaning, str(self.spec)),
            *about_documents,
        )

    @property
    def sources(self) -> Mapping[str, bytes]:
        """Return the content of the documents, by the name in remarks."""
        return {document.report.file: document.content for document in self.documents}

    @cached_property
    def intents(self) -> tuple[tuple[McpAdapter, Sequence[Intent]], ...]:
        """Return the intents of each server."""
        workflows = [item for document in self.documents for item in document.workflows]
        return tuple(
            (adapter, intents_of(adapter, workflows)) for adapter in self.adapters
        )


def list_tools(
    spec: Path, meaning: Meaning, documents: Sequence[Path], *, wants_tasks: bool
) -> Listing:
    """Return the listing of a spec; `documents` replace those beside it."""
    paths = (documents or documents_beside(spec)) if wants_tasks else ()
    return Listing(spec, meaning, tuple(map(read_arazzo, paths)))
