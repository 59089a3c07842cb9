"""The rule for keys of `binds` that stand for their variables without braces."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.span import visible_files
from naftiko_gen.dialects.rewriting import (
    BINDS,
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    EXPOSES,
    mappings,
    rewrite_all,
)
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from naftiko_gen.diagnostics.report import Report

    _Key = tuple[str | None, str]
    Refer = Callable[[Node], Node]
    """Returns a reference for a key of `binds`, and other nodes unchanged."""

_PARAMETERS = tuple(
    (*holder, "inputParameters")
    for holder in (CONSUMES, CONSUMED_RESOURCES, CONSUMED_OPERATIONS)
)
_NO_VALUES = frozenset({"type", "placement", "key", "grantType", "signatureMethod"})
"""Keys of credentials that no variable sets."""


def bind_reference(tree: Mapping, report: Report) -> Mapping:
    """Read a key of `binds` in a credential or a fixed parameter as a reference."""
    keys = frozenset(_keys(tree))
    if not keys:
        return tree
    refer = partial(_reference, keys, report)
    credentials = ((*CONSUMES, "authentication"), (*EXPOSES, "authentication"))
    tree = rewrite_all(tree, credentials, partial(_credential, refer))
    return rewrite_all(tree, _PARAMETERS, partial(_parameter, refer))


def _keys(tree: Mapping) -> Iterator[_Key]:
    """Yield the keys of `binds`, with the files that declare them."""
    for path in BINDS:
        for bind in mappings(tree, path):
            keys = bind.get("keys")
            if isinstance(keys, Mapping):
                file = next(visible_files(bind.span))
                yield from ((file, entry.key) for entry in keys.entries)


def _reference(keys: Collection[_Key], report: Report, node: Node) -> Node:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    if not any((file, node.value) in keys for file in visible_files(node.span)):
        return node
    reference = f"{{{{{node.value}}}}}"
    message = f"{quote(node.value)} is read as {quote(reference)}, a key of 'binds'"
    report.add(Code.BIND_REFERENCE, message, node.span)
    return Scalar(reference, node.span)


def _credential(refer: Refer, credential: Mapping) -> Mapping:
    def change(entry: Entry) -> Entry:
        if entry.key in _NO_VALUES:
            return entry
        return entry.with_value(_values(refer, entry.value))

    return credential.with_entries(map(change, credential.entries))


def _values(refer: Refer, node: Node) -> Node:
    """Return the value of a credential's key; lists hold further credentials."""
    match node:
        case Sequence():
            return node.with_items(_values(refer, item) for item in node.items)
        case Mapping():
            return _credential(refer, node)
        case Scalar():
            return refer(node)


def _parameter(refer: Refer, parameter: Mapping) -> Mapping:
    value = parameter.entry("value")
    if value is None:
        return parameter
    return parameter.put("value", refer(value.value))
