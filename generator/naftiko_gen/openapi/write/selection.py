"""The operations that an import takes, and lists of tags and operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from naftiko_gen.diagnostics.quoting import nearest, quote, safe
from naftiko_gen.ir import READING, Effect
from naftiko_gen.openapi.prose import in_words
from naftiko_gen.openapi.read.api import Api, Omission, Operation
from naftiko_gen.openapi.write.capability import Names, Place, key_of, operation_names
from naftiko_gen.openapi.write.names import LONGEST, kebab, short_name


@dataclass(frozen=True)
class Criteria:
    """Paths (globs), tags, methods and operations, which are ids or names of tools."""

    paths: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    def verdicts(self, operation: Operation | Omission) -> Iterator[bool]:
        """Yield for each kind of criteria whether an operation meets one of them."""
        if self.paths:
            yield any(fnmatchcase(operation.path, glob) for glob in self.paths)
        if self.tags:
            yield any(tag in operation.tags for tag in self.tags)
        if self.methods:
            yield operation.method in self.methods
        if self.operations:
            yield any(name in self.operations for name in names_of(operation))


@dataclass(frozen=True)
class Selection:
    """The operations that meet `wanted` in each kind, and `excluded` in none."""

    wanted: Criteria = Criteria()
    excluded: Criteria = Criteria()
    is_read_only: bool = False

    @property
    def is_limited(self) -> bool:
        """Return whether it may leave out operations."""
        return self != Selection()

    def of(self, api: Api) -> Api:
        """Return the API with the selected operations."""
        return replace(
            api,
            operations=tuple(filter(self._takes, api.operations)),
            omitted=tuple(filter(self._takes, api.omitted)),
        )

    def unknown(self, api: Api) -> Iterator[str]:
        """Yield a sentence for each tag and operation that the API doesn't have."""
        operations: tuple[Operation | Omission, ...] = (*api.operations, *api.omitted)
        tags = {tag: None for operation in operations for tag in operation.tags}
        names = {name: None for operation in operations for name in names_of(operation)}
        for criteria in (self.wanted, self.excluded):
            for tag in criteria.tags:
                if tag not in tags:
                    yield f"no operation has the tag {_quote_and_suggest(tag, tags)}"
            for name in criteria.operations:
                if name not in names:
                    yield f"there is no operation {_quote_and_suggest(name, names)}"

    def _takes(self, operation: Operation | Omission) -> bool:
        if self.is_read_only and operation.method not in READING:
            return False
        is_excluded = any(self.excluded.verdicts(operation))
        return all(self.wanted.verdicts(operation)) and not is_excluded


def names_of(operation: Operation | Omission) -> Iterator[str]:
    """Yield the names by which an operation can be selected."""
    title = f"{operation.method} {operation.path}"
    yield title
    if isinstance(operation, Operation):
        yield short_name(operation.telling_id)
        yield short_name(operation.telling_id, LONGEST)
    if isinstance(operation, Operation) and operation.id:
        yield operation.id
        yield kebab(operation.id)
        yield kebab(operation.short_id)
    else:
        yield kebab(title)


def _quote_and_suggest(name: str, names: dict[str, None]) -> str:
    near = nearest(name, names)
    return f"{quote(name)}; did you mean {quote(near)}?" if near else quote(name)


# --- the tags to choose from ----------------------------------------------------


_WIDEST = 40
_WIDEST_PATH = 60
Sizes = list[tuple["Operation", int]]
"""Operations, each with about how many tokens its tool takes."""


def tag_lines(sizes: Sequence[tuple[Operation, int]]) -> Iterator[str]:
    """Yield a line for each tag, those with the most tokens first, and one for all.

    An operation counts only for its first tag.
    """
    groups: dict[str, Sizes] = {}
    for operation, tokens in sizes:
        groups.setdefault(operation.group, []).append((operation, tokens))
    width = min(max(map(len, ("in all", *map(safe, groups)))), _WIDEST)
    for tag, members in sorted(groups.items(), key=_by_tokens):
        yield _tag_line(safe(tag)[:_WIDEST].ljust(width), members)
    yield _tag_line("in all".ljust(width), list(sizes))


def _by_tokens(group: tuple[str, Sizes]) -> tuple[int, str]:
    tag, members = group
    return -sum(tokens for _, tokens in members), tag


