"""Group the operations of an API into upstreams, by address and credential.

In a capability, all operations of an upstream share one address and one authentication,
with or without alternatives. So there is an upstream for each pair of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlsplit

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.openapi.prose import brief
from naftiko_gen.openapi.read.api import (
    Api,
    Omission,
    Operation,
    Remark,
    Requirement,
    Scheme,
    Server,
)
from naftiko_gen.openapi.write.additions import is_choice
from naftiko_gen.openapi.write.addresses import (
    Addresses,
    Base,
    ServerSetting,
    is_base_uri,
)
from naftiko_gen.openapi.write.credentials import (
    Choice,
    Credential,
    Credentials,
    join_alternatives,
)
from naftiko_gen.openapi.write.names import distinct, kebab, variable_name

_Key = tuple[str, Choice]
"""An address, and the credentials for the operations there."""


@dataclass(frozen=True)
class Upstream:
    """An address and a credential, and the operations that have both."""

    namespace: str
    base: Base
    credential: Credential | None
    operations: tuple[Operation, ...]


@dataclass
class Upstreams:
    """Groups the operations of an API into upstreams."""

    api: Api
    namespace: str
    base_uri: str | None
    """The address that the user set, instead of the document's own."""
    remarks: list[Remark] = field(default_factory=list)
    omitted: list[Omission] = field(default_factory=list)
    """The operations at addresses that no upstream can have."""
    _bases: dict[tuple[Server, ...], Base | None] = field(default_factory=dict)
    _prefix: str = ""
    _main: Requirement | None = None
    _main_choice: Choice = ()

    def __post_init__(self) -> None:
        self._prefix = variable_name(self.namespace)
        self._addresses = Addresses(self.api, self._prefix)
        self._credentials = Credentials(self._schemes(), self._prefix)
        self._main = self._main_requirement()
        self._main_choice = self._most_common_choice()

    def upstreams(self) -> list[Upstream]:
        """Return the upstreams, the main one first."""
        groups: dict[_Key, list[Operation]] = {}
        for operation in self.api.operations:
            base = self._base(operation.servers)
            if base is None:
                self._omit(operation)
                continue
            key = (base.uri, self._choice(operation))
            missing = self._missing(operation)
            groups.setdefault(key, []).append(operation.with_remarks(*missing))
        main = self._main_base
        keys = sorted(groups, key=lambda key: key != (main.uri, self._main_choice))
        names = distinct((_text(key), self._wanted_name(key, main)) for key in keys)
        return [self._upstream(key, names[_text(key)], groups[key]) for key in keys]

    def _omit(self, operation: Operation) -> None:
        url = brief(operation.servers[0].url, 100)
        why = f"is at {url}, which is no address of an HTTP API"
        method, path, tags = operation.method, operation.path, operation.tags
        self.omitted.append(Omission(method, path, tags, why, operation.span))

    def _upstream(self, key: _Key, name: str, operations: list[Operation]) -> Upstream:
        uri, choice = key
        credential = None
        if choice:
            credential = join_alternatives(*map(self._credential, choice))
            others = self._alternatives(choice, operations)
            credential = replace(credential, comments=(*credential.comments, *others))
        return Upstream(name, self._base_at(uri), credential, tuple(operations))

    def _base_at(self, uri: str) -> Base:
        return next(base for base in self._bases.values() if base and base.uri == uri)

    def _credential(self, requirement: Requirement) -> Credential:
        suffix = (
            "" if requirement == self._main else variable_name(" ".join(requirement))
        )
        return self._credentials.credential(requirement, suffix)

    def _wanted_name(self, key: _Key, main: Base) -> str:
        uri, choice = key
        parts = [self.namespace]
        if uri != main.uri:
            parts.append(urlsplit(self._base_at(uri).usual).hostname or "")
        if choice != self._main_choice:
            parts.extend(_words(choice))
        return kebab(" ".join(parts), 48) if len(parts) > 1 else self.namespace

    # --- credentials ---

    def _schemes(self) -> dict[str, Scheme]:
        """Return the schemes; relative token endpoints are at the API's address."""
        return {
            name: replace(scheme, token_url=self._token_url(scheme.token_url))
            for name, scheme in self.api.schemes.items()
        }

    def _token_url(self, url: str) -> str:
        if not url or "//" in url:
            return url
        uri = self._main_base.uri
        start = _origin(uri) if url.startswith("/") else uri
        return f"{start}/{url.lstrip('./')}"

    def _main_requirement(self) -> Requirement | None:
        """Return the requirement of all operations, else of the first scheme in use."""
        requirements = self._credentials.usable(self.api.requirements or ())
        if requirements:
            return requirements[0]
        used_requirements = [
            requirement
            for operation in self.api.operations
            for requirement in self._credentials.usable(operation.requirements or ())
        ]
        order = list(self.api.schemes)
        return min(
            used_requirements,
            key=lambda r: [order.index(name) for name in r],
            default=None,
        )

    def _requirements(self, operation: Operation) -> Sequence[Requirement]:
        """Return an operation's alternatives: its own, else the API's."""
        own = operation.requirements
        return (self.api.requirements if own is None else own) or ()

    def _most_common_choice(self) -> Choice:
        """Return the API's choice, else the most common with the main requirement."""
        choice = self._choose(self.api.requirements or ())
        if choice:
            return choice
        choices = Counter(map(self._choice, self.api.operations))
        with_main = [item for item in choices if item and item[0] == self._main]
        return max(with_main, key=choices.__getitem__, default=())

    def _choice(self, operation: Operation) -> Choice:
        return self._choose(self._requirements(operation))

    def _choose(self, requirements: Sequence[Requirement]) -> Choice:
        """Return the usable requirements in a fixed order, the main one first.

        There are none if no requirement is usable.
        """
        usable = self._credentials.usable(requirements)
        if not usable:
            return ()
        first = usable[0]
        if self._main is not None and self._main in usable:
            first = self._main
        order = list(self.api.schemes)
        others = sorted(usable, key=lambda item: [order.index(name) for name in item])
        is_optional = () in requirements
        return self._credentials.choice(first, others, is_optional=is_optional)

    def _alternatives(
        self, choice: Choice, operations: Iterable[Operation]
    ) -> Iterator[str]:
        """Yield comments on the other credentials that all these operations accept."""
        every = [
            self._requirements(operation)
            for operation in operations
            if choice[0] in self._requirements(operation)
        ]
        if every and () not in choice and all(() in options for options in every):
            yield "The API accepts requests without it."
        usable = list(map(self._credentials.usable, every))
        for other in usable[0] if usable else ():
            if other not in choice and all(other in options for options in usable):
                names = " with ".join(map(quote, other))
                can_choose = len(other) == 1 and is_choice(self.api.schemes[other[0]])
                how = "; `import --auth` chooses" if can_choose else ""
                yield f"{names} does as well{how}."

    def _missing(self, operation: Operation) -> Iterator[Remark]:
        """Yield a remark if an operation is called without a required credential."""
        options = self._requirements(operation)
        if options and not self._credentials.usable(options) and () not in options:
            names = ", ".join(quote(name) for option in options for name in option)
            text = f"it is called without credentials that it requires: {names}"
            yield Remark(text, operation.span)

    # --- addresses ---

    def _base(self, servers: tuple[Server, ...]) -> Base | None:
        """Return the address for servers, None if an upstream can have none of them.

        Without servers, it is the API's own address.
        """
        if servers not in self._bases:
            self._bases[servers] = self._find_base(servers)
        return self._bases[servers]

    def _find_base(self, servers: tuple[Server, ...]) -> Base | None:
        if not servers:
            return self._main_base
        own = self._first_base(map(self._absolute, servers))
        # They are at the API's own address, which the user may have moved.
        is_main = own is not None and own == self._first_base(self._own_bases)
        return self._main_base if is_main else own

    @cached_property
    def _own_bases(self) -> list[Base]:
        return [self._addresses.base(server) for server in self.api.servers]

    @cached_property
    def _main_base(self) -> Base:
        if self.base_uri is not None:
            return Base(self.base_uri.rstrip("/"))
        base = self._first_base(self._own_bases)
        if base is not None:
            self._note_unusable(base)
            return base
        name = f"{self._prefix}_HOST"
        text = f"the document doesn't say where the API is: {name} does"
        span = self.api.servers[0].span if self.api.servers else self.api.span
        self.remarks.append(
            Remark(f"{text}; `import --base-uri` says it as well", span)
        )
        host = ServerSetting(name, "the API's host")
        return Base(f"https://{{{{{name}}}}}{self._relative_path()}", (host,))

    def _note_unusable(self, base: Base) -> None:
        """Say that the first server isn't the one that gets the requests."""
        first = self.api.servers[0]
        if self._own_bases[0].is_usable:
            return
        is_relative = "//" not in first.url
        why = "has no host" if is_relative else "is no address of an HTTP API"
        text = f"the first server, {quote(brief(first.url, 100))}, {why}"
        text = f"{text}: requests go to {base.usual}; `import --base-uri` changes that"
        self.remarks.append(Remark(text, first.span))

    def _relative_path(self) -> str:
        for base in self._own_bases:
            path = urlsplit(base.uri).path.strip("/")
            if path and not base.settings and is_base_uri(f"https://host/{path}"):
                return f"/{path}"
        return ""

    def _absolute(self, server: Server) -> Base:
        """Return the address of a server; a relative one is at the API's own host."""
        base, main = self._addresses.base(server), self._main_base
        if "//" in base.uri:
            return base
        uri = f"{_origin(main.uri)}/{base.uri.lstrip('./')}".rstrip("/")
        settings = dict.fromkeys((*main.settings, *base.settings))
        used_settings = tuple(
            item for item in settings if f"{{{{{item.name}}}}}" in uri
        )
        return Base(uri, used_settings, base.comments)

    def _first_base(self, bases: Iterable[Base]) -> Base | None:
        """Return the first address that an upstream can have."""
        usable = [base for base in bases if base.is_usable]
        if not usable:
            return None
        others = [base.uri for base in usable[1:6] if base.uri != usable[0].uri]
        more = (f"It is at {', '.join(others)} as well.",) if others else ()
        first = usable[0]
        return Base(first.uri, first.settings, (*first.comments, *more))


def _origin(uri: str) -> str:
    """Return an address without its path."""
    return "/".join(uri.split("/")[:3])


def _text(key: _Key) -> str:
    uri, choice = key
    # Schemes that are required together aren't alternatives.
    return "\n".join((uri, *map(" ".join, choice)))


def _words(choice: Choice) -> Iterator[str]:
    """Yield the schemes of a choice, and `optional` for the empty requirement."""
    for requirement in choice:
        yield from requirement or ("optional",)
    if not choice:
        yield "open"
