"""Rules for the whole spec and its `info`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.detection import (
    NAFTIKO_ALPHA3,
    Dialect,
    is_ikanos,
    version_entry,
)
from naftiko_gen.dialects.rewriting import (
    CONSUMED_RESOURCES,
    CONSUMES,
    EXPOSES,
    mappings,
    rewrite,
    rewrite_entries,
)
from naftiko_gen.dialects.words import typed_word
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

COLLECTIONS = frozenset(
    {
        "aggregates",
        "authentication",
        "auth",
        "binds",
        "body",
        "consumes",
        "exposes",
        "hints",
        "info",
        "inputParameters",
        "items",
        "keys",
        "operations",
        "outputParameters",
        "prompts",
        "properties",
        "resources",
        "skills",
        "stakeholders",
        "tags",
        "tools",
        "with",
    }
)
_FREE = frozenset({"data", "with", "keys", "defaults", "choices"})
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
            if isinstance(value, Mapping | Sequence) and not _parts(value):
                message = f"{quote(key)} is empty, which counts as absent"
                report.add(Code.EMPTY_IS_ABSENT, message, holder.key_span(key))
    return tree


def _parts(value: Mapping | Sequence) -> tuple[object, ...]:
    return value.entries if isinstance(value, Mapping) else value.items


def label_alias(tree: Mapping, report: Report) -> Mapping:
    """Read `info.title` or `info.name` as `info.label`."""
    word = typed_word(tree, "label")

    def change(about: Mapping) -> Mapping:
        alias = next((key for key in ("title", "name") if key in about), None)
        if alias is None or "label" in about:
            return about
        message = f"{quote(alias)} is read as {quote(word)}"
        report.add(Code.LABEL_ALIAS, message, about.key_span(alias))
        return about.rename(alias, "label")

    return rewrite(tree, ("info",), change)


_BEYOND = ("personas", "title", "name")


def information(tree: Mapping, report: Report) -> Mapping:
    """Drop the keys of `info` beyond the official language."""

    def change(about: Mapping) -> Mapping:
        keys = [key for key in _BEYOND if key in about]
        for key in keys:
            message = f"{quote(key)} has no effect on the package"
            report.add(Code.INFORMATION, message, about.key_span(key))
        return about.drop(*keys) if keys else about

    return rewrite(tree, ("info",), change)


def capability_version(tree: Mapping, report: Report) -> Mapping:
    """Report `info.version`, which only Ikanos has."""
    if is_ikanos(tree):
        return tree

    def change(about: Mapping) -> Mapping:
        if "version" in about:
            message = "'version' becomes the version of the package"
            report.add(Code.CAPABILITY_VERSION, message, about.key_span("version"))
        return about

    return rewrite(tree, ("info",), change)


def later_version(tree: Mapping, report: Report) -> Mapping:
    """Read a version that isn't known or released yet by the rules of one that is."""
    entry = version_entry(tree)
    version = entry.value.plain() if entry else None
    dialect = Dialect.of(entry.key, version) if entry else None
    if entry is None or dialect is None or dialect.version == version:
        return tree
    is_renamed = (entry.key, version) == NAFTIKO_ALPHA3
    code = Code.READ_AS_ALPHA2 if is_renamed else Code.SNAPSHOT_VERSION
    message = f"version {version} is read by the rules of {dialect.version}"
    report.add(code, message, entry.value.span)
    return tree.put(entry.key, Scalar(dialect.version, entry.value.span))


def alpha1(tree: Mapping, report: Report) -> Mapping:
    """Read version 1.0.0-alpha1 as 1.0.0-alpha2."""
    version = tree.get("naftiko")
    if version is None or version.plain() != "1.0.0-alpha1":
        return tree
    message = "version 1.0.0-alpha1 is read by the rules of 1.0.0-alpha2"
    report.add(Code.READ_AS_ALPHA2, message, version.span)
    return tree.put("naftiko", Scalar("1.0.0-alpha2", version.span))
