"""Rules for the names and own paths of operations."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.locators import append_path, repeats
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    CONSUMES,
    EXPOSED_UNITS,
    EXPOSES,
    rewrite_all,
)
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span

_OPERATIONS = (CONSUMED_OPERATIONS, *EXPOSED_UNITS)


def operation_id(tree: Mapping, report: Report) -> Mapping:
    """Read an operation's `id` as its `name`; an existing name wins."""

    def change(operation: Mapping) -> Mapping:
        if "id" not in operation:
            return operation
        is_named = operation.text("name") is not None
        warning = "'id' is ignored, because there is a 'name'"
        message = warning if is_named else "'id' is read as 'name'"
        report.add(Code.OPERATION_ID, message, operation.key_span("id"))
        return (
            operation.drop("id")
            if is_named
            else operation.drop("name").rename("id", "name")
        )

    return rewrite_all(tree, _OPERATIONS, change)


def operation_path(tree: Mapping, report: Report) -> Mapping:
    """Move operations with their own path into a resource with that path.

    Within one upstream or adapter, all such paths continue the path of their resource.
    If one of them repeats that path, all of them are complete paths instead.
    """
    change = partial(_with_resources_of_paths, report)
    return rewrite_all(tree, (CONSUMES, EXPOSES), change)


def _with_resources_of_paths(report: Report, holder: Mapping) -> Mapping:
    resources = holder.get("resources")
    if not isinstance(resources, Sequence) or not any(map(_own_paths, resources)):
        return holder
    is_absolute = any(
        repeats(path, resource.text("path") or "/")
        for resource in resources
        if isinstance(resource, Mapping)
        for path in _own_paths(resource)
    )
    place = _complete if is_absolute else append_path
    items = [part for resource in resources for part in _parts(resource, place, report)]
    return holder.put("resources", replace(resources, items=tuple(items)))


def _complete(_resource: str, path: str) -> str:
    return path


def _own_paths(resource: Node) -> list[str]:
    paths = (operation.text("path") for operation in _operations(resource))
    return [path for path in paths if path is not None]


def _operations(resource: Node) -> list[Mapping]:
    operations = resource.get("operations") if isinstance(resource, Mapping) else None
    items = operations.items if isinstance(operations, Sequence) else ()
    return [item for item in items if isinstance(item, Mapping)]


def _parts(
    resource: Node, place: Callable[[str, str], str], report: Report
) -> Iterator[Node]:
    """Yield a resource for each run of operations with the same path."""
    if not isinstance(resource, Mapping) or not _own_paths(resource):
        yield resource
        return
    runs = groupby(_operations(resource), lambda operation: operation.text("path"))
    for path, run in runs:
        operations = tuple(run)
        if path is None:
            yield _with_operations(resource, operations)
            continue
        full_path = place(resource.text("path") or "", path)
        for operation in operations:
            message = f"the operation's path is {quote(full_path)}"
            report.add(Code.OPERATION_PATH, message, operation.value_span("path"))
        without_path = tuple(operation.drop("path") for operation in operations)
        scalar = Scalar(full_path, operations[0].value_span("path"))
        yield _with_operations(resource, without_path).put("path", scalar)


def _with_operations(resource: Mapping, operations: tuple[Mapping, ...]) -> Mapping:
    span: Span = resource.value_span("operations")
    return resource.put("operations", Sequence(operations, span))
