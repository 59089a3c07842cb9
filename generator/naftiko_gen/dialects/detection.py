"""Detection of the kind and version of a document."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, shown
from naftiko_gen.syntax.reader.recognition import is_capability, is_openapi
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report


class Dialect(Enum):
    """A version of the language."""

    ALPHA1 = "1.0.0-alpha1"
    ALPHA2 = "1.0.0-alpha2"


def detect(tree: Mapping, report: Report) -> Dialect | None:
    """Return the version of a capability; None after reporting another document."""
    version, capability = tree.get("naftiko"), tree.get("capability")
    if version is None or not isinstance(capability, Mapping):
        _report_root(tree, report)
        return None
    known = next((d for d in Dialect if d.value == version.plain()), None)
    if known is None:
        message = f"{shown(version.plain())} isn't a version of the language"
        report.add(Code.UNKNOWN_VERSION, message, version.span)
    return known if _exposes_something(capability, report) else None


def _report_root(tree: Mapping, report: Report) -> None:
    if "naftiko" in tree and "consumes" in tree:
        message = "the document consumes an API, but exposes nothing"
        report.add(Code.NOTHING_EXPOSED, message, tree.key_span("consumes"))
        return
    if "ikanos" in tree:
        _report_successor(tree, report)
        return
    # Any other file may hold secrets, so its keys aren't shown.
    keys = ", ".join(shown(entry.key) for entry in tree.entries[:8])
    known = keys if is_capability(b"", tree) else "of another kind of document"
    message = f"not a capability: its root has the keys {known}"
    if is_openapi(b"", tree):
        message = "not a capability, but an OpenAPI document"
    report.add(Code.NOT_A_CAPABILITY, message, tree.span, _hint(tree))


def _hint(tree: Mapping) -> str:
    """Return the hint how to turn the document into a capability."""
    if is_openapi(b"", tree):
        return "make a capability of it with naftiko-gen import"
    if "capability" in tree and "naftiko" not in tree:
        return f"write `naftiko: {Dialect.ALPHA2.value}` above the other keys"
    return "a capability starts with 'naftiko' and 'capability'"


def _report_successor(tree: Mapping, report: Report) -> None:
    """Report a document in the successor of the language."""
    version = tree.text("ikanos")
    suffix = f" {shown(version)}" if version else ""
    known = " or ".join(dialect.value for dialect in Dialect)
    message = f"the document is in the language Ikanos{suffix}, which can't be compiled"
    hint = f"write it in Naftiko {known}, starting with 'naftiko'"
    report.add(Code.NOT_A_CAPABILITY, message, tree.value_span("ikanos"), hint)


def _report_capability(capability: Mapping, report: Report) -> None:
    message = "the capability exposes nothing"
    others = [entry.key for entry in capability.entries if entry.key != "consumes"]
    meant = None if "exposes" in others else nearest("exposes", others)
    span = capability.key_span(meant or "exposes")
    hint = "did you mean 'exposes'?" if meant else None
    report.add(Code.NOTHING_EXPOSED, message, span, hint)


_UNITS = {"rest": ("resources",), "mcp": ("tools",), "skill": ("skills", "tools")}


def _exposes_something(capability: Mapping, report: Report) -> bool:
    """Return whether a capability and its adapters expose something, or report it.

    This check comes first, because other errors in a stub would only distract. An
    adapter with an empty list is accepted if there is another adapter.
    """
    adapters = capability.get("exposes")
    if adapters is None or adapters.plain() in (None, []):
        _report_capability(capability, report)
        return False
    items = adapters.items if isinstance(adapters, Sequence) else ()
    empty = [item for item in items if isinstance(item, Mapping) and is_empty(item)]
    has_others = len(empty) < len(items)
    stubs = [item for item in empty if not (has_others and _has_list(item))]
    for adapter in stubs:
        report.add(Code.EMPTY_ADAPTER, "the adapter exposes nothing", adapter.span)
    return not stubs


def is_empty(adapter: Mapping) -> bool:
    """Return whether an adapter has no operations, tools or skills."""
    keys = _UNITS.get(adapter.text("type") or "", ())
    units = (unit for key in keys for unit in _items(adapter, key))
    return bool(keys) and not any(map(_has_units, units))


def _has_units(node: Node) -> bool:
    """Return whether a node is a tool or skill, or a resource with operations."""
    operations = node.get("operations") if isinstance(node, Mapping) else None
    return operations is None or operations.plain() not in (None, [])


def _has_list(adapter: Mapping) -> bool:
    return any(key in adapter for key in _UNITS.get(adapter.text("type") or "", ()))


def _items(adapter: Mapping, key: str) -> tuple[Node, ...]:
    units = adapter.get(key)
    return units.items if isinstance(units, Sequence) else ()
