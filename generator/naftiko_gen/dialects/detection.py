"""Detection of the kind and version of a document, and the words of its version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import PurePath

from naftiko_gen.diagnostics import Code, Report, Span, nearest, quote
from naftiko_gen.syntax.reader.syntax import is_capability, is_openapi, is_resource
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence


class Dialect(Enum):
    """A version of the language, which is called Ikanos since 1.0.0-alpha3."""

    ALPHA1 = ("naftiko", "1.0.0-alpha1")
    ALPHA2 = ("naftiko", "1.0.0-alpha2")
    IKANOS_ALPHA3 = ("ikanos", "1.0.0-alpha3")
    IKANOS_ALPHA4 = ("ikanos", "1.0.0-alpha4")
    IKANOS_BETA1 = ("ikanos", "1.0.0-beta1")
    IKANOS_BETA2 = ("ikanos", "1.0.0-beta2")
    IKANOS_BETA3 = ("ikanos", "1.0.0-beta3")
    IKANOS_BETA4 = ("ikanos", "1.0.0-beta4")
    IKANOS_BETA5 = ("ikanos", "1.0.0-beta5")

    def __init__(self, key: str, version: str) -> None:
        self.key = key
        self.version = version

    @property
    def line(self) -> str:
        """Return the first line of a spec of this version."""
        return f"{self.key}: {self.version}"

    @classmethod
    def versions(cls, key: str) -> list[str]:
        """Return the versions of a root key, the newest first."""
        return [dialect.version for dialect in reversed(cls) if dialect.key == key]

    @classmethod
    def of(cls, key: str, version: object) -> Dialect | None:
        """Return the version by whose rules a root key and its value are read, or None.

        A later version of Ikanos is read as the newest one that is known.
        """
        if not isinstance(version, str):
            return None
        root = (key, version.removesuffix(SNAPSHOT))
        if root == NAFTIKO_ALPHA3:
            return cls.ALPHA2
        dialect = next((dialect for dialect in cls if dialect.value == root), None)
        newest = cls.IKANOS_BETA5
        if dialect is None and key == newest.key and _is_newer(root[1], newest.version):
            return newest
        return dialect


SNAPSHOT = "-SNAPSHOT"
"""The end of the name of a version that isn't released yet."""
NAFTIKO_ALPHA3 = ("naftiko", "1.0.0-alpha3")
"""The name of Ikanos' first version before it was renamed, in specs of 1.0.0-alpha2."""
ROOT_KEYS = ("naftiko", "ikanos")
SECTIONS = ("consumes", "exposes", "aggregates", "binds")
"""Sections at the root of files that only declare parts for other specs."""
_PLAIN = re.compile(r"[\w.-]{1,100}", re.ASCII)
"""Names that need no quotes in YAML."""
_VERSION = re.compile(
    r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})(?:-(alpha|beta|rc)\.?([0-9]{1,4}))?"
)
_NEWEST = {dialect.key: dialect for dialect in Dialect}


def _is_newer(version: str, other: str) -> bool:
    """Return whether a version of the language comes after another one."""
    order, other_order = _order(version), _order(other)
    return order is not None and other_order is not None and order > other_order


def _order(version: str) -> tuple[int, int, int, str, int] | None:
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    major, minor, patch, stage, number = match.groups(default="")
    # A release comes after its stages.
    return int(major), int(minor), int(patch), stage or "release", int(number or 0)


def is_ikanos(tree: Mapping) -> bool:
    """Return whether a spec is an Ikanos spec."""
    return "ikanos" in tree


def version_entry(tree: Mapping) -> Entry | None:
    """Return the entry of the root that holds the version."""
    return next((entry for entry in tree.entries if entry.key in ROOT_KEYS), None)


def detect(tree: Mapping, report: Report) -> Dialect | None:
    """Return the version of a capability; None after reporting another document."""
    version, capability = version_entry(tree), tree.get("capability")
    if version is None or not isinstance(capability, Mapping):
        _report_root(tree, report)
        return None
    if all(key in tree for key in ROOT_KEYS):
        message = "the document starts with both 'naftiko' and 'ikanos'"
        report.add(Code.NOT_A_CAPABILITY, message, tree.span, "leave out one of them")
        return None
    dialect = check_version(version, report)
    return dialect if _exposes_something(tree, capability, report) else None


