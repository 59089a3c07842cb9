"""Rules for imports from other files.

They apply before imported files are read, to the spec and to the imported files. The
canonical form is an entry of a section, such as `capability.consumes`, that has a
`location`, and no key of a declaration.
"""

from __future__ import annotations

from collections.abc import Callable

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.detection import typed_word
from naftiko_gen.dialects.forms import Alias, Extra
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, mapping

LISTS = ("import", "imports")
LOCATIONS = ("url", "ref", "from", "path", "file")
_LOCATIONS = tuple(Alias(("Import",), alias, "location") for alias in LOCATIONS)
ALIASES = (
    *_LOCATIONS,
    *(Alias(("Import",), key, "import") for key in ("namespace", "name", "openapi")),
)
EXTRAS = tuple(
    Extra(("Spec", "Capability"), key, {}, "Write an entry of 'capability.consumes'.")
    for key in LISTS
)
_MARKS = {
    "consumes": ("location", "import", "openapi", *LOCATIONS),
    # The location of a bind is its source of values.
    "binds": ("import", "as"),
}
"""Keys that make an entry an import, by section."""
_OWN = {
    "consumes": ("baseUri", "resources"),
    "exposes": ("type", "resources", "tools", "skills", "prompts"),
    "aggregates": ("functions", "flows"),
    "binds": ("keys",),
}
"""Keys of declarations, by section; imports don't have them."""


def is_import(node: Node, section: str = "consumes") -> bool:
    """Return whether an entry of a section imports a part of another file."""
    match node:
        case Scalar(value=str()):
            return section == "consumes"
        case Mapping():
            marks = _MARKS.get(section, ("location", "import", "from"))
            is_own = any(key in node for key in _OWN[section])
            return not is_own and any(key in node for key in marks)
        case _:
            return False


def import_list(tree: Mapping, report: Report) -> Mapping:
    """Read `imports` or `import`, of the root or of the capability, as `consumes`."""
    capability = tree.get("capability")
    if capability is None:
        capability = mapping({}, tree.span)
    if not isinstance(capability, Mapping):
        return tree
    if not any(key in holder for holder in (tree, capability) for key in LISTS):
        return tree
    entries = (*_list_imports(tree, report), *_list_imports(capability, report))
    new_capability = _put_first(capability.drop(*LISTS), entries)
    return tree.drop(*LISTS).put("capability", new_capability)


def _list_imports(holder: Mapping, report: Report) -> tuple[Node, ...]:
    lists = [entry for entry in holder.entries if entry.key in LISTS]
    for entry in lists:
        message = f"{quote(entry.key)} is read as the first entries of 'consumes'"
        report.add(Code.IMPORT_LIST, message, entry.span)
    return tuple(item for entry in lists for item in _items(entry.value))


def _items(value: Node) -> tuple[Node, ...]:
    match value:
        case Sequence(items=items):
            return items
        case Scalar(value=None):
            return ()
        case _:
            return (value,)


def _put_first(capability: Mapping, items: tuple[Node, ...]) -> Mapping:
    """Put imports before the APIs that the capability declares itself."""
    if not items:
        return capability
    own = capability.get("consumes")
    following = _items(own) if own else ()
    consumes = Sequence((*items, *following), own.span if own else items[0].span)
    return capability.put("consumes", consumes)


def import_location(tree: Mapping, report: Report) -> Mapping:
    """Read a bare text, and `url`, `ref`, `from`, `path` and `file`, as `location`."""
    word = typed_word(tree, "location")

    def change(entry: Node) -> Node:
        if isinstance(entry, Scalar):
            message = f"{quote(entry.value)} is read as a {quote(word)}"
            report.add(Code.IMPORT_LOCATION, message, entry.span)
            return mapping({"location": entry}, entry.span)
        if not isinstance(entry, Mapping):
            return entry
        for alias in _LOCATIONS:
            entry = alias.read(entry, Code.IMPORT_LOCATION, report, word)
        return entry

    return _change_imports(tree, change)


def import_name(tree: Mapping, report: Report) -> Mapping:
    """Read `name` as `namespace`: the name of an API, or a name for the only API."""

    def change(entry: Node) -> Node:
        if not isinstance(entry, Mapping) or "import" in entry:
            return entry
        alias = next((key for key in ("namespace", "name") if key in entry), None)
        if alias is None:
            return entry
        message = f"{quote(alias)} is read as the name of the imported API"
        report.add(Code.IMPORT_NAME, message, entry.key_span(alias))
        return entry.rename(alias, "namespace")

    return _change_imports(tree, change)


def _change_imports(tree: Mapping, change: Callable[[Node], Node]) -> Mapping:
    """Apply `change` to every import; return the same tree if there is none."""
    capability = tree.get("capability")
    if isinstance(capability, Mapping):
        for section in _OWN:
            capability = _with_imports(capability, section, change)
        tree = tree.put("capability", capability)
    return _with_imports(tree, "binds", change)


def _with_imports(
    holder: Mapping, section: str, change: Callable[[Node], Node]
) -> Mapping:
    value = holder.get(section)
    if not isinstance(value, Sequence):
        return holder
    items = (change(item) if is_import(item, section) else item for item in value)
    return holder.put(section, value.with_items(items))


RULES = (import_list, import_location, import_name)