def _tag_line(title: str, members: Sizes) -> str:
    counts = Counter(operation.method for operation, _ in members)
    methods = ", ".join(f"{count} {method}" for method, count in sorted(counts.items()))
    noun = "operation" if len(members) == 1 else "operations"
    tokens = in_words(sum(tokens for _, tokens in members))
    return f"{title}  {len(members):>5} {noun}, {tokens} ({methods})"


# --- the operations to choose from ----------------------------------------------


def operation_lines(sizes: Sequence[tuple[Operation, int]]) -> Iterator[str]:
    """Yield a line for each operation, with its id last: it may be long or missing."""
    rows = [
        (tokens, operation.method, safe(operation.path), safe(operation.id or ""))
        for operation, tokens in sizes
    ]
    width = min(max((len(path) for _, _, path, _ in rows), default=0), _WIDEST_PATH)
    for tokens, method, path, name in rows:
        yield f"{tokens:>7,}  {method:<7}  {path:<{width}}  {name}".rstrip()


def has_words(operation: Operation, text: str) -> bool:
    """Return whether an operation has all words of a text, also as parts of others."""
    parts = (operation.id, operation.path, operation.summary, operation.description)
    content = " ".join(filter(None, (*parts, *operation.tags))).casefold()
    return all(word in content for word in text.casefold().split())


_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


class OperationChoiceError(Exception):
    """An operation can't be as the user chooses; the message says why."""


def parse_renaming(text: str) -> tuple[str, str] | None:
    """Return the old and the new name of `OLD=NEW`; None if the new one is invalid."""
    old, _, new = text.rpartition("=")
    return (old, new) if old and _NAME.fullmatch(new) else None


def rename(api: Api, earlier: Names, new_names: Mapping[str, str]) -> Names:
    """Return the names that operations had earlier, with those that the user chooses.

    `new_names` are by the operation's id, its name, or its method and path.

    Raises:
        OperationChoiceError: There is no such operation, or another one has the name.
    """
    if not new_names:
        return earlier
    names = operation_names(api.operations, earlier)
    by_name = _places_by_name(api, names)
    chosen_names = {_find(by_name, old): new for old, new in new_names.items()}
    counts = Counter(({**names, **chosen_names}).values())
    for new in new_names.values():
        if counts[new] != 1:
            raise OperationChoiceError(
                f"{quote(new)} would be the name of several operations"
            )
    return {**earlier, **{key_of(*place): n for place, n in chosen_names.items()}}


_EFFECTS = {effect.value: effect for effect in Effect}


def parse_effect(text: str) -> tuple[str, Effect] | None:
    """Return the operation and the effect of `OPERATION=EFFECT`; None if unknown."""
    operation, _, word = text.rpartition("=")
    effect = _EFFECTS.get(word)
    return (operation, effect) if operation and effect else None


def choose_effects(
    api: Api, earlier: Names, effects: Mapping[str, Effect]
) -> dict[Place, Effect]:
    """Return the effects that the user says, by method and path.

    Raises:
        OperationChoiceError: There is no such operation, or its method can't read.
    """
    names = operation_names(api.operations, earlier) if effects else {}
    by_name = _places_by_name(api, names) if effects else {}
    chosen_effects = {_find(by_name, name): item for name, item in effects.items()}
    for (method, path), effect in chosen_effects.items():
        if effect is Effect.READ and method not in (*READING, "POST"):
            title = quote(f"{method} {path}")
            raise OperationChoiceError(f"{title} can't only read: it is a {method}")
    return chosen_effects


def _places_by_name(
    api: Api, names: Mapping[Place, str]
) -> dict[str, dict[Place, None]]:
    """Return the method and path of operations by all names that users know."""
    by_name: dict[str, dict[Place, None]] = {}
    for operation in api.operations:
        place = operation.method, operation.path
        for name in (names[place], *names_of(operation)):
            by_name.setdefault(name, {})[place] = None
    return by_name


def _find(by_name: Mapping[str, Collection[Place]], old: str) -> Place:
    """Return the method and path of the operation that the user names."""
    places = by_name.get(old, ())
    if not places:
        near = nearest(old, by_name)
        hint = f"; did you mean {quote(near)}?" if near else ""
        raise OperationChoiceError(f"there is no operation {quote(old)}{hint}")
    if len(places) > 1:
        titles = " or ".join(quote(" ".join(place)) for place in places)
        raise OperationChoiceError(
            f"{quote(old)} names several operations: write {titles}"
        )
    return next(iter(places))
