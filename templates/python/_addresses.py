"""Addresses of upstreams that the environment sets, and how they are dangerous."""

import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from ._settings import Environment

METADATA = frozenset(
    (
        "metadata",
        "metadata.google.internal",
        "instance-data",
        "instance-data.ec2.internal",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
    )
)
"""Where clouds tell a machine its own credentials, beside link-local addresses."""


def dangers(
    env: Environment, base_uris: Iterable[str], private: Iterable[str]
) -> Iterator[str]:
    """Yield a line for each danger of a variable's address, without the address.

    `private` are the variables of the upstreams that get a credential.
    """
    for name in base_uris:
        parts = urlsplit(env.get(name, ""))
        host = (parts.hostname or "").rstrip(".")
        address = _address(host)
        if address.is_link_local or host in METADATA or str(address) in METADATA:
            yield (
                f"{name} is a link-local or metadata address, which may give away the "
                "credentials of this machine; set it to where the upstream API lives"
            )
        is_here = host == "localhost" or address.is_loopback
        if name in private and parts.scheme == "http" and not is_here:
            yield (
                f"{name} begins with http://, so the credential is sent unencrypted; "
                "use https://"
            )


def _address(host: str) -> IPv4Address | IPv6Address:
    """Return the address that a host is, however it is spelt; 0.0.0.0 for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return _number(host)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _number(host: str) -> IPv4Address:
    """Read an address in decimal, octal or hexadecimal, of up to four numbers."""
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return IPv4Address(0)
