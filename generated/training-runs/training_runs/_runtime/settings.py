"""Settings: environment variables, and secrets in files, as platforms mount them.

All faults are reported together. The variable `X_FILE` names the file of the secret
`X`, which is read again when it changes. No message holds a value, nor a path, which
may be a value that was put into the wrong variable.
"""

import netrc
import os
import re
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import (
    Any,
    ClassVar,
    Concatenate,
    NamedTuple,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
    dataclass_transform,
)
from urllib.parse import unquote, urlsplit

from .errors import FAULTS, Fault, NaftikoError, SettingsError

SUFFIX = "_FILE"
LIMIT = 64 * 1024
FRESH = 100_000_000
"""Nanoseconds after a change in which another one may get the same time."""

Environment = Mapping[str, str]
Stamp = tuple[int, ...]
"""The facts of a file that a rewriting changes, or another file behind a link."""
T = TypeVar("T")


class UnusableFileError(NaftikoError):
    """A file holds no value; the message is the end of a sentence."""


class AbsentFileError(UnusableFileError):
    """A file doesn't exist."""


# --- secrets in files -----------------------------------------------------------------


def is_set(env: Environment, name: str) -> bool:
    """Return whether a variable is set, or a file of its value is named."""
    return bool(env.get(name) or env.get(name + SUFFIX))


def read_file(path: Path, limit: int) -> tuple[Stamp, str]:
    """Return the text of a file, and its stamp before it was read.

    Raises UnusableFileError, also for a text of more bytes than the limit.
    """
    try:
        # Without blocking: opening a pipe would wait for somebody who writes.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UnusableFileError("isn't a regular file")
            content = file.read(limit + 1)
    except FileNotFoundError as failure:
        raise AbsentFileError(_reason(failure)) from None
    except (OSError, ValueError) as failure:
        raise UnusableFileError(_reason(failure)) from None
    if len(content) > limit:
        raise UnusableFileError(f"is larger than {limit // 1024} KiB")
    try:
        return _stamp(status), content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableFileError("isn't UTF-8 text") from None


def _reason(failure: OSError | ValueError) -> str:
    why = getattr(failure, "strerror", None) or "its path isn't valid"
    return f"can't be read: {why}"


def _stamp(status: os.stat_result) -> Stamp:
    times = status.st_mtime_ns, status.st_ctime_ns
    return *times, status.st_size, status.st_ino, status.st_dev


class NamedFile:
    """A file that the value of a variable names, and that may change."""

    def __init__(self, variable: str, path: str) -> None:
        self.path = Path(path)
        self._variable = variable
        self._stamp: Stamp | None = None

    def has_changed(self) -> bool:
        """Return whether it isn't the file of the last look; False if it vanished."""
        try:
            stamp = _stamp(self.path.stat())
        except (OSError, ValueError) as failure:
            self.warn(_reason(failure))
            return False
        is_other = stamp != self._stamp
        self._stamp = stamp
        return is_other

    def warn(self, reason: str) -> None:
        """Log why the last content of the file is still used."""
        fault = f"the file in {self._variable} {reason}"
        FAULTS.warn(f"{fault}; its last content is still used")


