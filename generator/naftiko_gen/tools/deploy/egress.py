"""The places that a package calls: hosts that the spec names, and hosts set later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import product
from math import prod

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
class Place:
    """A host by its name, or a single address as a network, and its port."""

    name: str
    port: int

    def __str__(self) -> str:
        """Return the host and its port."""
        return f"{self.name}:{self.port}"


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

    hosts: tuple[Place, ...] = ()
    ranges: tuple[Place, ...] = ()
    inside: tuple[Place, ...] = ()
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
        return " ".join(map(str, (*self.hosts, *self.inside, *self.ranges)))

    @property
    def inside_names(self) -> str:
        """Return the hosts for which no rule stands."""
        return " ".join(map(str, self.inside))


def egress(capability: ir.Capability) -> Egress:
    """Return the places of upstreams, token endpoints and authorization servers."""
    places = [pair for text in _texts(capability) for pair in _places(text)]
    groups = {
        kind: tuple(sorted({place for other, place in places if other == kind}))
        for kind in ("hosts", "ranges", "inside", "unknown")
    }
    unknown = (place.name for kind, place in places if kind == "unknown")
    ports = {place.port for place in (*groups["hosts"], *groups["unknown"])}
    return Egress(
        groups["hosts"],
        groups["ranges"],
        groups["inside"],
        tuple(dict.fromkeys(unknown)),
        tuple(sorted(ports)),
    )


def _texts(capability: ir.Capability) -> Iterator[Text]:
    """Yield the addresses of all places, as texts and variables."""
    for upstream in capability.upstreams:
        yield upstream.base_uri
        credentials = ir.choices(upstream.credential) if upstream.credential else ()
        for credential in ir.of_kind(ir.OAuth2, credentials):
            yield tuple(ir.texts_and_variables(credential.token_endpoint))
    for server in capability.servers:
        if isinstance(server.guard, ir.AccessToken):
            yield tuple(ir.texts_and_variables(server.guard.issuer))


def _places(text: Text) -> Iterator[tuple[str, Place]]:
    """Yield the places that an address may mean, each with the name of its kind.

    There is one for each choice of a variable.
    """
    values = [
        (part,) if isinstance(part, str) else part.choices or (part.default,)
        for part in text
    ]
    spelling = spell_template(text)
    if prod(map(len, values)) > _MOST_VALUES:
        yield "unknown", Place(spelling, _PORTS["https"])
        return
    for parts in product(*values):
        # No address has this character, so it makes a host unknown.
        yield _place("".join("\0" if p is None else p for p in parts), spelling)


def _place(address: str, spelling: str) -> tuple[str, Place]:
    match = _ADDRESS.match(address)
    default = _PORTS.get(address.partition("://")[0].lower(), _PORTS["https"])
    if match is None:
        return "unknown", Place(spelling, default)
    name = match["host"].strip("[]").rstrip(".").lower()
    port = int(match["port"] or default)
    try:
        ip = ip_address(name)
    except ValueError:
        if not _NAME.fullmatch(name):
            return "unknown", Place(spelling, port)
        is_inside = "." not in name or name.endswith(_INSIDE) or ".svc." in name
        return "inside" if is_inside else "hosts", Place(name, port)
    return "ranges", Place(f"{ip}/{ip.max_prefixlen}", port)
