"""Reading Ikanos specs in the spelling of their predecessor, Naftiko 1.0.0-alpha2.

Ikanos has mappings of names where Naftiko has lists with names, and some other words.
The result has Naftiko's lists and words, below the root key `ikanos`, which tells later
rules how the author spells. Only the last rule of all replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.detection import WORDS, Dialect, is_ikanos
from naftiko_gen.dialects.rewriting import (
    Path,
    at,
    mappings,
    rewrite_all,
    rewrite_parts,
)
from naftiko_gen.dialects.rules.imports import is_import
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

Rule = Callable[[Mapping, Report], Mapping]

_FUNCTIONS: Path = ("aggregates", "functions")
_ROUTES: Path = ("exposes", "resources", "operations")
_TOOLS: Path = ("exposes", "tools")
_RESOURCES: Path = ("exposes", "resources")
_UNITS = (_FUNCTIONS, _ROUTES, _TOOLS, _RESOURCES)
"""Holders of calls; adapters have resources of MCP and of REST."""
_CONSUMED: Path = ("consumes", "resources", "operations")


def _everywhere(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield paths below the root, which files to import have, and the capability."""
    for path in paths:
        yield path
        yield ("capability", *path)


NAMED: tuple[tuple[Path, str], ...] = (
    (("consumes",), "inputParameters"),
    (("consumes",), "resources"),
    (("consumes", "resources"), "inputParameters"),
    (("consumes", "resources"), "operations"),
    (_CONSUMED, "inputParameters"),
    (_CONSUMED, "outputParameters"),
    (("exposes",), "inputParameters"),
    (("exposes",), "resources"),
    (("exposes",), "tools"),
    (("exposes",), "prompts"),
    (("exposes",), "skills"),
    (("exposes", "prompts"), "arguments"),
    (("exposes", "skills"), "tools"),
    (("exposes", "resources"), "operations"),
    (("aggregates",), "functions"),
    *((unit, "inputParameters") for unit in _UNITS),
    *((unit, "steps") for unit in _UNITS),
)
"""Mappings of names in Ikanos: paths of holders, outer ones first, and keys."""

SHAPED: tuple[tuple[Path, str], ...] = tuple(
    (unit, "outputParameters") for unit in _UNITS
)
"""Outputs, which are mappings of names or lists; neither form is older."""

LABELLED: tuple[Path, ...] = (
    ("info",),
    ("consumes", "resources"),
    _CONSUMED,
    ("exposes", "resources"),
    _ROUTES,
    _TOOLS,
    ("exposes", "prompts"),
    ("exposes", "prompts", "arguments"),
    ("aggregates",),
)
TAGGED: tuple[Path, ...] = (
    ("consumes", "resources"),
    ("exposes", "resources"),
    _ROUTES,
    _TOOLS,
    _FUNCTIONS,
)


def spell(tree: Mapping, report: Report) -> Mapping:
    """Return an Ikanos spec with Naftiko's lists and words; any other one unchanged."""
    if not is_ikanos(tree):
        return tree
    for rule in _RULES:
        tree = rule(tree, report)
    return tree


def root_key(tree: Mapping, _: Report) -> Mapping:
    """Read the root key `ikanos` as `naftiko`, and its version as 1.0.0-alpha2."""
    version = tree.get("ikanos")
    if version is None:
        return tree
    canonical = Scalar(Dialect.ALPHA2.version, version.span)
    return tree.rename("ikanos", "naftiko").put("naftiko", canonical)


# --- aggregates and imports --------------------------------------


def aggregates(tree: Mapping, report: Report) -> Mapping:
    """Read a mapping of aggregates as a list, and `flows` as `functions`."""

    def change(holder: Mapping) -> Mapping:
        value = holder.get("aggregates")
        if not isinstance(value, Mapping):
            return holder
        items = tuple(_named_items(value, "namespace", report))
        return holder.put("aggregates", Sequence(items, value.span))

    tree = rewrite_all(tree, ((), ("capability",)), change)
    return _rename(tree, (("aggregates",),), "flows", report)


def import_file(tree: Mapping, report: Report) -> Mapping:
    """Read `from` of an import as `location`."""

    def change(section: str, entry: Mapping) -> Mapping:
        if not is_import(entry, section) or "type" in entry:
            return entry
        return _rename_word(report, "from", entry)

    for section in ("consumes", "exposes", "aggregates"):
        places = tuple(_everywhere(((section,),)))
        tree = rewrite_all(tree, places, partial(change, section))
    return rewrite_all(tree, tuple(_everywhere((("binds",),))), _with_location)


def _with_location(bind: Mapping) -> Mapping:
    """Return an imported bind with `location`, which other binds have as well."""
    is_imported = "from" in bind and "location" not in bind
    return bind.rename("from", "location") if is_imported else bind


# --- mappings of names -------------------------------------------


def named_maps(tree: Mapping, report: Report) -> Mapping:
    """Read mappings of names as lists with names, and report lists."""
    for path, key in NAMED:
        change = partial(_make_list, key, report)
        tree = rewrite_all(tree, tuple(_everywhere((path,))), change)
    for path, key in NAMED:
        message = f"{quote(key)} is a list, which is read as a mapping of names"
        for place in _everywhere((path,)):
            for holder in mappings(tree, place):
                value = holder.get(key)
                if isinstance(value, Sequence) and any(map(_has_typed_name, value)):
                    report.add(Code.OLDER_SPELLING, message, holder.key_span(key))
    return tree


