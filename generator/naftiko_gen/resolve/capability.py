"""The capability as a whole: what it is called, and that it exposes something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import spec
from naftiko_gen.codes import Code
from naftiko_gen.quoting import shown
from naftiko_gen.resolve.descriptions import humanised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics import Report


@dataclass(frozen=True)
class Description:
    """What a capability says of itself."""

    label: str
    description: str | None
    tags: tuple[str, ...]
    version: str


def about(document: spec.Spec, slug: str) -> Description:
    """Return the document's `info`; without a label, the slug names it."""
    info = document.about
    if info is None:
        return Description(humanised(slug), None, (), "0")
    label = info.label or humanised(slug)
    return Description(label, info.description, tuple(info.tags), _version(info))


def _version(info: spec.About) -> str:
    """Return the date of the last change as a version: 2026-05-25 is 2026.5.25."""
    for date in (info.modified, info.created):
        found = re.match(r"(\d{4})-(\d\d)-(\d\d)", date or "", re.ASCII)
        if found:
            return ".".join(str(int(number)) for number in found.groups())
    return "0"


def check_adapters(capability: spec.Capability, report: Report) -> None:
    """Report a capability that exposes nothing, empty adapters and shared ports."""
    if not capability.exposes:
        span = capability.node.key_span("exposes")
        report.add(Code.NOTHING_EXPOSED, "the capability exposes nothing", span)
    ports: dict[int, str] = {}
    for adapter in capability.exposes:
        if not _has_units(adapter):
            message = f"the adapter {shown(adapter.namespace)} exposes nothing"
            report.add(Code.EMPTY_ADAPTER, message, adapter.node.span)
        if adapter.type == "skill" or adapter.port is None:
            continue
        if adapter.port in ports:
            other = shown(ports[adapter.port])
            message = f"the adapter {other} listens on port {adapter.port} as well"
            span = adapter.node.value_span("port")
            report.add(Code.PORT_COLLISION, message, span)
        ports.setdefault(adapter.port, adapter.namespace)
        _check_port(adapter, report)


def _check_port(adapter: spec.Rest | spec.Mcp, report: Report) -> None:
    if adapter.type == "mcp" and adapter.transport == "stdio":
        message = "an adapter on stdio listens on its port only where it's served"
        report.add(Code.IGNORED_KEY, message, adapter.node.key_span("port"))


def _has_units(adapter: spec.Rest | spec.Mcp | spec.Skills) -> bool:
    match adapter:
        case spec.Rest():
            return any(resource.operations for resource in adapter.resources)
        case spec.Mcp():
            return bool(adapter.tools)
        case spec.Skills():
            return bool(adapter.skills)


def check_namespaces(capability: spec.Capability, report: Report) -> None:
    """Report namespaces that two upstreams, or two adapters, share."""
    _check_namespaces(capability.consumes, report)
    _check_namespaces(capability.exposes, report)


def _check_namespaces(
    holders: Sequence[spec.Consumes | spec.Rest | spec.Mcp | spec.Skills],
    report: Report,
) -> None:
    taken: set[str] = set()
    for holder in holders:
        if holder.namespace in taken:
            message = f"the namespace {shown(holder.namespace)} is taken"
            span = holder.node.value_span("namespace")
            report.add(Code.DUPLICATE_NAMESPACE, message, span)
        taken.add(holder.namespace)
