"""Warns of upstream addresses that endanger credentials."""

import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote, urlsplit

from ..settings import Environment

NAMES = frozenset(
    (
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.goog",
        "metadata.google.internal",
    )
)
NETWORKS = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",
            "fe80::/10",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
            "fd00:c1::a9fe:a9fe/128",
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
        ),
    )
)
"""Networks of the metadata services that give a cloud machine its credentials."""
TRANSLATED = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96"))
)
"""IPv6 networks whose addresses end in an embedded IPv4 address."""
Address = IPv4Address | IPv6Address


def dangers(
    env: Environment, base_uris: Iterable[str], private: Iterable[str]
) -> Iterator[str]:
    """Yield a warning for each dangerous address; it names the variable alone.

    `base_uris` are the variables to check. `private` are the variables whose upstreams
    get a credential.
    """
    for name in base_uris:
        parts = urlsplit(env.get(name, ""))
        host = unquote(parts.hostname or "").rstrip(".").lower()
        addresses = _addresses(host)
        if host in NAMES or _is_metadata(addresses):
            yield (
                f"{name} is a link-local or metadata address, which may give away the "
                "credentials of this machine; set it to where the upstream API lives"
            )
        is_here = host == "localhost" or any(one.is_loopback for one in addresses[:1])
        if name in private and parts.scheme == "http" and not is_here:
            yield (
                f"{name} begins with http://, so the credential is sent unencrypted; "
                "use https://"
            )


def _is_metadata(addresses: Iterable[Address]) -> bool:
    return any(address in network for address in addresses for network in NETWORKS)


def _addresses(host: str) -> tuple[Address, ...]:
    """Return a host's own address, then the IPv4 addresses embedded in it."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return _number(host)
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    translated = last if any(address in network for network in TRANSLATED) else None
    embedded = address.sixtofour, translated
    return address, *(each for each in embedded if each is not None)


def _number(host: str) -> tuple[IPv4Address, ...]:
    """Parse an IPv4 address of one to four decimal, octal or hexadecimal numbers."""
    try:
        return (IPv4Address(socket.inet_aton(host)),)
    except (OSError, UnicodeEncodeError):
        return ()
