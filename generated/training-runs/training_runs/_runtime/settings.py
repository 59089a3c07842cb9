"""Reads settings from environment variables, and reports all faults together."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

from .errors import SettingsError

Environment = Mapping[str, str]
P = ParamSpec("P")
T = TypeVar("T")
VARIABLE = re.compile(r"\{\w+\}")
# Characters that end a path or aren't allowed in a URL.
UNSAFE = r"[?#\\<>\"{}^`|]"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on upstream calls: seconds for each call, and the number at once.

    With `trust_env`, the pool uses the proxies that environment variables set.
    """

    timeout: float = 30.0
    max_concurrency: int = 1000
    trust_env: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """The value of a variable that isn't set, None if it must be, and its choices."""

    value: str | None = None
    choices: Sequence[str] = ()


NOTHING_USUAL: Mapping[str, Usual] = {}


class Variables:
    """Environment variables that are read together.

    The end of the context raises one error for all faults. If the variable that
    `partial` names is 1, credentials may be missing.
    """

    def __init__(self, env: Environment, partial: str | None = None) -> None:
        self._env = env
        self._faults: list[str] = []
        self._unset: set[str] = set()
        self._is_partial = bool(partial and self.read(False, switch, partial))

    def __enter__(self) -> Self:
        """Return these variables."""
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise all faults as one SettingsError, first those that the block raised."""
        if isinstance(error, SettingsError):
            self._faults[:0] = error.faults
        if self._faults and isinstance(error, SettingsError | None):
            raise SettingsError(*dict.fromkeys(self._faults)) from None

    @property
    def unset(self) -> frozenset[str]:
        """Return the variables of credentials that were read and are missing."""
        return frozenset(self._unset)

    def credential(
        self, name: str, *, beside: str | None = None, always: bool = False
    ) -> str:
        """Return the credential of a variable, or "" if it is missing and may be.

        `beside` names the other half of a Basic credential, or is "" if that half is
        text in the spec; one half may be empty. With `always`, the credential mustn't
        be missing.
        """
        is_set = name in self._env if beside is not None else bool(self._env.get(name))
        if self._may_lack(name, is_set, always):
            return ""
        return self.read("", credential, name, beside)

    def alternative_credential(self, name: str, *, beside: str | None = None) -> str:
        """Return the credential of a variable, or "" if it is missing.

        It may be missing because another credential is enough. It may be empty if the
        variable `beside` isn't.
        """
        is_empty = not self._env.get(name)
        may_be_empty = name in self._env and bool(beside and self._env.get(beside))
        if is_empty and not may_be_empty:
            self._unset.add(name)
            return ""
        return self.read("", credential, name, beside)

    def text(
        self, name: str, *, always: bool = False, usual: Usual | None = None
    ) -> str:
        """Return a variable of any text, or "" if it is missing and may be."""
        is_set = bool(self._env.get(name)) or usual is not None
        if self._may_lack(name, is_set, always):
            return ""
        return self.read("", text, name, usual)

    def base_uri(
        self, name: str, *default: str, usual: Mapping[str, Usual] = NOTHING_USUAL
    ) -> str:
        """Read the base URI of an upstream."""
        return self.read("", base_uri, name, *default, usual=usual)

    def limits(self, prefix: str) -> Limits:
        """Read the limits on upstream calls."""
        return self.read(Limits(), limits, prefix)

    def read(
        self,
        substitute: T,
        reader: Callable[Concatenate[Environment, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return the reader's value; on a fault, keep it and return the substitute."""
        try:
            return reader(self._env, *args, **kwargs)
        except SettingsError as error:
            self._faults += error.faults
            return substitute

    def _may_lack(self, name: str, is_set: bool, always: bool) -> bool:
        """Return whether a variable is missing and may be; if so, add it to `unset`."""
        if is_set or always or not self._is_partial:
            return False
        self._unset.add(name)
        return True


