"""Follow `$ref` within a document, and to files in its directory."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code, Report, Severity
from naftiko_gen.diagnostics.span import Origin, Span
from naftiko_gen.openapi.read.document import tree_of
from naftiko_gen.syntax import files as spec_file
from naftiko_gen.syntax.files import (
    ImportRoots,
    OutsideError,
    UnusableLocationError,
    relative,
)
from naftiko_gen.syntax.reader.events import OPENAPI, Limits
from naftiko_gen.syntax.tree import (
    Entry,
    IdentityMap,
    Mapping,
    Node,
    Scalar,
    Sequence,
    with_origin,
)

_HOPS = 32
_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""A name of a schema that is no file's name, as it has no dot."""


@dataclass
class References:
    """Follows the references of one document, and keeps the files that it opens."""

    path: Path
    root: Mapping
    report: Report
    room: int = OPENAPI.size
    """The bytes that all files may have together."""
    limits: Limits = OPENAPI
    sources: dict[str, bytes] = field(default_factory=dict)
    """The content of the documents, by displayed name."""
    files: dict[str, bytes | None] = field(default_factory=dict)
    """The content of all files, by path from the directory; None if unreadable."""
    _roots: dict[str, Mapping | None] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    """The paths of the files from the document's directory, by displayed name."""
    _anchors: IdentityMap[Mapping, dict[str, Node]] = field(default_factory=IdentityMap)
    """The nodes with an `$anchor`, by the root of their file."""

    def __post_init__(self) -> None:
        self._names[str(self.path)] = self.path.name

    def follow(self, node: Node | None) -> Node | None:
        """Return the node, or the node that its `$ref` leads to.

        Return None if it is absent, or after reporting that it can't be reached.
        """
        start = node
        for _ in range(_HOPS):
            if not isinstance(node, Mapping) or not _is_reference(node):
                return node
            node = self._target(node)
            if node is None:
                return None
        if isinstance(start, Mapping):
            self._refuse("leads in circles", start)
        return None

    def mapping(self, node: Node | None) -> Mapping | None:
        """Follow a node to a mapping; return None for any other node."""
        target = self.follow(node)
        return target if isinstance(target, Mapping) else None

    def entries(self, node: Node | None) -> tuple[Entry, ...]:
        """Follow a node to a mapping, and return its entries; none for another node."""
        target = self.mapping(node)
        return target.entries if target else ()

    def named_schema(self, node: Node) -> Mapping | None:
        """Return the schema that a discriminator names, or refers to."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return None
        is_name = _NAME.fullmatch(node.value) is not None
        text = f"#/components/schemas/{node.value}" if is_name else node.value
        reference = Entry("$ref", node.span, replace(node, value=text))
        return self.mapping(Mapping((reference,), node.span))

    def items(self, node: Node | None) -> tuple[Node, ...]:
        """Follow a node to a list, and return its items; none for any other node."""
        target = self.follow(node)
        return target.items if isinstance(target, Sequence) else ()

    def _target(self, holder: Mapping) -> Node | None:
        reference = holder.text("$ref")
        if reference is None:
            self._refuse("isn't a text", holder)
            return None
        location, _, pointer = reference.partition("#")
        file = self._file_of(holder.value_span("$ref"))
        root = self._root(location, file, holder) if location else self._root_of(file)
        if root is None:
            return None
        target = self._resolve(root, unquote(pointer))
        if target is None:
            self._refuse("leads nowhere", holder)
        return target

    def _resolve(self, root: Mapping, pointer: str) -> Node | None:
        """Return the node at a JSON Pointer, or that of an anchor."""
        if not pointer or pointer.startswith("/"):
            return _resolve_pointer(root, pointer)
        if root not in self._anchors:
            self._anchors.put(root, dict(_anchors(root)))
        return (self._anchors.get(root) or {}).get(pointer)

    def _file_of(self, span: Span) -> str:
        """Return the path of a span's file, from the document's directory."""
        return self._names[span.origin.file] if span.origin else self.path.name

    def _root_of(self, file: str) -> Mapping | None:
        return self.root if file == self.path.name else self._roots[file]

    def _root(self, location: str, file: str, holder: Mapping) -> Mapping | None:
        try:
            name = str(PurePosixPath(file).parent / relative(unquote(location)))
            name = posixpath.normpath(name)
        except UnusableLocationError as unusable:
            self._refuse(str(unusable), holder)
            return None
        if name != self.path.name and name not in self._roots:
            self._roots[name] = self._read(name, holder)
        return self._root_of(name)

    def _read(self, name: str, holder: Mapping) -> Mapping | None:
        """Return the root of a file, or None after reporting why it can't be read."""
        try:
            content = self._content(name)
        except OutsideError:
            self._refuse("leads out of the document's directory", holder)
            return None
        except (OSError, ValueError):
            self._refuse("leads to no file that can be read", holder)
            self.files[name] = None
            return None
        self.files[name] = content
        if content is None:
            self._refuse("leads to files that are too large together", holder)
            return None
        return self._tree(content, name, holder)

    def _content(self, name: str) -> bytes | None:
        """Return the content of a file; None if it exceeds the limits."""
        size = sum(len(content) for content in self.files.values() if content)
        if size >= self.room:
            return None
        path = ImportRoots.of(self.path, None).find(name)
        content = spec_file.content(path, self.limits.size)
        return content if size + len(content) <= self.room else None

    def _tree(self, content: bytes, name: str, holder: Mapping) -> Mapping | None:
        shown_as = str(self.path.parent / name)
        report = Report(shown_as)
        tree = tree_of(content, name, report, self.limits)
        origin = Origin(shown_as, holder.value_span("$ref"))
        self._names[shown_as] = name
        if tree is None:
            # The file may hold secrets, so the message doesn't quote it.
            first = next(d for d in report.diagnostics if d.severity is Severity.ERROR)
            why = first.code.meaning.removesuffix(".")
            self._refuse(
                f"doesn't lead to a document: {why[0].lower()}{why[1:]}", holder
            )
            return None
        self.report.include(report, origin, quoting=True)
        self.sources[shown_as] = content
        return with_origin(tree, origin)

    def _refuse(self, why: str, holder: Mapping) -> None:
        message = f"the reference {quote(holder.text('$ref'))} {why}"
        span = holder.value_span("$ref")
        self.report.add(Code.UNUSABLE_REFERENCE, message, span)


def _is_reference(node: Mapping) -> bool:
    """Return whether a mapping is a reference; a property can be called `$ref`."""
    return isinstance(node.get("$ref"), Scalar)


def _anchors(root: Mapping) -> Iterator[tuple[str, Node]]:
    """Yield the mappings with an `$anchor`; a shared node is looked at once."""
    visited_nodes: IdentityMap[Node, Node] = IdentityMap()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if node in visited_nodes:
            continue
        visited_nodes.put(node, node)
        match node:
            case Mapping(entries=entries):
                waiting.extend(entry.value for entry in entries)
                if name := node.text("$anchor"):
                    yield name, node
            case Sequence(items=items):
                waiting.extend(items)
            case Scalar():
                pass


def _resolve_pointer(root: Mapping, pointer: str) -> Node | None:
    """Return the node at a JSON Pointer, or None."""
    node: Node = root
    for part in pointer.split("/")[1:] if pointer else ():
        step = part.replace("~1", "/").replace("~0", "~")
        within: Node | None = None
        if isinstance(node, Mapping):
            within = node.get(step)
        elif isinstance(node, Sequence) and step.isdecimal() and len(step) < 6:
            within = dict(enumerate(node.items)).get(int(step))
        if within is None or isinstance(within, Scalar):
            return None
        node = within
    return node
