"""Workflows of Arazzo documents: tasks, and the operations that they need in turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.ir import of_kind
from naftiko_gen.openapi.read.document import tree_of
from naftiko_gen.syntax.reader import read
from naftiko_gen.syntax.reader.events import OPENAPI
from naftiko_gen.syntax.tree import Mapping

_SUFFIXES = (".yaml", ".yml", ".json")
_POINTER = re.compile(r"#/paths/([^/]+)/([a-zA-Z]+)$")


@dataclass(frozen=True)
class Step:
    """A step that calls an operation.

    `operation` is its id, or its method and path.
    """

    operation: str
    text: str


@dataclass(frozen=True)
class Workflow:
    """A task in words, and the steps to it."""

    name: str
    text: str
    steps: tuple[Step, ...]
    span: Span


@dataclass(frozen=True)
class ArazzoDocument:
    """A document with its workflows, or the report of its errors."""

    content: bytes
    workflows: tuple[Workflow, ...]
    report: Report


def documents_beside(spec: Path) -> list[Path]:
    """Return the Arazzo documents in the directory of a spec that are named for it."""
    stems = ("arazzo", f"{spec.stem}.arazzo")
    paths = (spec.with_name(stem + suffix) for stem in stems for suffix in _SUFFIXES)
    return [path for path in paths if path.is_file()]


def read_arazzo(path: Path) -> ArazzoDocument:
    """Read the workflows of a document."""
    report = Report(str(path))
    content = read(path, report, OPENAPI)
    root = None if content is None else tree_of(content, path.name, report)
    nodes = of_kind(Mapping, root.items("workflows")) if root else ()
    return ArazzoDocument(content or b"", tuple(map(_workflow, nodes)), report)


def _workflow(node: Mapping) -> Workflow:
    text = node.text("summary") or node.text("description") or ""
    steps = tuple(
        Step(operation, step.text("description") or "")
        for step in of_kind(Mapping, node.items("steps"))
        if (operation := _operation(step))
    )
    return Workflow(node.text("workflowId") or "", text, steps, node.span)


def _operation(step: Mapping) -> str | None:
    """Return the operation of a step, without the name of its document."""
    if name := step.text("operationId"):
        return name.rpartition(".")[2] if name.startswith("$source") else name
    pointer = _POINTER.search(step.text("operationPath") or "")
    if pointer is None:
        return None
    path = pointer[1].replace("~1", "/").replace("~0", "~")
    return f"{pointer[2].upper()} {path}"