def credential(env: Environment, name: str, beside: str | None = None) -> str:
    """Read a variable of visible ASCII text, which may be empty if `beside` isn't."""
    if beside is not None and env.get(name) == "":
        if env.get(beside) == "":
            raise SettingsError(f"{name} must not be empty if {beside} is")
        return ""
    value = text(env, name)
    if not re.fullmatch(r"[\x20-\x7e]+", value) or value != value.strip():
        raise SettingsError(f"{name} must be plain ASCII text without outer spaces")
    return value


def text(env: Environment, name: str, usual: Usual | None = None) -> str:
    """Read a variable that must be set, unless it has a usual value."""
    value = env.get(name, "")
    if not value and usual is not None and usual.value is not None:
        return usual.value
    if not value:
        raise SettingsError(f"set the environment variable {name}")
    if usual is not None and usual.choices and value not in usual.choices:
        raise SettingsError(f"{name} must be one of {', '.join(usual.choices)}")
    return value


def base_uri(
    env: Environment,
    name: str,
    *default: str,
    usual: Mapping[str, Usual] = NOTHING_USUAL,
) -> str:
    """Read the base URI of an upstream.

    If the variable isn't set, the parts of `default` are joined. A part `{X}` is the
    value of the variable X, which is then required unless it has a usual value.
    """
    value = env.get(name)
    variables = () if value else tuple(filter(VARIABLE.fullmatch, default))
    value = value or "".join(_filled(env, part, usual) for part in default)
    if not _is_base_uri(value):
        named = " and ".join(part[1:-1] for part in variables) or name
        raise SettingsError(f"{named} must make an http(s) URL of a host and a path")
    return value.rstrip("/")


def endpoint(name: str, value: str) -> str:
    """Check a URL that may have a query; raises SettingsError, which names `name`."""
    # A query may contain the same characters as a path.
    if not _is_base_uri(value.replace("?", "/", 1)):
        raise SettingsError(f"{name} must make an http(s) URL of a host and a path")
    return value


def limits(env: Environment, prefix: str) -> Limits:
    """Read the limits on upstream calls."""
    concurrency = f"{prefix}_MAX_CONCURRENCY"
    default = Limits()
    with Variables(env) as variables:
        return Limits(
            timeout=variables.read(0, _seconds, f"{prefix}_TIMEOUT", default.timeout),
            max_concurrency=variables.read(
                0, whole_number, concurrency, default.max_concurrency, 1, 1_000_000
            ),
            trust_env=variables.read(False, switch, f"{prefix}_TRUST_ENV"),
        )


def switch(env: Environment, name: str) -> bool:
    """Read a switch: `1` is on; `0`, empty and unset are off."""
    value = env.get(name, "")
    if value not in ("", "0", "1"):
        raise SettingsError(f"{name} must be 1 or 0")
    return value == "1"


def whole_number(env: Environment, name: str, default: int, low: int, high: int) -> int:
    """Read a whole number from `low` to `high`; raises SettingsError."""
    value = env.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,7}", value) or not low <= int(value) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}")
    return int(value)


def _filled(env: Environment, part: str, usual: Mapping[str, Usual]) -> str:
    if not VARIABLE.fullmatch(part):
        return part
    name = part[1:-1]
    return text(env, name, usual.get(name))


def _is_base_uri(value: str) -> bool:
    try:
        parts = urlsplit(value)
        # `port` and `encode` raise ValueError for a malformed port or host.
        usable = parts.port != 0 and (parts.hostname or "").encode("idna") != b""
    except ValueError:
        return False
    plain = re.fullmatch(r"[\x21-\x7e]+", value) and not re.search(UNSAFE, value)
    known = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return usable and known and bool(plain)


def _seconds(env: Environment, name: str, default: float) -> float:
    value = env.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", value) or float(value) == 0:
        raise SettingsError(f"{name} must be a number of seconds above 0")
    return float(value)
