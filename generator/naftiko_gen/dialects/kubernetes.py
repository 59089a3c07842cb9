"""Capabilities inside of Kubernetes resources, as the operator for them reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.dialects.detection import SECTIONS, Dialect, version_entry
from naftiko_gen.syntax.reader.recognition import is_resource
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

_BESIDE = ("info", "binds")
"""Keys beside `capability` that a `spec` may have beside `consumes` and `exposes`."""


def unwrap(tree: Mapping, report: Report) -> Mapping:
    """Return the capability in a Kubernetes resource; any other document unchanged."""
    spec = tree.get("spec")
    if not is_resource(tree) or not isinstance(spec, Mapping):
        return tree
    message = "the capability is the 'spec' of a Kubernetes resource"
    report.add(Code.KUBERNETES_RESOURCE, message, tree.key_span("spec"))
    return _with_version(_with_capability(spec), tree)


def _with_capability(spec: Mapping) -> Mapping:
    """Put the sections of a capability below `capability`."""
    if "capability" in spec or not any(key in spec for key in SECTIONS):
        return spec
    beside = [entry for entry in spec.entries if entry.key in _BESIDE]
    inside = Mapping(spec.drop(*_BESIDE).entries, spec.span)
    return Mapping((*beside, Entry("capability", spec.span, inside)), spec.span)


def _with_version(spec: Mapping, resource: Mapping) -> Mapping:
    """Give a capability without a version the one of the resource: v1alpha3."""
    if version_entry(spec) is not None:
        return spec
    span = resource.value_span("apiVersion")
    dialect = Dialect.IKANOS_ALPHA3
    version = Entry(dialect.key, span, Scalar(dialect.version, span))
    return Mapping((version, *spec.entries), spec.span)
