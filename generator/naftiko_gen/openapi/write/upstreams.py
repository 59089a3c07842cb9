"""Group the operations of an API into upstreams, by address and credential.

In a capability, all operations of an upstream share one address and one authentication,
with or without alternatives. So there is an upstream for each pair of them.
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
from naftiko_gen.openapi.write.credentials import (
    Credential,
    Credentials,
    join_alternatives,
)
from naftiko_gen.openapi.write.names import distinct, kebab, variable_name
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
    """An address, and the credentials for the operations there."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SETTING = re.compile(r"\{\{[A-Z0-9_]+\}\}")
_HOST = r"(?:[A-Za-z0-9._~-]|\{\{[A-Z0-9_]+\}\})+"
_BASE = re.compile(
    rf"https?://(?:{_HOST}|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?:/[^\s{{}}?#\\\"<>^`|]*)?"
)


@dataclass(frozen=True)
class Base:
    """An address; its variables are settings, each with a description."""

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
    """Return whether a text can be the address of an upstream."""
    filled = _SETTING.sub(stand_in(is_first=False), text)
    is_shaped = _BASE.fullmatch(text) is not None
    if not is_shaped or problem(filled, starts_open=False) is not None:
        return False
    return find_departure(f"/{urlsplit(filled).path.lstrip('/')}") is None


