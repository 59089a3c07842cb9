"""Rules for the version, `info`, and values of the wrong type anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.detection import (
    NAFTIKO_ALPHA3,
    Dialect,
    is_ikanos,
    typed_word,
    version_entry,
)
from naftiko_gen.dialects.forms import Alias, Extra
from naftiko_gen.dialects.rewriting import (
    CONSUMED_RESOURCES,
    CONSUMES,
    EXPOSED_ANSWERS,
    EXPOSES,
    at,
    drop_key,
    mappings,
    note,
    rewrite,
    rewrite_all,
    rewrite_entries,
    rewrite_parts,
)
from naftiko_gen.syntax.reader.composer import is_other_number
from naftiko_gen.syntax.tree import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    walk,
    walk_scalars,
)

COLLECTIONS = frozenset(
    {
        *("aggregates", "authentication", "auth", "binds", "body", "consumes"),
        *("exposes", "hints", "info", "inputParameters", "items", "keys", "operations"),
        *("outputParameters", "prompts", "properties", "resources", "skills"),
        *("stakeholders", "tags", "tools", "with"),
    }
)
_FREE = frozenset({"data", "with", "keys", "defaults", "choices", "groups"})
"""Keys whose mappings have names that the author chooses."""


def null_is_absent(tree: Mapping, report: Report) -> Mapping:
    """Drop every list or mapping that is null."""

    def remove_null(entry: Entry) -> Entry | None:
        match entry.value:
            case Scalar(value=None) if entry.key in COLLECTIONS:
                message = f"{quote(entry.key)} is null, which counts as absent"
                report.add(Code.NULL_IS_ABSENT, message, entry.span)
                return None
            case _:
                return entry

    return rewrite_entries(
        tree, remove_null, enter=lambda entry: entry.key not in _FREE
    )


_MAY_BE_EMPTY = (
    ((), "binds"),
    (("binds",), "keys"),
    (CONSUMES, "resources"),
    (CONSUMED_RESOURCES, "operations"),
    ((*EXPOSES, "resources"), "operations"),
    ((*EXPOSES, "skills"), "tools"),
)
"""Lists and mappings that must not be empty: paths of holders, and keys."""


def empty_is_absent(tree: Mapping, report: Report) -> Mapping:
    """Report empty lists and mappings."""
    for path, key in _MAY_BE_EMPTY:
        for holder in mappings(tree, path):
            value = holder.get(key)
            if value is not None and value.plain() in ([], {}):
                message = f"{quote(key)} is empty, which counts as absent"
                report.add(Code.EMPTY_IS_ABSENT, message, holder.key_span(key))
    return tree


def label_alias(tree: Mapping, report: Report) -> Mapping:
    """Read `info.title` or `info.name` as `info.label`."""
    word = typed_word(tree, "label")

    def change(about: Mapping) -> Mapping:
        for alias in ALIASES:
            about = alias.read(about, Code.LABEL_ALIAS, report, word)
        return about

    return rewrite(tree, ("info",), change)


_BEYOND = ("personas", "title", "name")
ALIASES = tuple(Alias(("About",), alias, "label") for alias in ("title", "name"))
EXTRAS = (Extra(("About",), "personas", {}, "Leave the key out: it has no meaning."),)


@at(("info",))
def information(about: Mapping, report: Report) -> Mapping:
    """Drop the keys of `info` beyond the official language."""
    for key in _BEYOND:
        message = f"{quote(key)} has no effect on the package"
        about = drop_key(about, key, Code.INFORMATION, message, report)
    return about


_VERSION = "'version' becomes the version of the package"
_note_version = note(("info",), "version", Code.CAPABILITY_VERSION, _VERSION)
_WEBSITE = "'website' is shown to MCP clients"
website = note(("info",), "website", Code.CLIENT_TEXT, _WEBSITE)


def capability_version(tree: Mapping, report: Report) -> Mapping:
    """Report `info.version`, which only Ikanos has."""
    return tree if is_ikanos(tree) else _note_version(tree, report)


def later_version(tree: Mapping, report: Report) -> Mapping:
    """Read a version that isn't known or released yet by the rules of one that is."""
    entry = version_entry(tree)
    version = entry.value.plain() if entry else None
    dialect = Dialect.of(entry.key, version) if entry else None
    if entry is None or dialect is None or dialect.version == version:
        return tree
    is_renamed = (entry.key, version) == NAFTIKO_ALPHA3
    code = Code.READ_AS_ALPHA2 if is_renamed else Code.SNAPSHOT_VERSION
    return _read_as(dialect, tree, entry, code, report)


def alpha1(tree: Mapping, report: Report) -> Mapping:
    """Read version 1.0.0-alpha1 as 1.0.0-alpha2."""
    entry = tree.entry(Dialect.ALPHA1.key)
    if entry is None or entry.value.plain() != Dialect.ALPHA1.version:
        return tree
    return _read_as(Dialect.ALPHA2, tree, entry, Code.READ_AS_ALPHA2, report)


