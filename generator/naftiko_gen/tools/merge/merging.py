"""Merge three versions of a capability: the base, the edited one, and a new import."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Plain, Span
from naftiko_gen.openapi.read.api import Api, Omission, Operation
from naftiko_gen.openapi.write.capability import key_of
from naftiko_gen.openapi.write.stable_names import (
    calls_by_function,
    written_operations,
)
from naftiko_gen.publish import atomic
from naftiko_gen.syntax import files
from naftiko_gen.syntax.editing.document_text import Text
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, Node, Scalar
from naftiko_gen.tools.merge.parts import (
    Lines,
    Part,
    calls_of,
    lines_of,
    operations_of,
    parts_of,
)


@dataclass(frozen=True)
class Conflict:
    """A part that stays as it was edited, though the API changed it, too."""

    message: str
    span: Span


@dataclass(frozen=True)
class MergedSpec:
    """The merged capability."""

    content: bytes
    conflicts: tuple[Conflict, ...] = ()


class UnmergeableError(Exception):
    """Capabilities can't be merged; the message is the reason."""


def merge(base: bytes, ours: bytes, theirs: bytes) -> MergedSpec:
    """Return the edited capability with the changes from the base to a new import.

    Args:
        base: The capability as the earlier import made it.
        ours: The same, edited.
        theirs: The capability as the new import makes it.

    Raises:
        UnmergeableError: One can't be read, or has a style that can't be merged.
    """
    if ours in (base, theirs):
        return MergedSpec(theirs)
    before = parts_of(_read(base, "the earlier import, which was kept beside it,"))
    text, new_text = _read(ours, "the edited file"), _read(theirs, "the new import")
    own, new = parts_of(text), parts_of(new_text)
    result, root = _write(merge_parts(before, own, new), text)
    references = _lost_references(root, text.root, new_text.root)
    if not references:
        return result
    marked_base = _mark_edited(before, references)
    return _write(merge_parts(marked_base, own, new), text)[0]


def _read(content: bytes, name: str) -> Text:
    root = load(content, Report(""))
    if root is None:
        raise UnmergeableError(f"{name} is no YAML that a spec may have")
    return Text.of(content, root)


def _lost_references(result: Mapping, ours: Mapping, theirs: Mapping) -> set[str]:
    """Return the operations and functions that kept calls would lose in a merge."""
    functions = calls_by_function(ours)
    missing = calls_of(result) & (operations_of(ours).keys() - operations_of(result))
    call_names = {functions.get(reference, reference) for reference in missing}
    kept_functions = calls_by_function(result).keys() - calls_by_function(theirs)
    return missing | call_names | kept_functions


def _write(part: Part | None, ours: Text) -> tuple[MergedSpec, Mapping]:
    """Return the merged capability, and its syntax tree."""
    if part is None:
        raise UnmergeableError("nothing of the capability would be left")
    lines = list(lines_of(part))
    body = "".join(f"{line.text}{ours.newline}" for line in lines)
    content = (ours.mark + body).encode()
    root = load(content, Report(""))
    if root is None or not _are_equal(root.plain(), part.plain()):
        raise UnmergeableError("the edited file is written in a style that is lost")
    conflicts = (
        Conflict(line.conflict, Span(number, line.column))
        for number, line in enumerate(lines, 1)
        if line.conflict
    )
    return MergedSpec(content, tuple(conflicts)), root


_REFERRING = {"consumes": "name", "aggregates": "name", "exposes": "ref"}
"""The sections of a capability, and the keys by which their parts name operations."""


def _mark_edited(base: Part, references: Collection[str]) -> Part:
    """Return the base as if operations and functions had been edited: they stay."""
    names = {reference.partition(".")[2] for reference in references}

    def mark(part: Part, key: str | None) -> Part:
        name = part.node.text(key or "") if isinstance(part.node, Mapping) else None
        if name and name.rpartition(".")[2] in names and _is_called(part.node):
            return replace(part, node=Scalar(None, part.node.span), parts=None)
        parts = (
            mark(inner, key or _REFERRING.get(inner.key)) for inner in part.parts or ()
        )
        return replace(part, parts=tuple(parts)) if part.parts else part

    return mark(base, None)


def _is_called(node: Node) -> bool:
    """Return whether a node is an operation, a function, or a unit that is one."""
    keys = ("method", "call", "ref")
    return isinstance(node, Mapping) and any(key in node for key in keys)


# --- parts -----------------------------------------------------------------------


def merge_parts(
    base: Part | None, ours: Part | None, theirs: Part | None
) -> Part | None:
    """Return the merged part; None if it was deleted, by hand or from the API."""
    if ours is None:
        return None if base else theirs
    if theirs is None:
        return _without_theirs(base, ours)
    choice = _choose(base, ours, theirs)
    if choice is None or base is None:
        return choice
    return replace(choice, above=_lines(base.above, ours.above, theirs.above))


def _without_theirs(base: Part | None, ours: Part) -> Part | None:
    """Return a part that the API doesn't have, if it was added or edited by hand."""
    if base is None:
        return ours
    if _are_equal(base.plain(), ours.plain()):
        return None
    why = f"{quote(ours.key)} stays, because it was edited; the API no longer has it"
    return replace(_without_unedited(base, ours), conflict=why)


