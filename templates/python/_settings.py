"""How settings are read from environment variables, and what is wrong with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

Environment = Mapping[str, str]

VARIABLE = re.compile(r"\{\w+\}")
# What ends a path, or stands in no URL.
UNSAFE = r"[?#\\<>\"{}^`|]"


class SettingsError(Exception):
    """A variable is missing or malformed; the message names it, not its value."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where an adapter listens, and what callers may name in `Host` and `Origin`."""

    host: str
    port: int
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Say whether only this machine can reach it."""
        return self.host == "localhost" or _address(self.host).is_loopback

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return what may stand in `Host`, in lower case."""
        own = dict.fromkeys((_in_url(self.host), "127.0.0.1", "localhost", "[::1]"))
        # Callers leave out the default port.
        bare = own if self.port == 80 else ()
        named = (*(f"{name}:{self.port}" for name in own), *bare, *self.allowed_hosts)
        return tuple(map(str.lower, named))

    @property
    def origins(self) -> tuple[str, ...]:
        """Return what may stand in `Origin`."""
        return (*(f"http://{host}" for host in self.hosts), *self.allowed_origins)

    @property
    def url(self) -> str:
        """Return the root of the adapter's URLs."""
        return f"http://{_in_url(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upstream call may take: seconds in all, and how many at once."""

    timeout: float = 30.0
    max_concurrency: int = 1000
    trust_env: bool = False


def credential(env: Environment, name: str) -> str:
    """Read a variable that must be set to visible ASCII text."""
    value = text(env, name)
    if not re.fullmatch(r"[\x20-\x7e]+", value) or value != value.strip():
        raise SettingsError(f"{name} must be plain ASCII text without outer spaces")
    return value


def text(env: Environment, name: str) -> str:
    """Read a variable that must be set."""
    value = env.get(name, "")
    if not value:
        raise SettingsError(f"set the environment variable {name}")
    return value


def base_uri(env: Environment, name: str, *default: str) -> str:
    """Read where an upstream lives.

    The default is the concatenation of `default`, in which `{X}` stands for the
    variable X, needed only then.
    """
    value = env.get(name)
    variables = () if value else tuple(filter(VARIABLE.fullmatch, default))
    value = value or "".join(_filled(env, part) for part in default)
    if not _is_base_uri(value):
        named = " and ".join(part[1:-1] for part in variables) or name
        raise SettingsError(f"{named} must make an http(s) URL of a host and a path")
    return value.rstrip("/")


def endpoint(name: str, value: str) -> str:
    """Check a URL that may have a query; raises SettingsError with the variable."""
    # What a path may hold, a query may.
    if not _is_base_uri(value.replace("?", "/", 1)):
        raise SettingsError(f"{name} must make an http(s) URL of a host and a path")
    return value


def listener(env: Environment, prefix: str, port: int) -> Listener:
    """Read where an adapter listens: loopback, unless told otherwise."""
    return Listener(
        host=env.get(f"{prefix}_HOST") or "127.0.0.1",
        port=_number(env, f"{prefix}_PORT", port, 0, 65535),
        allowed_hosts=_listed(env, f"{prefix}_ALLOWED_HOSTS"),
        allowed_origins=_listed(env, f"{prefix}_ALLOWED_ORIGINS"),
    )


def limits(env: Environment, prefix: str) -> Limits:
    """Read what an upstream call may take."""
    return Limits(
        timeout=_seconds(env, f"{prefix}_TIMEOUT", 30.0),
        max_concurrency=_number(env, f"{prefix}_MAX_CONCURRENCY", 1000, 1, 1_000_000),
        trust_env=switch(env, f"{prefix}_TRUST_ENV"),
    )


def max_connections(env: Environment, prefix: str) -> int:
    """Read how many connections of clients a process has at once."""
    return _number(env, f"{prefix}_MAX_CONNECTIONS", 15_000, 1, 1_000_000)


def switch(env: Environment, name: str) -> bool:
    """Read a variable that is `1` for on, and `0`, empty or not set for off."""
    value = env.get(name, "")
    if value not in ("", "0", "1"):
        raise SettingsError(f"{name} must be 1 or 0")
    return value == "1"


def _address(host: str) -> IPv4Address | IPv6Address:
    """Return an address; a name that is none counts as reachable from anywhere."""
    try:
        return ip_address(host)
    except ValueError:
        return IPv4Address(0)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _filled(env: Environment, part: str) -> str:
    return text(env, part[1:-1]) if VARIABLE.fullmatch(part) else part


def _is_base_uri(value: str) -> bool:
    try:
        parts = urlsplit(value)
        # A malformed port, or a host that can't be looked up, shows when it is read.
        usable = parts.port != 0 and (parts.hostname or "").encode("idna") != b""
    except ValueError:
        return False
    plain = re.fullmatch(r"[\x21-\x7e]+", value) and not re.search(UNSAFE, value)
    known = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return usable and known and bool(plain)


def _number(env: Environment, name: str, default: int, low: int, high: int) -> int:
    value = env.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,7}", value) or not low <= int(value) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}")
    return int(value)


def _seconds(env: Environment, name: str, default: float) -> float:
    value = env.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", value) or float(value) == 0:
        raise SettingsError(f"{name} must be a number of seconds above 0")
    return float(value)


def _listed(env: Environment, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