class SecretFile(NamedFile):
    """The file of a secret; raises UnusableFileError if it holds none."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name + SUFFIX, path)
        self.name = name
        self.value = self.accepted = self._read()
        """The secret, and the last one that could be used."""

    def refresh(self) -> bool:
        """Read a changed file again; return whether its secret is another one."""
        if not self.has_changed():
            return False
        try:
            value = self._read()
        except UnusableFileError as unusable:
            self.warn(str(unusable))
            return False
        is_other = value != self.value
        self.value = value
        return is_other

    def _read(self) -> str:
        """Return the secret: the whole text, but for one line end behind it."""
        self._stamp = None  # an unusable file is read again
        stamp, text = read_file(self.path, LIMIT)
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise UnusableFileError("is empty")
        # A file that has just changed may change again without another stamp.
        if abs(time.time_ns() - max(stamp[:2])) >= FRESH:
            self._stamp = stamp
        return text


def read_explained(
    reader: Callable[[Environment], T],
    env: Environment,
    faults: Iterable[Fault],
    explain: Callable[[Fault], Fault | None],
) -> T:
    """Call a reader with an environment whose values have other sources, too.

    Raises SettingsError with the faults of these sources, and those of the reader as
    `explain` returns them.
    """
    try:
        result = reader(env)
    except SettingsError as error:
        explained_faults = filter(None, map(explain, error.faults))
        raise SettingsError(*faults, *explained_faults) from None
    if all_faults := tuple(faults):
        raise SettingsError(*all_faults)
    return result


class SecretFiles:
    """The files that variables name for these secrets, and the other variables.

    Attributes:
        files: The usable files.
        faults: A line for each variable whose file isn't usable.
    """

    def __init__(self, env: Environment, names: Iterable[str]) -> None:
        self.files: list[SecretFile] = []
        self.faults: dict[str, Fault] = {}
        in_files = [name for name in names if name + SUFFIX in env]
        for name in in_files:
            if fault := self._add(name, env.get(name, ""), env[name + SUFFIX]):
                self.faults[name] = Fault(fault, name)
        without = frozenset(name + SUFFIX for name in in_files)
        self._env = {k: value for k, value in env.items() if k not in without}

    def __bool__(self) -> bool:
        """Return whether a variable names a file."""
        return bool(self.files or self.faults)

    def refresh(self) -> bool:
        """Read changed files again; return whether a secret is another one."""
        are_others = [file.refresh() for file in self.files]
        return any(are_others)

    def read(self, reader: Callable[[Environment], T]) -> T:
        """Call a reader with the environment and the secrets; return its result.

        Raises SettingsError with a line for each fault.
        """
        env = {**self._env, **{file.name: file.value for file in self.files}}
        return read_explained(reader, env, self.faults.values(), self._explain)

    def accept(self) -> None:
        """Keep all secrets, because they could be used."""
        for file in self.files:
            file.accepted = file.value

    def revert(self, faults: Iterable[Fault]) -> bool:
        """Revert the secrets that faults name; return whether another one is new."""
        for fault in faults:
            for file in self.files:
                if file.name == fault.variable:
                    file.value = file.accepted
                    file.warn(f"can't be used ({fault})")
        return any(file.value != file.accepted for file in self.files)

    def _add(self, name: str, value: str, path: str) -> str:
        """Add the file of a secret; return the fault if it can't be used, else ""."""
        variable = name + SUFFIX
        if value:
            return f"{name} and {variable} are both set: unset one of them"
        if not path:
            return f"{name}: {variable} must be the path of a file"
        try:
            self.files.append(SecretFile(name, path))
        except UnusableFileError as unusable:
            return f"{name}: the file in {variable} {unusable}"
        return ""

    def _explain(self, fault: Fault) -> Fault | None:
        """Return a fault with the file of its value, or None if the file has one."""
        name = fault.variable
        if fault.is_missing and name in self.faults:
            return None
        is_in_file = any(file.name == name for file in self.files)
        end = f": the file in {name}{SUFFIX} has it" if is_in_file else ""
        return fault.with_end(end)


def follow(
    files: SecretFiles, renew: Callable[[Environment], T | None]
) -> Callable[[], T | None]:
    """Return a function that returns a renewed thing when a secret is another one.

    It returns None if none is. Of malformed secrets, the last usable one stays.
    """

    def make() -> T | None:
        result = files.read(renew)
        files.accept()
        return result

    def look() -> T | None:
        if not files.refresh():
            return None
        try:
            return make()
        except SettingsError as error:
            if not files.revert(error.faults):
                return None
        try:
            return make()
        except SettingsError as error:
            FAULTS.warn(f"the last secrets are still used: {error}")
            return None

    return look


# --- environment variables ------------------------------------------------------------

P = ParamSpec("P")
VARIABLE = re.compile(r"\{\w+\}")
# Characters that end a path or aren't allowed in a URL.
UNSAFE = r"[?#\\<>\"{}^`|]"
# Others would end the host for a proxy or server.
HOST = re.compile(r"[\w.~:!$&'()*+,;=%-]+", re.ASCII)
SCHEMES = ("http", "https")