def shaped_outputs(tree: Mapping, report: Report) -> Mapping:
    """Read mappings of named outputs, and of named `items`, as lists with names."""

    def change(key: str, holder: Mapping) -> Mapping:
        holder = _make_list(key, report, holder)
        value = holder.get(key)
        # The items of a call's answer are a single output.
        if value is None or "call" in holder:
            return holder
        return holder.put(key, _with_lists(value, report))

    for path, key in SHAPED:
        places = tuple(_everywhere((path,)))
        tree = rewrite_all(tree, places, partial(change, key))
    return tree


def _make_list(key: str, report: Report, holder: Mapping) -> Mapping:
    value = holder.get(key)
    if not isinstance(value, Mapping):
        return holder
    items = tuple(_named_items(value, "name", report))
    return holder.put(key, Sequence(items, value.span))


def _named_items(value: Mapping, name: str, report: Report) -> Iterator[Mapping]:
    """Yield the values of a mapping, with their keys as names."""
    for entry in value.entries:
        name_entry = Entry(name, entry.span, Scalar(entry.key, entry.span, entry.key))
        match entry.value:
            case Mapping() as item:
                _check_name(item, name, entry, report)
                entries = (name_entry, *item.drop(name).entries)
                yield Mapping(entries, item.span)
            case Scalar(value=None):
                yield Mapping((name_entry,), entry.value.span)
            case Scalar() | Sequence():
                message = f"{quote(entry.key)} must be a mapping"
                report.add(Code.WRONG_TYPE, message, entry.value.span)


def _check_name(item: Mapping, name: str, entry: Entry, report: Report) -> None:
    """Report a name inside of a mapping whose key is another name."""
    inner = item.get(name)
    if inner is not None and inner.plain() != entry.key:
        message = f"{quote(name)} isn't a key here: {quote(entry.key)} is the name"
        report.add(Code.UNKNOWN_KEY, message, item.key_span(name))


def _has_typed_name(item: Node) -> bool:
    """Return whether the name of an item stands at another place than its key."""
    name = item.entry("name") if isinstance(item, Mapping) else None
    return name is None or name.span != name.value.span


def _with_lists(node: Node, report: Report) -> Node:
    """Return outputs whose mappings of named items are lists, at any depth."""
    match node:
        case Sequence():
            return node.with_items(_with_lists(item, report) for item in node.items)
        case Mapping():
            return rewrite_parts(
                node,
                lambda _, part: _with_lists(part, report),
                lambda items: _with_lists(_listed_items(items, report), report),
            )
        case Scalar():
            return node


def _listed_items(items: Node, report: Report) -> Node:
    """Return items that are a mapping of names as a list; other items unchanged."""
    if not isinstance(items, Mapping) or not items.entries:
        return items
    for value in (entry.value for entry in items.entries):
        # The mapping is an output itself.
        if not isinstance(value, Mapping) or value.text("type") is None:
            return items
    return Sequence(tuple(_named_items(items, "name", report)), items.span)


# --- words -------------------------------------------------------


def labels(tree: Mapping, report: Report) -> Mapping:
    """Read `display` as `label`."""
    return _rename(tree, LABELLED, "display", report)


def mapping_targets(tree: Mapping, report: Report) -> Mapping:
    """Read the `target` of a mapping of steps as `targetName`."""
    paths = tuple((*unit, "mappings") for unit in _UNITS)
    return _rename(tree, paths, "target", report)


def _rename(
    tree: Mapping, paths: tuple[Path, ...], word: str, report: Report
) -> Mapping:
    change = partial(_rename_word, report, word)
    return rewrite_all(tree, tuple(_everywhere(paths)), change)


def _rename_word(report: Report, word: str, holder: Mapping) -> Mapping:
    """Read a word of Ikanos as Naftiko's, and report Naftiko's own."""
    older = WORDS[word]
    if older not in holder:
        return holder.rename(word, older)
    is_ignored = word in holder
    message = f"{quote(older)} is read as {quote(word)}"
    if is_ignored:
        message = f"{quote(older)} is ignored, because there is {quote(word)}"
    report.add(Code.OLDER_SPELLING, message, holder.key_span(older))
    return holder.drop(older).rename(word, older) if is_ignored else holder


@at(*tuple(_everywhere(TAGGED)))
def tags(holder: Mapping, report: Report) -> Mapping:
    """Leave out the tags of all parts but consumed operations."""
    value = holder.get("tags")
    if value is None:
        return holder
    if not isinstance(value, Sequence) and value.plain() is not None:
        report.add(Code.WRONG_TYPE, "'tags' must be a list", value.span)
    return holder.drop("tags")


@at(*tuple(_everywhere((_RESOURCES,))))
def single_braces(resource: Mapping, _: Report) -> Mapping:
    """Read `{id}` in `with` of an MCP resource as `{{id}}` if its URI has `{id}`."""
    uri, arguments = resource.text("uri"), resource.get("with")
    if uri is None or not isinstance(arguments, Mapping):
        return resource

    def change(entry: Entry) -> Entry:
        match entry.value:
            case Scalar(value=str() as text) if text.startswith("{") and text in uri:
                return entry.with_value(replace(entry.value, value=f"{{{text}}}"))
            case _:
                return entry

    return resource.put("with", arguments.with_entries(map(change, arguments.entries)))


_RULES: tuple[Rule, ...] = (
    aggregates,
    import_file,
    named_maps,
    shaped_outputs,
    labels,
    mapping_targets,
    tags,
    single_braces,
)
