"""Where the operations of an API are, and with which credential they are called.

A capability has one address and one authentication, with or without alternatives, for
all operations of an upstream, so there is an upstream for each pair of them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.url_paths import find_departure
from naftiko_gen.openapi.read.api import Remark
from naftiko_gen.openapi.write.additions import is_choice
from naftiko_gen.openapi.write.credentials import Credential, Credentials, joined
from naftiko_gen.openapi.write.names import distinct, kebab, variable
from naftiko_gen.resolve.addresses import problem, stand_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen.openapi.read.api import (
        Api,
        Operation,
        Requirement,
        Server,
        Variable,
    )
    from naftiko_gen.openapi.write.credentials import Choice

    _Key = tuple[str, Choice]
    """An address, and what the operations there are called with."""

_HOLE = re.compile(r"\{([^{}]*)\}")
_SETTING = re.compile(r"\{\{[A-Z0-9_]+\}\}")
_HOST = r"(?:[A-Za-z0-9._~-]|\{\{[A-Z0-9_]+\}\})+"
_BASE = re.compile(
    rf"https?://(?:{_HOST}|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?:/[^\s{{}}?#\\\"<>^`|]*)?"
)


@dataclass(frozen=True)
class Base:
    """An address; its variables are settings, each with what it is."""

    uri: str
    variables: tuple[tuple[str, str], ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upstream:
    """An address and a credential, and the operations that have both."""

    namespace: str
    base: Base
    credential: Credential | None
    operations: tuple[Operation, ...]


def is_base_uri(text: str) -> bool:
    """Say whether an upstream can have that address."""
    filled = _SETTING.sub(stand_in(is_first=False), text)
    is_shaped = _BASE.fullmatch(text) is not None
    if not is_shaped or problem(filled, starts_open=False) is not None:
        return False
    return find_departure(f"/{urlsplit(filled).path.lstrip('/')}") is None


@dataclass
class Upstreams:
    """Finds the upstreams of an API."""

    api: Api
    namespace: str
    base_uri: str | None
    """The address that was asked for, in the place of the document's own."""
    remarks: list[Remark] = field(default_factory=list)
    _bases: dict[tuple[Server, ...], Base] = field(default_factory=dict)
    _prefix: str = ""
    _main: Requirement | None = None
    _main_choice: Choice = ()

    def __post_init__(self) -> None:
        self._prefix = variable(self.namespace)
        self._credentials = Credentials(self.api.schemes, self._prefix)
        self._main = self._main_requirement()
        self._main_choice = self._most_common_choice()

    def upstreams(self) -> list[Upstream]:
        """Return the upstreams, the one of most documents alone first."""
        groups: dict[_Key, list[Operation]] = {}
        for operation in self.api.operations:
            base = self._base(operation.servers)
            key = (base.uri, self._choice(operation))
            missing = self._missing(operation)
            groups.setdefault(key, []).append(operation.remarking(*missing))
        self._join_anonymous(groups)
        main = self._base(())
        keys = sorted(groups, key=lambda key: key != (main.uri, self._main_choice))
        names = self._names(keys, main)
        return [self._upstream(key, names[key], groups[key]) for key in keys]

    def _upstream(self, key: _Key, name: str, operations: list[Operation]) -> Upstream:
        uri, choice = key
        held = None
        if choice:
            held = joined(*map(self._credential, choice))
            others = self._alternatives(choice, operations)
            held = replace(held, comments=(*held.comments, *others))
        base = next(each for each in self._bases.values() if each.uri == uri)
        return Upstream(name, base, held, tuple(operations))

    def _credential(self, requirement: Requirement) -> Credential:
        suffix = "" if requirement == self._main else variable(" ".join(requirement))
        return self._credentials.credential(requirement, suffix)

    def _names(self, keys: Sequence[_Key], main: Base) -> dict[_Key, str]:
        wanted = {key: self._wanted(key, main) for key in keys}
        chosen = distinct([(_text(key), name) for key, name in wanted.items()])
        return {key: chosen[_text(key)] for key in keys}

    def _wanted(self, key: _Key, main: Base) -> str:
        uri, choice = key
        parts = [self.namespace]
        if uri != main.uri:
            parts.append(urlsplit(uri).hostname or "")
        if choice != self._main_choice:
            parts.extend(_words(choice))
        return kebab(" ".join(parts), 48) if len(parts) > 1 else self.namespace

    def _join_anonymous(self, groups: dict[_Key, list[Operation]]) -> None:
        """Put operations that need no credential beside those with the main one.

        Not if that has alternatives: a package starts without any of them, and
        operations that need none work all the same.
        """
        main = self._main_choice
        if len(list(filter(None, main))) > 1:
            return
        order = {
            (each.method, each.path): at for at, each in enumerate(self.api.operations)
        }
        for uri, choice in list(groups):
            if not choice and main and (uri, main) in groups:
                joined = groups[uri, main] + groups.pop((uri, ()))
                groups[uri, main] = sorted(
                    joined, key=lambda each: order[each.method, each.path]
                )

    # --- credentials ---

    def _main_requirement(self) -> Requirement | None:
        """Return what all operations require, else what the first scheme in use is."""
        declared = self._credentials.usable(self.api.requirements or ())
        if declared:
            return declared[0]
        used = [
            each
            for operation in self.api.operations
            for each in self._credentials.usable(operation.requirements or ())
        ]
        order = list(self.api.schemes)
        return min(used, key=lambda r: [order.index(name) for name in r], default=None)

    def _asked(self, operation: Operation) -> Sequence[Requirement]:
        """Return the alternatives that an operation asks for, itself or like all."""
        own = operation.requirements
        return (self.api.requirements if own is None else own) or ()

    def _most_common_choice(self) -> Choice:
        """Return what all operations require, else what most with the main one do."""
        declared = self._chosen(self.api.requirements or ())
        if declared:
            return declared
        choices = Counter(map(self._choice, self.api.operations))
        with_main = [each for each in choices if each and each[0] == self._main]
        return max(with_main, key=choices.__getitem__, default=())

    def _choice(self, operation: Operation) -> Choice:
        """Return what an operation is called with; nothing if that is unknown."""
        return self._chosen(self._asked(operation))

    def _chosen(self, asked: Sequence[Requirement]) -> Choice:
        """Return the usable ones of requirements: the main one first, in one order."""
        usable = self._credentials.usable(asked)
        if not usable:
            return ()
        first = usable[0]
        if self._main is not None and self._main in usable:
            first = self._main
        order = list(self.api.schemes)
        others = sorted(usable, key=lambda each: [order.index(name) for name in each])
        return self._credentials.choice(first, others, is_optional=() in asked)

    def _alternatives(
        self, choice: Choice, operations: Iterable[Operation]
    ) -> Iterator[str]:
        """Yield what all operations with a credential could be called with as well."""
        every = [
            self._asked(operation)
            for operation in operations
            if choice[0] in self._asked(operation)
        ]
        if every and () not in choice and all(() in each for each in every):
            yield "The API accepts requests without it."
        asked = list(map(self._credentials.usable, every))
        for other in asked[0] if asked else ():
            if other not in choice and all(other in each for each in asked):
                names = " with ".join(map(shown, other))
                can_choose = len(other) == 1 and is_choice(self.api.schemes[other[0]])
                how = "; `import --auth` chooses" if can_choose else ""
                yield f"{names} does as well{how}."

    def _missing(self, operation: Operation) -> Iterator[Remark]:
        """Yield that an operation is called without any credential that it asks for."""
        asked = self._asked(operation)
        if asked and not self._credentials.usable(asked) and () not in asked:
            names = ", ".join(shown(name) for each in asked for name in each)
            text = f"it is called without what it requires: {names}"
            yield Remark(text, operation.span)

    # --- addresses ---

    def _base(self, servers: tuple[Server, ...]) -> Base:
        """Return the address of an operation with servers of its own, or of all."""
        if servers not in self._bases:
            self._bases[servers] = self._read(servers)
        return self._bases[servers]

    def _read(self, servers: tuple[Server, ...]) -> Base:
        if not servers:
            return self._read_main()
        found = self._first(servers)
        return found or self._base(())

    def _read_main(self) -> Base:
        if self.base_uri is not None:
            return Base(self.base_uri.rstrip("/"))
        found = self._first(self.api.servers)
        if found is not None:
            return found
        name = f"{self._prefix}_HOST"
        text = f"the document doesn't say where the API is: {name} does"
        span = self.api.servers[0].span if self.api.servers else self.api.span
        self.remarks.append(
            Remark(f"{text}; `import --base-uri` says it as well", span)
        )
        path = self._relative_path()
        return Base(f"https://{{{{{name}}}}}{path}", ((name, "the API's host"),))

    def _relative_path(self) -> str:
        for server in self.api.servers:
            path = urlsplit(self._filled(server).uri).path.strip("/")
            if path and is_base_uri(f"https://host/{path}"):
                return f"/{path}"
        return ""

    def _first(self, servers: Iterable[Server]) -> Base | None:
        """Return the first address that an upstream can have."""
        usable = [base for base in map(self._filled, servers) if is_base_uri(base.uri)]
        if not usable:
            return None
        others = [base.uri for base in usable[1:6] if base.uri != usable[0].uri]
        more = (f"It is at {', '.join(others)} as well.",) if others else ()
        first = usable[0]
        return Base(first.uri, first.variables, (*first.comments, *more))

    def _filled(self, server: Server) -> Base:
        """Fill the variables of a URL: settings in the host, defaults elsewhere."""
        known = {each.name: each for each in server.variables}
        settings: dict[str, str] = {}
        comments = []
        url = server.url.strip()
        start = len(url) - len(url.partition("://")[2])
        end = url.find("/", start) if start < len(url) else -1
        host, path = (url[:end], url[end:]) if end >= 0 else (url, "")

        def in_host(match: re.Match[str]) -> str:
            found = known.get(match[1])
            is_port = host[: match.start()].endswith(":")
            if found and found.default and (found.choices or is_port):
                comments.append(_preset(found))
                return found.default
            name = f"{self._prefix}_{variable(match[1] or 'host')}"
            settings[name] = _meaning(found, match[1])
            return f"{{{{{name}}}}}"

        def in_path(match: re.Match[str]) -> str:
            found = known.get(match[1])
            if found and found.default:
                comments.append(_preset(found))
            return found.default if found else ""

        uri = f"{_HOLE.sub(in_host, host)}{_HOLE.sub(in_path, path)}".rstrip("/")
        return Base(uri, tuple(settings.items()), tuple(comments))


def _text(key: _Key) -> str:
    uri, choice = key
    return "\n".join((uri, *chain.from_iterable(one or ("",) for one in choice)))


def _words(choice: Choice) -> Iterator[str]:
    """Yield the schemes of a choice, and a word for the empty requirement."""
    for requirement in choice:
        yield from requirement or ("optional",)
    if not choice:
        yield "open"


def _preset(found: Variable) -> str:
    listed = f", one of {', '.join(found.choices)}" if found.choices else ""
    about = f" ({found.description})" if found.description else ""
    return f"{found.name} is {found.default} here{listed}{about}."


def _meaning(found: Variable | None, name: str) -> str:
    if found is None:
        return f"{shown(name)} of the API's address"
    default = f", such as {found.default}" if found.default else ""
    return f"{found.description or f'{shown(name)} of the address'}{default}"