Login: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on upstream calls: seconds for each call, and the number at once.

    With `trust_env`, the pool uses the proxies that environment variables set. `logins`
    are the users and passwords of the hosts that a file `.netrc` names.
    """

    timeout: float = 30.0
    max_concurrency: int = 1000
    trust_env: bool = False
    logins: Mapping[str, Login] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Usual:
    """The value of a variable that isn't set, None if it must be, and its choices."""

    value: str | None = None
    choices: Sequence[str] = ()


NO_DEFAULTS: Mapping[str, Usual] = {}


class Variables:
    """Environment variables that are read together.

    The end of the context raises one error for all faults. If the variable that
    `partial` names is 1, credentials may be missing.
    """

    def __init__(self, env: Environment, partial: str | None = None) -> None:
        self._env = env
        self._faults: list[Fault] = []
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
        self,
        name: str,
        *,
        beside: str | None = None,
        always: bool = False,
        has_alternative: bool = False,
    ) -> str:
        """Return the credential of a variable, or "" if it is missing and may be.

        `beside` names the other half of a Basic credential, or is "" if that half is
        text in the spec; one half may be empty. With `always`, the credential mustn't
        be missing; with `has_alternative` it may be, because another one is enough.
        """
        is_set = bool(self._env.get(name))
        if not is_set and beside is not None and name in self._env:
            is_set = not has_alternative or bool(self._env.get(beside))
        if not is_set and (has_alternative or (self._is_partial and not always)):
            self._unset.add(name)
            return ""
        return self.read("", read_credential, name, beside)

    def text(
        self, name: str, *, always: bool = False, usual: Usual | None = None
    ) -> str:
        """Return a variable of any text, or "" if it is missing and may be."""
        is_set = bool(self._env.get(name)) or usual is not None
        if not is_set and self._is_partial and not always:
            self._unset.add(name)
            return ""
        return self.read("", read_text, name, usual)

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


def read_credential(env: Environment, name: str, beside: str | None = None) -> str:
    """Read a variable of visible ASCII text, which may be empty if `beside` isn't."""
    if beside is not None and env.get(name) == "":
        if env.get(beside) == "":
            raise SettingsError.of(name, f"must not be empty if {beside} is")
        return ""
    value = read_text(env, name)
    if not re.fullmatch(r"[\x20-\x7e]+", value) or value != value.strip():
        raise SettingsError.of(name, "must be plain ASCII text without outer spaces")
    return value


def read_text(env: Environment, name: str, usual: Usual | None = None) -> str:
    """Read a variable that must be set, unless it has a default value."""
    value = env.get(name, "")
    if not value and usual is not None and usual.value is not None:
        return usual.value
    if not value:
        fault = f"set the environment variable {name}"
        raise SettingsError(Fault(fault, name, is_missing=True))
    if usual is not None and usual.choices and value not in usual.choices:
        raise SettingsError.of(name, f"must be one of {', '.join(usual.choices)}")
    return value


def read_base_uri(
    env: Environment,
    name: str,
    *default: str,
    usual: Mapping[str, Usual] = NO_DEFAULTS,
) -> str:
    """Read the base URI of an upstream.

    If the variable isn't set, the parts of `default` are joined. A part `{X}` is the
    value of the variable X, which is then required unless it has a default value.
    """
    if value := env.get(name):
        return _base_uri(value, name).rstrip("/")
    parts, names = [], []
    for part in default:
        if VARIABLE.fullmatch(part):
            names.append(variable := part[1:-1])
            parts.append(read_text(env, variable, usual.get(variable)))
        else:
            parts.append(part)
    return _base_uri("".join(parts), *(names or [name])).rstrip("/")


def endpoint(name: str, value: str) -> str:
    """Check a URL that may have a query; raises SettingsError, which names `name`."""
    # A query may contain the same characters as a path.
    _base_uri(value.replace("?", "/", 1), name)
    return value