def check_version(version: Entry, report: Report) -> Dialect | None:
    """Return the version of the language; None after reporting an unknown one."""
    value = version.value.plain()
    dialect = Dialect.of(version.key, value)
    if dialect is None:
        other = next((member for member in Dialect if member.version == value), None)
        hint = f"write `{(other or _NEWEST[version.key]).line}`"
        message = f"{quote(value)} isn't a version of the language"
        report.add(Code.UNKNOWN_VERSION, message, version.value.span, hint)
    return dialect


def _report_root(tree: Mapping, report: Report) -> None:
    section = next((key for key in SECTIONS if key in tree), None)
    if version_entry(tree) is not None and section is not None:
        _report_parts(tree, section, report)
        return
    message, span, hint = _describe_other(tree)
    report.add(Code.NOT_A_CAPABILITY, message, span, hint)


def _describe_other(tree: Mapping) -> tuple[str, Span, str | None]:
    """Return the message about a file that isn't a spec, with its span and a hint."""
    if "fleet" in tree:
        message = "not a capability, but a fleet manifest, which names capabilities"
        return message, tree.key_span("fleet"), "compile the capabilities that it names"
    if is_resource(tree):
        message = "the Kubernetes resource doesn't hold its capability in 'spec'"
        hint = "compile the file that holds the capability"
        return message, tree.key_span("specRef"), hint
    if is_openapi(b"", tree):
        return "not a capability, but an OpenAPI document", tree.span, _hint(tree)
    # Any other file may hold secrets, so its keys aren't shown.
    keys = ", ".join(quote(entry.key) for entry in tree.entries[:8])
    shown_keys = keys if is_capability(b"", tree) else "of another kind of document"
    message = f"not a capability: its root has the keys {shown_keys}"
    return message, tree.span, _hint(tree)


def _report_parts(tree: Mapping, section: str, report: Report) -> None:
    """Report that a file without a capability has only declarations."""
    message = f"the document only declares {quote(section)}, for other specs"
    if section == "consumes":
        message = "the document consumes an API, but exposes nothing"
    if not _items(tree, section):
        message = f"{quote(section)} is empty, and the document exposes nothing"
    hint = _importing_hint(tree, tree, section, report)
    report.add(Code.NOTHING_EXPOSED, message, tree.key_span(section), hint)


def _importing_hint(
    tree: Mapping, holder: Mapping, section: str, report: Report
) -> str | None:
    """Return how other specs import the first declaration of a section."""
    blocks = holder.get(section)
    name = next(_names(blocks), "") if blocks else ""
    file = PurePath(report.file).name
    if not (_PLAIN.fullmatch(name) and _PLAIN.fullmatch(file)):
        return None
    word = "from" if is_ikanos(tree) else "location"
    entry = f"- {{{word}: {file}, import: {name}}}"
    return f"write `{entry}` into `{section}` of a spec that exposes something"


def _names(blocks: Node) -> Iterator[str]:
    """Yield the namespaces of declarations, which aren't imported themselves."""
    match blocks:
        case Mapping(entries=entries):
            yield from (entry.key for entry in entries)
        case Sequence(items=items):
            own = (i for i in items if isinstance(i, Mapping) and "import" not in i)
            yield from filter(None, (item.text("namespace") for item in own))
        case _:
            return


def _hint(tree: Mapping) -> str:
    """Return the hint how to turn the document into a capability."""
    if is_openapi(b"", tree):
        return "make a capability of it with naftiko-gen import"
    if "capability" in tree and version_entry(tree) is None:
        return f"write `{Dialect.ALPHA2.line}` above the other keys"
    return "a capability starts with 'naftiko' or 'ikanos', and 'capability'"


