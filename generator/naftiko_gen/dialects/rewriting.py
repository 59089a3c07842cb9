"""Changing parts of a syntax tree, and sharing the rest with the original.

`rewrite` changes mappings at a path of keys; `rewrite_entries` and `rewrite_scalars`
change entries and scalars at any depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import count

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

Rule = Callable[[Mapping, Report], Mapping]

Path = tuple[str, ...]

CONSUMES: Path = ("capability", "consumes")
CONSUMED_RESOURCES: Path = (*CONSUMES, "resources")
CONSUMED_OPERATIONS: Path = (*CONSUMED_RESOURCES, "operations")
EXPOSES: Path = ("capability", "exposes")
EXPOSED_RESOURCES: Path = ("resources",)
UNITS: tuple[Path, ...] = (("resources", "operations"), ("tools",))
EXPOSED_UNITS: tuple[Path, ...] = tuple((*EXPOSES, *unit) for unit in UNITS)
ANSWERS: tuple[Path, ...] = (*UNITS, EXPOSED_RESOURCES)
"""Holders of outputs and arguments: routes, tools and resources of MCP."""
EXPOSED_ANSWERS: tuple[Path, ...] = tuple((*EXPOSES, *unit) for unit in ANSWERS)
BINDS: tuple[Path, ...] = (("binds",), ("capability", "binds"))


def rewrite(tree: Mapping, path: Path, change: Callable[[Mapping], Mapping]) -> Mapping:
    """Apply `change` to every mapping at a path of keys; enter the items of lists.

    Other nodes stay unchanged.
    """
    if not path:
        return change(tree)
    value = tree.get(path[0])
    if value is None:
        return tree
    new_value = _rewrite_node(value, path[1:], change)
    return tree if new_value is value else tree.put(path[0], new_value)


def rewrite_all(
    tree: Mapping, paths: tuple[Path, ...], change: Callable[[Mapping], Mapping]
) -> Mapping:
    """Apply `change` at each of several paths."""
    for path in paths:
        tree = rewrite(tree, path, change)
    return tree


def at(*paths: Path) -> Callable[[Rule], Rule]:
    """Make a rule for trees of a rule for the mappings at these paths."""

    def decorate(change: Rule) -> Rule:
        @wraps(change)
        def rule(tree: Mapping, report: Report) -> Mapping:
            return rewrite_all(tree, paths, lambda holder: change(holder, report))

        return rule

    return decorate


def rewrite_entries(
    tree: Mapping,
    change: Callable[[Entry], Entry | None],
    enter: Callable[[Entry], bool],
) -> Mapping:
    """Apply `change` to every entry of a tree, outer ones first; None removes it.

    The value of a changed entry is rewritten too, unless `enter` refuses that entry.
    """

    def of_entries(mapping: Mapping) -> Mapping:
        entries = [of_entry(entry) for entry in mapping.entries]
        return mapping.with_entries([entry for entry in entries if entry is not None])

    def of_entry(entry: Entry) -> Entry | None:
        new_entry = change(entry)
        # Most values are scalars, and every spec is rewritten several times.
        if (
            new_entry is None
            or isinstance(new_entry.value, Scalar)
            or not enter(new_entry)
        ):
            return new_entry
        return new_entry.with_value(of_node(new_entry.value))

    def of_node(node: Node) -> Node:
        match node:
            case Mapping():
                return of_entries(node)
            case Sequence():
                return node.with_items([of_node(item) for item in node.items])
            case Scalar():
                return node

    return of_entries(tree)


def rewrite_scalars(node: Node, change: Callable[[Scalar], Scalar]) -> Node:
    """Apply `change` to every scalar of a tree."""
    match node:
        case Mapping():
            return node.with_entries(
                entry.with_value(rewrite_scalars(entry.value, change))
                for entry in node.entries
            )
        case Sequence():
            return node.with_items(rewrite_scalars(item, change) for item in node.items)
        case Scalar():
            return change(node)


def rewrite_parts(
    output: Mapping,
    change_property: Callable[[str, Node], Node],
    change_items: Callable[[Node], Node],
) -> Mapping:
    """Apply a function to each property, with its name, and another to the items."""

    def change_entry(entry: Entry) -> Entry:
        match entry:
            case Entry(key="properties", value=Mapping() as properties):
                members = (
                    member.with_value(change_property(member.key, member.value))
                    for member in properties.entries
                )
                return entry.with_value(properties.with_entries(members))
            case Entry(key="items", value=items):
                return entry.with_value(change_items(items))
            case _:
                return entry

    return output.with_entries(map(change_entry, output.entries))


def respell(
    holder: Mapping, key: str, value: str, code: Code, report: Report
) -> Mapping:
    """Read a text of a mapping as another one, and report it."""
    span = holder.value_span(key)
    report.add(code, f"{quote(holder.text(key))} is read as {quote(value)}", span)
    return holder.put(key, Scalar(value, span))


def note(
    path: Path, key: str, code: Code, message: str, kind: str | None = None
) -> Rule:
    """Make a rule that reports a key, an extension of the language, at a path.

    `kind` is the type of the mappings in which it is reported.
    """

    def report_key(holder: Mapping, report: Report) -> Mapping:
        if key in holder and kind in (None, holder.text("type")):
            report.add(code, message, holder.key_span(key))
        return holder

    return at(path)(report_key)


def drop_key(
    holder: Mapping, key: str, code: Code, message: str, report: Report
) -> Mapping:
    """Leave out a key without an effect, and report it."""
    if key not in holder:
        return holder
    report.add(code, message, holder.key_span(key))
    return holder.drop(key)


def name_of(node: Node, key: str = "name") -> str | None:
    """Return the name of an item of a list, None if it has none."""
    return node.text(key) if isinstance(node, Mapping) else None


def mappings(tree: Mapping, path: Path) -> Iterator[Mapping]:
    """Yield every mapping at a path of keys."""
    nodes: list[Mapping] = []

    def collect(node: Mapping) -> Mapping:
        nodes.append(node)
        return node

    rewrite(tree, path, collect)
    yield from nodes


def candidate_names(name: str) -> Iterator[str]:
    """Yield a name, then the name with the suffixes `-2`, `-3` and so on."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _rewrite_node(node: Node, path: Path, change: Callable[[Mapping], Mapping]) -> Node:
    match node:
        case Mapping():
            return rewrite(node, path, change)
        case Sequence():
            return node.with_items(
                [_rewrite_node(item, path, change) for item in node.items]
            )
        case _:
            return node