def read_limits(env: Environment, prefix: str) -> Limits:
    """Read the limits on upstream calls."""
    concurrency = f"{prefix}_MAX_CONCURRENCY"
    default = Limits()
    with Variables(env) as variables:
        return Limits(
            timeout=variables.read(0, seconds, f"{prefix}_TIMEOUT", default.timeout),
            max_concurrency=variables.read(
                0, whole_number, concurrency, default.max_concurrency, 1, 1_000_000
            ),
            trust_env=variables.read(False, switch, f"{prefix}_TRUST_ENV"),
            logins=variables.read({}, _read_netrc, f"{prefix}_TRUST_NETRC"),
        )


def _read_netrc(env: Environment, name: str) -> Mapping[str, Login]:
    """Read the file `.netrc` if a switch is on; raises SettingsError."""
    if not switch(env, name):
        return {}
    try:
        path = env.get("NETRC") or Path("~/.netrc").expanduser()
        hosts = netrc.netrc(path).hosts
    except (OSError, ValueError, RuntimeError, netrc.NetrcParseError):
        fault = "must be 0, or the file that NETRC names a .netrc that can be read"
        raise SettingsError.of(name, fault) from None
    # Its entry for all other hosts would give them a password of somebody else.
    hosts.pop("default", None)
    return {
        host.lower(): (login or account or "", password or "")
        for host, (login, account, password) in hosts.items()
    }


def switch(env: Environment, name: str) -> bool:
    """Read a switch: `1` is on; `0`, empty and unset are off."""
    value = env.get(name, "")
    if value not in ("", "0", "1"):
        raise SettingsError.of(name, "must be 1 or 0")
    return value == "1"


def pages_are_open(env: Environment, prefix: str) -> bool:
    """Read whether everybody may read the pages of an adapter; raises SettingsError."""
    return _is_first(env, f"{prefix}_PAGES", "open", "closed")


def variable_of_unknown(env: Environment, prefix: str) -> str | None:
    """Return the variable by which undeclared parts of requests are ignored.

    None if it says so. Raises SettingsError for other values.
    """
    name = f"{prefix}_UNKNOWN"
    return None if _is_first(env, name, "ignore", "refuse") else name


def _is_first(env: Environment, name: str, first: str, usual: str) -> bool:
    """Read which of two words a variable is."""
    value = env.get(name) or usual
    if value not in (first, usual):
        raise SettingsError.of(name, f"must be {first} or {usual}")
    return value == first


def whole_number(env: Environment, name: str, default: int, low: int, high: int) -> int:
    """Read a whole number from `low` to `high`; raises SettingsError."""
    value = env.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,7}", value) or not low <= int(value) <= high:
        raise SettingsError.of(name, f"must be a whole number from {low} to {high}")
    return int(value)


def seconds(env: Environment, name: str, default: float) -> float:
    """Read a number of seconds above 0; raises SettingsError."""
    value = env.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", value) or float(value) == 0:
        raise SettingsError.of(name, "must be a number of seconds above 0")
    return float(value)


def _base_uri(value: str, *names: str) -> str:
    """Check a base URI; raises SettingsError, which names the variables of its text."""
    try:
        parts = urlsplit(value)
        host = unquote(parts.hostname or "")
        # `port` and `encode` raise ValueError for a malformed port or host.
        usable = parts.port != 0 and host.encode("idna") != b"" and HOST.fullmatch(host)
    except ValueError:
        usable = None
    is_plain = re.fullmatch(r"[\x21-\x7e]+", value) and not re.search(UNSAFE, value)
    if usable and is_plain and parts.scheme in SCHEMES and "@" not in parts.netloc:
        return value
    fault = "must make an http(s) URL of a host and a path"
    raise SettingsError(Fault(f"{' and '.join(names)} {fault}", names[0]))


# --- the settings of adapters ---------------------------------------------------------


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
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the allowed values of `Host`, in lower case."""
        own = dict.fromkeys((_in_url(self.host), "127.0.0.1", "localhost", "[::1]"))
        # Clients omit the default port.
        bare = own if self.port == 80 else ()
        ports = (f"{name}:{self.port}" for name in own)
        return tuple(map(str.lower, (*ports, *bare, *self.allowed_hosts)))

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the allowed values of `Origin`."""
        own = (f"http://{host}" for host in self.hosts)
        return (*own, *origins_of(self.allowed_hosts), *self.allowed_origins)

    @property
    def url(self) -> str:
        """Return the root of the adapter's URLs."""
        return f"http://{_in_url(self.host)}:{self.port}"


