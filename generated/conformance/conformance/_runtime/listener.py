"""The host and port of an adapter, and the names that requests may give it."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from .settings import Environment, whole_number


@dataclass(frozen=True, slots=True)
class Listener:
    """An adapter's host and port, and the allowed values of `Host` and `Origin`."""

    host: str
    port: int
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Return whether only this machine can reach the host."""
        return self.host == "localhost" or _address(self.host).is_loopback

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the allowed values of `Host`, in lower case."""
        own = dict.fromkeys((_in_url(self.host), "127.0.0.1", "localhost", "[::1]"))
        # Clients omit the default port.
        bare = own if self.port == 80 else ()
        named = (*(f"{name}:{self.port}" for name in own), *bare, *self.allowed_hosts)
        return tuple(map(str.lower, named))

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the allowed values of `Origin`."""
        own = (f"http://{host}" for host in self.hosts)
        return (*own, *origins_of(self.allowed_hosts), *self.allowed_origins)

    @property
    def url(self) -> str:
        """Return the root of the adapter's URLs."""
        return f"http://{_in_url(self.host)}:{self.port}"


def listener(env: Environment, prefix: str, port: int) -> Listener:
    """Read the host and port of an adapter; the default host is loopback."""
    return Listener(
        host=env.get(f"{prefix}_HOST") or "127.0.0.1",
        port=whole_number(env, f"{prefix}_PORT", port, 0, 65535),
        allowed_hosts=allowed_hosts(env, prefix),
        allowed_origins=allowed_origins(env, prefix),
    )


def allowed_hosts(env: Environment, prefix: str) -> tuple[str, ...]:
    """Read the further values of `Host` that an adapter allows."""
    return _listed(env, f"{prefix}_ALLOWED_HOSTS")


def allowed_origins(env: Environment, prefix: str) -> tuple[str, ...]:
    """Read the further values of `Origin` that an adapter allows."""
    return _listed(env, f"{prefix}_ALLOWED_ORIGINS")


def origins_of(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return the origins of hosts, with and without TLS, which a proxy may add."""
    schemes = ("http", "https")
    return tuple(f"{scheme}://{host}" for host in hosts for scheme in schemes)


def _listed(env: Environment, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _address(host: str) -> IPv4Address | IPv6Address:
    """Parse an address; for a host name, return the address of all interfaces."""
    try:
        return ip_address(host)
    except ValueError:
        return IPv4Address(0)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