def _report_capability(tree: Mapping, capability: Mapping, report: Report) -> None:
    message = "the capability exposes nothing"
    others = [entry.key for entry in capability.entries if entry.key != "consumes"]
    misspelt = None if "exposes" in others else nearest("exposes", others)
    span = capability.key_span(misspelt or "exposes")
    hint = "did you mean 'exposes'?" if misspelt else None
    section = next((key for key in SECTIONS if key in capability), "")
    importing = _importing_hint(tree, capability, section, report)
    if importing and not misspelt:
        hint = f"add an adapter to `exposes`, or {importing}"
    report.add(Code.NOTHING_EXPOSED, message, span, hint)


_UNITS = {
    "rest": ("resources",),
    "mcp": ("tools", "resources", "prompts"),
    "skill": ("skills", "tools"),
}


def _exposes_something(tree: Mapping, capability: Mapping, report: Report) -> bool:
    """Return whether a capability and its adapters expose something, or report it.

    This check comes first, because other errors in a stub would only distract. An
    adapter with an empty list is accepted if there is another adapter.
    """
    adapters = capability.get("exposes")
    if adapters is None or adapters.plain() in (None, []):
        _report_capability(tree, capability, report)
        return False
    items = capability.items("exposes")
    empty = [item for item in items if isinstance(item, Mapping) and is_empty(item)]
    has_others = len(empty) < len(items)
    stubs = [item for item in empty if not (has_others and _has_list(item))]
    for adapter in stubs:
        _report_stub(adapter, capability, report)
    return not stubs


def _report_stub(adapter: Mapping, capability: Mapping, report: Report) -> None:
    """Report an adapter that exposes nothing, at the stray key that it should have."""
    message = "the adapter exposes nothing"
    lists = _UNITS.get(adapter.text("type") or "", ())
    keys = [entry.key for entry in adapter.entries]
    for name in lists:
        misspelt = nearest(name, keys)
        if misspelt is not None and misspelt not in lists:
            hint = f"did you mean {quote(name)}?"
            report.add(Code.EMPTY_ADAPTER, message, adapter.key_span(misspelt), hint)
            return
        if name in capability:
            hint = f"indent {quote(name)}, so that it is a key of the adapter"
            report.add(Code.EMPTY_ADAPTER, message, capability.key_span(name), hint)
            return
    report.add(Code.EMPTY_ADAPTER, message, adapter.span)


def is_empty(adapter: Mapping) -> bool:
    """Return whether an adapter has no operations, tools or skills.

    Texts and numbers in their place are errors of their own.
    """
    keys = _UNITS.get(adapter.text("type") or "", ())
    values = [node.value for node in map(adapter.get, keys) if isinstance(node, Scalar)]
    units = (unit for key in keys for unit in _items(adapter, key))
    is_mistyped = any(value is not None for value in values)
    return bool(keys) and not is_mistyped and not any(map(_has_units, units))


def _has_units(node: Node) -> bool:
    """Return whether a node exposes something, as a REST resource doesn't by itself."""
    operations = node.get("operations") if isinstance(node, Mapping) else None
    return operations is None or operations.plain() not in (None, [], {})


def _has_list(adapter: Mapping) -> bool:
    return any(key in adapter for key in _UNITS.get(adapter.text("type") or "", ()))


def _items(adapter: Mapping, key: str) -> tuple[Node, ...]:
    return adapter.items(key) or tuple(e.value for e in adapter.members(key))


# --- words ---

WORDS = {
    "display": "label",
    "flows": "functions",
    "target": "targetName",
    "from": "location",
}
"""Keys of Ikanos, with their names in Naftiko."""
NEWER_WORDS = {older: word for word, older in WORDS.items()}
"""Keys of Naftiko, with their names in Ikanos."""


def typed_word(tree: Mapping, key: str) -> str:
    """Return the word that the author of a spec types for a key of Naftiko."""
    return NEWER_WORDS.get(key, key) if is_ikanos(tree) else key


def typed_words(tree: Mapping) -> dict[str, str]:
    """Return the words that the author of a spec types for Naftiko's, if others."""
    if not is_ikanos(tree):
        return {}
    # Only imports have `from`; a bind has a `location`.
    return {older: word for older, word in NEWER_WORDS.items() if word != "from"}


# --- capabilities in Kubernetes resources ---

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