def _read_as(
    dialect: Dialect, tree: Mapping, entry: Entry, code: Code, report: Report
) -> Mapping:
    """Read the entry of a version as that of another one."""
    span, version = entry.value.span, entry.value.plain()
    message = f"version {version} is read by the rules of {dialect.version}"
    report.add(code, message, span)
    return tree.put(entry.key, Scalar(dialect.version, span))


_DECLARATIONS = ("inputParameters", "outputParameters")
_VALUES = ("body", "const", "data", "default", "enum", "value", "with")
"""Keys of values, which may have any members."""


def listed_properties(tree: Mapping, report: Report) -> Mapping:
    """Read a list of single keys, below inputs and outputs, as a mapping."""
    change = partial(_as_mapping, report)

    def change_declaration(entry: Entry) -> Entry:
        if entry.key not in _DECLARATIONS or not isinstance(entry.value, Sequence):
            return entry
        return entry.with_value(entry.value.with_items(map(change_item, entry.value)))

    def change_item(item: Node) -> Node:
        if isinstance(item, Mapping):
            return rewrite_entries(item, change, _declares)
        return item

    def enter(entry: Entry) -> bool:
        return _declares(entry) and entry.key not in _DECLARATIONS

    return rewrite_entries(tree, change_declaration, enter)


def _declares(entry: Entry) -> bool:
    return entry.key not in _VALUES


def _as_mapping(report: Report, entry: Entry) -> Entry:
    """Return properties as a mapping, any other entry unchanged."""
    if entry.key != "properties" or not isinstance(entry.value, Sequence):
        return entry
    items = [item for item in entry.value.items if isinstance(item, Mapping)]
    entries = [member for item in items for member in item.entries]
    keys = {member.key for member in entries}
    if not len(entry.value.items) == len(items) == len(entries) == len(keys) > 0:
        return entry
    message = "the list of properties is read as a mapping"
    report.add(Code.LISTED_PROPERTIES, message, entry.span)
    return entry.with_value(Mapping(tuple(entries), entry.value.span))


_SOURCES = ("mapping", "properties", "items")


def alpha1_constant(tree: Mapping, _: Report) -> Mapping:
    """Let the `const` of an output override its mapping, as `1.0.0-alpha1` says.

    In later versions, a `const` beside a mapping only describes the value.
    """
    if tree.text(Dialect.ALPHA1.key) != Dialect.ALPHA1.version:
        return tree
    return rewrite_all(tree, EXPOSED_ANSWERS, _with_constants)


def _with_constants(unit: Mapping) -> Mapping:
    outputs = unit.get("outputParameters")
    if not isinstance(outputs, Sequence):
        return unit
    return unit.put("outputParameters", outputs.with_items(map(_constant, outputs)))


def _constant(output: Node) -> Node:
    """Return an output in which no part has a source beside its `const`."""
    if not isinstance(output, Mapping):
        return output
    if "const" in output:
        return output.drop(*_SOURCES)
    return rewrite_parts(output, lambda _, part: _constant(part), _constant)


TEXTS = frozenset(
    {
        *("action", "call", "created", "description", "label", "modified", "name"),
        *("namespace", "path", "sourceNamespace", "tags", "title", "version"),
    }
)
_ARBITRARY = frozenset(
    {"choices", "const", "data", "defaults", "keys", "metadata", "value", "with"}
)
"""Keys with arbitrary values of the author."""
_WITHOUT_NUMBERS = TEXTS | _ARBITRARY


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

    return rewrite_entries(
        tree, change, enter=lambda entry: entry.key not in _ARBITRARY
    )


def number_base(tree: Mapping, report: Report) -> Mapping:
    """Report numbers that are read as texts: other bases and leading zeros."""
    for node in _values(tree):
        # The span of a quoted text is longer than the text.
        is_typed = node.value == node.typed
        is_plain = is_typed and node.span.length == len(node.typed or "")
        if is_plain and isinstance(node.value, str) and is_other_number(node.value):
            message = f"{quote(node.value)} is read as a text, not as a number"
            report.add(Code.NUMBER_BASE, message, node.span)
    return tree


def _values(tree: Mapping) -> Iterator[Scalar]:
    """Yield all scalars, except those of keys that expect a text."""
    for part in walk(tree, enter=lambda entry: entry.key not in _WITHOUT_NUMBERS):
        match part:
            case Entry(key=key, value=value) if key in _ARBITRARY:
                yield from walk_scalars(value)
            case Scalar():
                yield part
            case _:
                pass


RULES = (
    later_version,
    listed_properties,
    alpha1_constant,
    alpha1,
    null_is_absent,
    empty_is_absent,
    read_as_text,
    number_base,
    label_alias,
    information,
    website,
    capability_version,
)