def listener(
    env: Environment, prefix: str, port: int, platform_port: str = ""
) -> Listener:
    """Read the host and port of an adapter; the default host is loopback.

    `platform_port` is the variable by which a platform sets the port, if it may.
    """
    name = f"{prefix}_PORT"
    if not env.get(name) and env.get(platform_port):
        name = platform_port
    return Listener(
        host=env.get(f"{prefix}_HOST") or "127.0.0.1",
        port=whole_number(env, name, port, 0, 65535),
        allowed_hosts=allowed_hosts(env, prefix),
        allowed_origins=allowed_origins(env, prefix),
    )


def allowed_hosts(env: Environment, prefix: str) -> tuple[str, ...]:
    """Read the further values of `Host` that an adapter allows."""
    return _list(env, f"{prefix}_ALLOWED_HOSTS")


def allowed_origins(env: Environment, prefix: str) -> tuple[str, ...]:
    """Read the further values of `Origin` that an adapter allows."""
    return _list(env, f"{prefix}_ALLOWED_ORIGINS")


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """The tools that an MCP server has, by patterns of their names (globs).

    Without patterns, it has all. With `read_only`, it has only those that change
    nothing.
    """

    patterns: tuple[str, ...] = ()
    read_only: bool = False


def tool_choice(env: Environment, prefix: str) -> ToolChoice:
    """Read which tools an MCP adapter has."""
    patterns = _list(env, f"{prefix}_TOOLS")
    return ToolChoice(patterns, switch(env, f"{prefix}_READ_ONLY"))


