"""The places that a package calls: hosts that the spec names, and hosts set later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import product
from math import prod
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.names import spell_template

_PORTS = {"http": 80, "https": 443}
_MOST_VALUES = 32
"""The most hosts that choices of variables may make of one address."""
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?=[/?#]|$)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?)+")
_INSIDE = (".svc", ".local", ".internal", ".localhost")
"""The ends of names that a cluster or its network resolves by itself."""

Text = tuple[str | ir.Variable, ...]


@dataclass(frozen=True, order=True)
class Host:
    """A host by its name, and its port."""

    name: str
    port: int

    @property
    def port_text(self) -> str:
        """Return the port as a text."""
        return str(self.port)

    def __str__(self) -> str:
        """Return the host and its port."""
        return f"{self.name}:{self.port}"


@dataclass(frozen=True, order=True)
class Range:
    """A single address as a network, and its port."""

    cidr: str
    port: int


@dataclass(frozen=True)
class Egress:
    """The places that a package calls.

    Attributes:
        hosts: Public names.
        ranges: Addresses that the spec spells.
        inside: Names of the cluster or its network, for which no rule can stand.
        unknown: Addresses whose host is a variable's, as the spec spells them.
        ports: The ports of public names and of unknown hosts.
    """

    hosts: tuple[Host, ...] = ()
    ranges: tuple[Range, ...] = ()
    inside: tuple[Host, ...] = ()
    unknown: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()

    @property
    def is_needed(self) -> bool:
        """Return whether the package calls anything."""
        return bool(self.hosts or self.ranges or self.inside or self.unknown)

    @property
    def all_ports(self) -> tuple[int, ...]:
        """Return the ports of everything that a rule can name."""
        return tuple(sorted({*self.ports, *(place.port for place in self.ranges)}))

    @property
    def names(self) -> str:
        """Return all hosts that the spec names."""
        places = (*self.hosts, *self.inside)
        addresses = (f"{place.cidr}:{place.port}" for place in self.ranges)
        return " ".join([*map(str, places), *addresses])

    @property
    def inside_names(self) -> str:
        """Return the hosts for which no rule stands."""
        return " ".join(map(str, self.inside))

    @property
    def unknown_names(self) -> str:
        """Return the addresses whose host a variable sets."""
        return " ".join(self.unknown)


def egress(capability: ir.Capability) -> Egress:
    """Return the places of upstreams, token endpoints and authorization servers."""
    places = [place for text in _texts(capability) for place in _places(text)]
    hosts = sorted({place for place in places if isinstance(place, Host)})
    unknown = [place for place in places if isinstance(place, _Unknown)]
    public = tuple(host for host in hosts if not _is_inside(host.name))
    return Egress(
        hosts=public,
        ranges=tuple(sorted({place for place in places if isinstance(place, Range)})),
        inside=tuple(host for host in hosts if _is_inside(host.name)),
        unknown=tuple(dict.fromkeys(place.spelling for place in unknown)),
        ports=tuple(sorted({p.port for p in public} | {p.port for p in unknown})),
    )


def _texts(capability: ir.Capability) -> Iterator[Text]:
    """Yield the addresses of all places, as texts and variables."""
    for upstream in capability.upstreams:
        yield upstream.base_uri
        for credential in _singles(upstream.credential):
            if isinstance(credential, ir.OAuth2):
                yield tuple(ir.texts_and_variables(credential.token_endpoint))
    for server in capability.servers:
        if isinstance(server.guard, ir.AccessToken):
            yield tuple(ir.texts_and_variables(server.guard.issuer))


def _singles(credential: ir.Credential | None) -> tuple[ir.Single, ...]:
    match credential:
        case None:
            return ()
        case ir.Alternatives(credentials=credentials):
            return credentials
        case single:
            return (single,)


@dataclass(frozen=True)
class _Unknown:
    """An address whose host isn't known before the start, and its likely port."""

    spelling: str
    port: int


_Place = Host | Range | _Unknown


def _places(text: Text) -> Iterator[_Place]:
    """Yield the places that an address may mean: one for each choice of a variable."""
    values = [_values(part) for part in text]
    spelling = spell_template(text)
    if prod(map(len, values)) > _MOST_VALUES:
        yield _Unknown(spelling, _PORTS["https"])
        return
    for parts in product(*values):
        # No address has this character, so it makes a host unknown.
        yield _place("".join("\0" if p is None else p for p in parts), spelling)


def _values(part: str | ir.Variable) -> tuple[str | None, ...]:
    """Return the values of a part of an address; None for an unknown one."""
    match part:
        case str():
            return (part,)
        case ir.Variable(choices=choices) if choices:
            return choices
        case ir.Variable(default=default):
            return (default,)
        case _:
            assert_never(part)


def _place(address: str, spelling: str) -> _Place:
    match = _ADDRESS.match(address)
    scheme = address.partition("://")[0].lower()
    if match is None:
        return _Unknown(spelling, _PORTS.get(scheme, 443))
    name = match["host"].strip("[]").rstrip(".").lower()
    port = int(match["port"] or _PORTS[scheme])
    if ip := _ip(name):
        return Range(f"{ip}/{ip.max_prefixlen}", port)
    return Host(name, port) if _NAME.fullmatch(name) else _Unknown(spelling, port)


def _ip(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _is_inside(name: str) -> bool:
    return "." not in name or name.endswith(_INSIDE) or ".svc." in name