def _without_unedited(base: Part, ours: Part) -> Part:
    """Return a resource that the API lost, without the operations that it lost, too."""
    if not _have_parts(base, ours) or not isinstance(ours.node, Mapping):
        return ours
    old = _by_key(base)
    parts = (
        (
            merge_parts(old.get(part.key), part, replace(part, parts=()))
            if part.key == "operations" and part.parts
            else part
        )
        for part in ours.parts or ()
    )
    return replace(ours, parts=tuple(part for part in parts if part))


def _choose(base: Part | None, ours: Part, theirs: Part) -> Part | None:
    if _have_parts(ours, theirs):
        return _merge_inside(base, ours, theirs)
    old, new = ours.plain(), theirs.plain()
    if _are_equal(old, new):
        return ours
    if base is not None and _are_equal(base.plain(), old):
        return _with_comment(base, ours, theirs)
    if base is not None and _are_equal(base.plain(), new):
        return ours
    why = f"{quote(ours.key)} stays {_quote_value(old)}, because it was edited"
    return replace(ours, conflict=f"{why}; the API has {_quote_value(new)}")


def _have_parts(ours: Part, theirs: Part) -> bool:
    are_alike = type(ours.node) is type(theirs.node)
    return are_alike and ours.parts is not None and theirs.parts is not None


def _merge_inside(base: Part | None, ours: Part, theirs: Part) -> Part | None:
    """Merge the entries or items of a part; a part without any goes."""
    old = _by_key(base) if base and _have_parts(base, ours) else {}
    ours_by_key, new = _by_key(ours), _by_key(theirs)
    choices = (
        merge_parts(old.get(key), ours_by_key.get(key), new.get(key))
        for key in _order(list(ours_by_key), list(new))
    )
    parts = tuple(part for part in choices if part)
    if not parts:
        return None
    if base is None:
        return replace(ours, parts=parts)
    head = _lines(base.head, ours.head, theirs.head)
    below = _lines(base.below, ours.below, theirs.below)
    return replace(ours, parts=parts, head=head, below=below)


def _by_key(part: Part) -> dict[str, Part]:
    return {inner.key: inner for inner in part.parts or ()}


def _order(ours: list[str], theirs: list[str]) -> Iterator[str]:
    """Yield the keys in the edited order, new ones behind those that precede them."""
    our_keys = set(ours)
    behind: dict[str | None, list[str]] = {}
    last: str | None = None
    for key in theirs:
        if key in our_keys:
            last = key
        else:
            behind.setdefault(last, []).append(key)
    yield from behind.get(None, ())
    for key in ours:
        yield key
        yield from behind.get(key, ())


def _lines(base: Lines, ours: Lines, theirs: Lines) -> Lines:
    """Return edited lines, else those of the new import."""
    return theirs if base == ours else ours


def _with_comment(base: Part, ours: Part, theirs: Part) -> Part:
    """Return a new value, with the comment that somebody wrote behind the old one."""
    if not (len(base.head) == len(ours.head) == len(theirs.head) == 1):
        return theirs
    comment = ours.head[0].removeprefix(base.head[0])
    is_comment = comment != ours.head[0] and comment.lstrip().startswith("#")
    return replace(theirs, head=(theirs.head[0] + comment,)) if is_comment else theirs


def _are_equal(first: Plain, second: Plain) -> bool:
    """Return whether two values are equal, and of the same types."""
    return repr(first) == repr(second)


def _quote_value(value: Plain) -> str:
    is_scalar = not isinstance(value, dict | list)
    return quote(value if is_scalar else json.dumps(value, ensure_ascii=False))


# --- the earlier import ---------------------------------------------------------


def base_path(spec: Path) -> Path:
    """Return the path of the file.

    It doesn't end in `.yaml`, so that no pattern for specs finds it.
    """
    return spec.with_name(f".{spec.name}.imported")


def read_base(spec: Path) -> bytes | None:
    """Return the capability as the last import made it; None if that isn't known."""
    try:
        return files.content(base_path(spec))
    except (OSError, ValueError):
        return None


def write_base(spec: Path, content: bytes) -> None:
    """Keep a capability as an import makes it.

    Raises:
        OSError: The file can't be written.
    """
    if read_base(spec) != content:
        atomic.replace(base_path(spec), content)


def is_of_another_api(base: bytes, content: bytes, api: Api) -> bool:
    """Return whether the earlier import was of another API's document.

    A document that changes keeps half of its operations, or its title and at least one
    of them. `content` is the new import, and `api` the whole document, of which an
    import may take other operations than the earlier one.
    """
    before, now = (load(text, Report("")) for text in (base, content))
    if before is None or now is None:
        return False
    has_title = _title(before) == _title(now)
    every: tuple[Operation | Omission, ...] = (*api.operations, *api.omitted)
    keys = {key_of(item.method, item.path) for item in every}
    operations = [item.key in keys for item in written_operations(before)]
    if not operations:
        return not has_title
    return not any(operations) if has_title else 2 * sum(operations) < len(operations)


def _title(root: Mapping) -> str | None:
    about = root.get("info")
    return about.text("label") if isinstance(about, Mapping) else None