def origins_of(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return the origins of hosts, with and without TLS, which a proxy may add."""
    return tuple(f"{scheme}://{host}" for host in hosts for scheme in SCHEMES)


def _list(env: Environment, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


# --- the settings of clients ----------------------------------------------------------


class _Secret(NamedTuple):
    """A credential, or one half of it, which is public if it is a name."""

    variable: str
    beside: str | None
    is_public: bool


def credential(
    variable: str,
    *,
    beside: str | None = None,
    always: bool = False,
    public: bool = False,
) -> Any:
    """Declare a field for a credential, which no `repr` shows.

    `beside` names the other half of a Basic credential, or is "" if that half is text
    in the spec; one half may be empty. With `always`, the credential mustn't be missing
    in partial mode either. `public` is a name, such as a user's, which responses may
    repeat; it is secret if the other half is empty.
    """
    return _field(
        lambda variables: variables.credential(variable, beside=beside, always=always),
        _Secret(variable, beside, public),
    )


def alternative_credential(
    variable: str, *, beside: str | None = None, public: bool = False
) -> Any:
    """Declare a field for a credential that may be missing: another one is enough."""
    return _field(
        lambda variables: variables.credential(
            variable, beside=beside, has_alternative=True
        ),
        _Secret(variable, beside, public),
    )


def text(
    variable: str,
    *,
    always: bool = False,
    secret: bool = False,
    usual: Usual | None = None,
) -> Any:
    """Declare a field for a variable of any text; no `repr` shows a secret.

    A variable with a default value needn't be set.
    """
    return _field(
        lambda variables: variables.text(variable, always=always, usual=usual),
        file_of=variable if secret else None,
        repr=not secret,
    )


def base_uri(variable: str, *, default: str) -> Any:
    """Declare a field for the base URI of an upstream."""
    return _field(
        lambda variables: variables.read("", read_base_uri, variable, default),
        default=default,
    )


def templated_base_uri(
    variable: str, template: str, usual: Mapping[str, Usual] = NO_DEFAULTS
) -> Any:
    """Declare a field for a base URI that contains other variables, written `{X}`.

    `usual` are the defaults of those that needn't be set.
    """
    default = tuple(filter(None, re.split(f"({VARIABLE.pattern})", template)))
    return _field(
        lambda variables: variables.read(
            "", read_base_uri, variable, *default, usual=usual
        )
    )


def _field(
    read: Callable[[Variables], object],
    secret: _Secret | None = None,
    file_of: str | None = None,
    **options: Any,
) -> Any:
    """Declare a field: the function that reads its value.

    `file_of` is the variable of a secret that isn't a credential of its own.
    """
    if secret:
        options, file_of = {"repr": False}, secret.variable
    metadata = {"read": read, "secret": secret, "file_of": file_of}
    return field(metadata=metadata, **options)


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(
        credential,
        alternative_credential,
        text,
        base_uri,
        templated_base_uri,
        field,
    ),
)
class Declared:
    """A class whose subclasses are frozen dataclasses with keyword arguments."""

    def __init_subclass__(cls) -> None:
        """Turn a subclass into a dataclass."""
        dataclass(frozen=True, kw_only=True)(cls)


@dataclass(frozen=True, slots=True)
class ValueFile(ABC):
    """A file that may hold the values of variables.

    `variable` overrides `path`, which is relative to the working directory. `keys` maps
    variables to keys of the file.
    """

    variable: str
    path: str
    keys: Mapping[str, str]

    @abstractmethod
    def read(self, reader: Callable[[Environment], T], env: Environment) -> T:
        """Call a reader with the environment and the values of the file."""

    @abstractmethod
    def places(self, env: Environment) -> Mapping[str, str]:
        """Return the path of the file by each variable whose value it holds."""


def read_with(
    files: Iterable[ValueFile], reader: Callable[[Environment], T], env: Environment
) -> T:
    """Call a reader with the environment and the values of files."""
    for file in files:
        reader = partial(file.read, reader)
    return reader(env)


class BaseSettings(Declared):
    """The settings of a client; `limits` are those of its calls.

    A subclass declares a field for each variable. `prefix`, later `PREFIX`, begins the
    names of the package's own variables. With `partial`, some credentials may be
    missing if the variable `_PARTIAL` after the prefix is 1. `files`, later `FILES`,
    may hold values of variables.
    """

    limits: Limits = field(default_factory=Limits)
    unset: frozenset[str] = frozenset()
    """The credentials that are missing: operations that need them send nothing."""
    secret_files: SecretFiles | None = field(default=None, repr=False, compare=False)
    """The files of secrets, if there are any."""

    PREFIX: ClassVar[str]
    FILES: ClassVar[Sequence[ValueFile]] = ()
    _switch: ClassVar[str | None]

    def __init_subclass__(
        cls, *, prefix: str, partial: bool = False, files: Sequence[ValueFile] = ()
    ) -> None:
        """Turn a subclass into a dataclass, and keep its files and variables."""
        super().__init_subclass__()
        cls.PREFIX, cls.FILES = prefix, files
        cls._switch = f"{prefix}_PARTIAL" if partial else None

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raises SettingsError with a line for each fault."""
        return read_with(cls.FILES, cls._with_secrets, env)

    @classmethod
    def _with_secrets(cls, env: Environment) -> Self:
        names = (item.metadata.get("file_of") for item in fields(cls))
        files = SecretFiles(env, filter(None, names))
        return files.read(partial(cls.of_values, files or None))

    @classmethod
    def of_values(cls, files: SecretFiles | None, env: Environment) -> Self:
        """Read the settings from variables, after secrets from these files."""
        with Variables(env, cls._switch) as variables:
            values = {
                item.name: item.metadata["read"](variables)
                for item in fields(cls)
                if item.metadata
            }
            limits = variables.read(Limits(), read_limits, cls.PREFIX)
            unset = variables.unset
            return cls(**values, limits=limits, unset=unset, secret_files=files)


def secrets_of(settings: BaseSettings) -> Iterator[str]:
    """Yield the values of credentials that no response may repeat."""
    values: dict[_Secret, str] = {
        secret: str(getattr(settings, item.name))
        for item in fields(settings)
        if (secret := item.metadata.get("secret"))
    }
    empty = {secret.variable for secret, value in values.items() if not value}
    for secret, value in values.items():
        if not secret.is_public or secret.beside in empty:
            yield value