@dataclass
class Upstreams:
    """Groups the operations of an API into upstreams."""

    api: Api
    namespace: str
    base_uri: str | None
    """The address that the user set, instead of the document's own."""
    remarks: list[Remark] = field(default_factory=list)
    _bases: dict[tuple[Server, ...], Base] = field(default_factory=dict)
    _prefix: str = ""
    _main: Requirement | None = None
    _main_choice: Choice = ()

    def __post_init__(self) -> None:
        self._prefix = variable_name(self.namespace)
        self._credentials = Credentials(self.api.schemes, self._prefix)
        self._main = self._main_requirement()
        self._main_choice = self._most_common_choice()

    def upstreams(self) -> list[Upstream]:
        """Return the upstreams, the main one first."""
        groups: dict[_Key, list[Operation]] = {}
        for operation in self.api.operations:
            base = self._base(operation.servers)
            key = (base.uri, self._choice(operation))
            missing = self._missing(operation)
            groups.setdefault(key, []).append(operation.with_remarks(*missing))
        self._join_anonymous(groups)
        main = self._base(())
        keys = sorted(groups, key=lambda key: key != (main.uri, self._main_choice))
        names = self._names(keys, main)
        return [self._upstream(key, names[key], groups[key]) for key in keys]

    def _upstream(self, key: _Key, name: str, operations: list[Operation]) -> Upstream:
        uri, choice = key
        credential = None
        if choice:
            credential = join_alternatives(*map(self._credential, choice))
            others = self._alternatives(choice, operations)
            credential = replace(credential, comments=(*credential.comments, *others))
        base = next(base for base in self._bases.values() if base.uri == uri)
        return Upstream(name, base, credential, tuple(operations))

    def _credential(self, requirement: Requirement) -> Credential:
        suffix = (
            "" if requirement == self._main else variable_name(" ".join(requirement))
        )
        return self._credentials.credential(requirement, suffix)

    def _names(self, keys: Sequence[_Key], main: Base) -> dict[_Key, str]:
        preferred = {key: self._wanted_name(key, main) for key in keys}
        chosen = distinct([(_text(key), name) for key, name in preferred.items()])
        return {key: chosen[_text(key)] for key in keys}

    def _wanted_name(self, key: _Key, main: Base) -> str:
        uri, choice = key
        parts = [self.namespace]
        if uri != main.uri:
            parts.append(urlsplit(uri).hostname or "")
        if choice != self._main_choice:
            parts.extend(_words(choice))
        return kebab(" ".join(parts), 48) if len(parts) > 1 else self.namespace

    def _join_anonymous(self, groups: dict[_Key, list[Operation]]) -> None:
        """Join operations without a credential to the upstream with the main one.

        Don't join them if that has alternatives: a package can start without any of
        them, and then operations without a credential still work.
        """
        main = self._main_choice
        if len(list(filter(None, main))) > 1:
            return
        order = {
            (item.method, item.path): at for at, item in enumerate(self.api.operations)
        }
        for uri, choice in list(groups):
            if not choice and main and (uri, main) in groups:
                joined = groups[uri, main] + groups.pop((uri, ()))
                groups[uri, main] = sorted(
                    joined, key=lambda item: order[item.method, item.path]
                )

    # --- credentials ---

    def _main_requirement(self) -> Requirement | None:
        """Return the requirement of all operations, else of the first scheme in use."""
        declared = self._credentials.usable(self.api.requirements or ())
        if declared:
            return declared[0]
        used = [
            requirement
            for operation in self.api.operations
            for requirement in self._credentials.usable(operation.requirements or ())
        ]
        order = list(self.api.schemes)
        return min(used, key=lambda r: [order.index(name) for name in r], default=None)

    def _requirements(self, operation: Operation) -> Sequence[Requirement]:
        """Return an operation's alternatives: its own, else the API's."""
        own = operation.requirements
        return (self.api.requirements if own is None else own) or ()

    def _most_common_choice(self) -> Choice:
        """Return the API's choice, else the most common with the main requirement."""
        declared = self._choose(self.api.requirements or ())
        if declared:
            return declared
        choices = Counter(map(self._choice, self.api.operations))
        with_main = [item for item in choices if item and item[0] == self._main]
        return max(with_main, key=choices.__getitem__, default=())

    def _choice(self, operation: Operation) -> Choice:
        """Return the choice for an operation; none if no requirement is usable."""
        return self._choose(self._requirements(operation))

    def _choose(self, requirements: Sequence[Requirement]) -> Choice:
        """Return the usable requirements in a fixed order, the main one first."""
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
        if every and () not in choice and all(() in listed for listed in every):
            yield "The API accepts requests without it."
        usable = list(map(self._credentials.usable, every))
        for other in usable[0] if usable else ():
            if other not in choice and all(other in listed for listed in usable):
                names = " with ".join(map(shown, other))
                can_choose = len(other) == 1 and is_choice(self.api.schemes[other[0]])
                how = "; `import --auth` chooses" if can_choose else ""
                yield f"{names} does as well{how}."

    def _missing(self, operation: Operation) -> Iterator[Remark]:
        """Yield a remark if an operation is called without a required credential."""
        options = self._requirements(operation)
        if options and not self._credentials.usable(options) and () not in options:
            names = ", ".join(shown(name) for option in options for name in option)
            text = f"it is called without what it requires: {names}"
            yield Remark(text, operation.span)

    # --- addresses ---

    def _base(self, servers: tuple[Server, ...]) -> Base:
        """Return the address for servers; without servers, the API's own address."""
        if servers not in self._bases:
            self._bases[servers] = self._find_base(servers)
        return self._bases[servers]

    def _find_base(self, servers: tuple[Server, ...]) -> Base:
        if not servers:
            return self._main_base()
        return self._first_base(servers) or self._base(())

    def _main_base(self) -> Base:
        if self.base_uri is not None:
            return Base(self.base_uri.rstrip("/"))
        base = self._first_base(self.api.servers)
        if base is not None:
            return base
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
            path = urlsplit(self._fill(server).uri).path.strip("/")
            if path and is_base_uri(f"https://host/{path}"):
                return f"/{path}"
        return ""

    def _first_base(self, servers: Iterable[Server]) -> Base | None:
        """Return the first address that an upstream can have."""
        usable = [base for base in map(self._fill, servers) if is_base_uri(base.uri)]
        if not usable:
            return None
        others = [base.uri for base in usable[1:6] if base.uri != usable[0].uri]
        more = (f"It is at {', '.join(others)} as well.",) if others else ()
        first = usable[0]
        return Base(first.uri, first.variables, (*first.comments, *more))

    def _fill(self, server: Server) -> Base:
        """Fill the variables of a URL: settings in the host, defaults elsewhere."""
        known = {variable.name: variable for variable in server.variables}
        settings: dict[str, str] = {}
        comments = []
        url = server.url.strip()
        start = len(url) - len(url.partition("://")[2])
        end = url.find("/", start) if start < len(url) else -1
        host, path = (url[:end], url[end:]) if end >= 0 else (url, "")

        def in_host(match: re.Match[str]) -> str:
            variable = known.get(match[1])
            is_port = host[: match.start()].endswith(":")
            if variable and variable.default and (variable.choices or is_port):
                comments.append(_preset(variable))
                return variable.default
            name = f"{self._prefix}_{variable_name(match[1] or 'host')}"
            settings[name] = _meaning(variable, match[1])
            return f"{{{{{name}}}}}"

        def in_path(match: re.Match[str]) -> str:
            variable = known.get(match[1])
            if variable and variable.default:
                comments.append(_preset(variable))
            return variable.default if variable else ""

        uri = _PLACEHOLDER.sub(in_host, host) + _PLACEHOLDER.sub(in_path, path)
        uri = uri.rstrip("/")
        return Base(uri, tuple(settings.items()), tuple(comments))


def _text(key: _Key) -> str:
    uri, choice = key
    return "\n".join((uri, *chain.from_iterable(item or ("",) for item in choice)))


def _words(choice: Choice) -> Iterator[str]:
    """Yield the schemes of a choice, and `optional` for the empty requirement."""
    for requirement in choice:
        yield from requirement or ("optional",)
    if not choice:
        yield "open"


def _preset(variable: Variable) -> str:
    choices = f", one of {', '.join(variable.choices)}" if variable.choices else ""
    about = f" ({variable.description})" if variable.description else ""
    return f"{variable.name} is {variable.default} here{choices}{about}."


def _meaning(variable: Variable | None, name: str) -> str:
    if variable is None:
        return f"{shown(name)} of the API's address"
    default = f", such as {variable.default}" if variable.default else ""
    return f"{variable.description or f'{shown(name)} of the address'}{default}"
