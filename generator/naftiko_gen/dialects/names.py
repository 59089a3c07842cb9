"""Rules for names and other texts that YAML reads as other types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.rewriting import CONSUMED_RESOURCES, rewrite, rewrite_entries
from naftiko_gen.language.names import env_name
from naftiko_gen.syntax.reader.scalars import is_other_number
from naftiko_gen.syntax.tree import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    walk,
    walk_scalars,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report

TEXTS = frozenset(
    {
        "action",
        "call",
        "created",
        "description",
        "label",
        "modified",
        "name",
        "namespace",
        "path",
        "sourceNamespace",
        "tags",
        "title",
        "version",
    }
)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_LOUD = re.compile(r"[A-Z0-9_][A-Z0-9_.-]*")
_FREE = frozenset(
    {"choices", "const", "data", "defaults", "keys", "metadata", "value", "with"}
)
"""Keys with arbitrary values of the author."""
_WITHOUT_NUMBERS = TEXTS | _FREE


def read_as_text(tree: Mapping, report: Report) -> Mapping:
    """Read a number or boolean as a text, as typed, where the language expects one."""

    def as_text(node: Node) -> Node:
        match node:
            case Scalar(value=bool() | int() | float(), typed=str() as text):
                message = f"{text} is read as the text {quote(text)}"
                report.add(Code.READ_AS_TEXT, message, node.span)
                return Scalar(text, node.span, text)
            case Sequence():
                return node.with_items(map(as_text, node.items))
            case _:
                return node

    def change(entry: Entry) -> Entry:
        return entry.with_value(as_text(entry.value)) if entry.key in TEXTS else entry

    return rewrite_entries(tree, change, enter=lambda entry: entry.key not in _FREE)


def number_base(tree: Mapping, report: Report) -> Mapping:
    """Report numbers that are read as texts: other bases and leading zeros."""
    for node in _values(tree):
        # The span of a quoted text is longer than the text.
        if node.value == node.typed and node.span.length == len(node.typed or ""):
            _check_base(node, report)
    return tree


def _check_base(node: Scalar, report: Report) -> None:
    if isinstance(node.value, str) and is_other_number(node.value):
        message = f"{quote(node.value)} is read as a text, not as a number"
        report.add(Code.NUMBER_BASE, message, node.span)


def _values(tree: Mapping) -> Iterator[Scalar]:
    """Yield all scalars, except those of keys that expect a text."""
    for part in walk(tree, enter=lambda entry: entry.key not in _WITHOUT_NUMBERS):
        match part:
            case Entry(key=key, value=value) if key in _FREE:
                yield from walk_scalars(value)
            case Scalar():
                yield part
            case _:
                pass


def resource_name(tree: Mapping, report: Report) -> Mapping:
    """Name a consumed resource without a name after its path."""

    def change(resource: Mapping) -> Mapping:
        name = resource.get("name")
        if name is not None and name.plain() not in (None, ""):
            return resource
        words = re.findall(r"[^\W_]+", resource.text("path") or "")
        own_name = "-".join(words).lower() or "root"
        span = resource.key_span("name")
        message = f"the resource has no name, so it is {quote(own_name)}"
        report.add(Code.RESOURCE_NAME, message, span)
        return resource.put("name", Scalar(own_name, span))

    return rewrite(tree, CONSUMED_RESOURCES, change)


def variable_name(tree: Mapping, report: Report) -> Mapping:
    """Rename variables in `binds` that a shell can't set, such as `3M_KEY`."""

    def change(bind: Mapping) -> Mapping:
        keys = bind.get("keys")
        if "location" in bind or not isinstance(keys, Mapping):
            return bind
        return bind.put("keys", rename_variables(keys))

    def rename_variables(keys: Mapping) -> Mapping:
        for entry in keys.entries:
            name = entry.value.value if isinstance(entry.value, Scalar) else None
            if not isinstance(name, str) or not _is_unsettable(name):
                continue
            usable = env_name(name)
            message = f"the variable {quote(name)} is called {usable}"
            report.add(Code.VARIABLE_NAME, message, entry.value.span)
            keys = keys.put(entry.key, Scalar(usable, entry.value.span))
        return keys

    return rewrite(tree, ("binds",), change)


def _is_unsettable(name: str) -> bool:
    """Return whether a name looks like a variable but isn't a valid one."""
    return bool(_LOUD.fullmatch(name)) and not _VARIABLE.fullmatch(name)
