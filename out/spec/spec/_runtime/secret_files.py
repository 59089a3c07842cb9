"""Secrets in files, as platforms mount them; a file is read again when it changes.

The variable `X_FILE` names the file of the secret `X`. No message holds a value, nor a
path, which may be a value that was put into the wrong variable.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from .errors import NaftikoError, SettingsError
from .faults import FAULTS

SUFFIX = "_FILE"
LIMIT = 64 * 1024
FRESH = 100_000_000
"""Nanoseconds after a change in which another one may get the same time."""

Environment = Mapping[str, str]
T = TypeVar("T")


Stamp = tuple[int, ...]
"""The facts of a file that a rewriting changes, or another file behind a link."""


class UnusableSecretError(NaftikoError):
    """A file holds no secret; the message is the end of a sentence."""


def is_set(env: Environment, name: str) -> bool:
    """Return whether a variable is set, or a file of its value is named."""
    return bool(env.get(name) or env.get(name + SUFFIX))


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
    """The file of a secret; raises UnusableSecretError if it holds none."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name + SUFFIX, path)
        self.name = name
        self.value = self._accepted = self._read()

    @property
    def is_new(self) -> bool:
        """Return whether the secret hasn't been accepted yet."""
        return self.value != self._accepted

    def accept(self) -> None:
        """Keep the secret, because it could be used."""
        self._accepted = self.value

    def revert(self) -> None:
        """Return to the last secret that could be used."""
        self.value = self._accepted

    def refresh(self) -> bool:
        """Read a changed file again; return whether its secret is another one."""
        if not self.has_changed():
            return False
        try:
            value = self._read()
        except UnusableSecretError as unusable:
            self.warn(str(unusable))
            return False
        is_other = value != self.value
        self.value = value
        return is_other

    def _read(self) -> str:
        self._stamp = None  # an unusable file is read again
        stamp, content = _content(self.path)
        text = _text(content)
        # A file that has just changed may change again without another stamp.
        if abs(time.time_ns() - max(stamp[:2])) >= FRESH:
            self._stamp = stamp
        return text


def _content(path: Path) -> tuple[Stamp, bytes]:
    """Return the content of a file, and its stamp before it was read."""
    try:
        # Without blocking: opening a pipe would wait for somebody who writes.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UnusableSecretError("isn't a regular file")
            return _stamp(status), file.read(LIMIT + 1)
    except (OSError, ValueError) as failure:
        raise UnusableSecretError(_reason(failure)) from None


def _reason(failure: OSError | ValueError) -> str:
    why = getattr(failure, "strerror", None) or "its path isn't valid"
    return f"can't be read: {why}"


def _stamp(status: os.stat_result) -> Stamp:
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_size,
        status.st_ino,
        status.st_dev,
    )


def _text(content: bytes) -> str:
    """Return the secret in a file: all of it, but for one line end behind it."""
    if len(content) > LIMIT:
        raise UnusableSecretError(f"is larger than {LIMIT // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableSecretError("isn't UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise UnusableSecretError("is empty")
    return text


class SecretFiles:
    """The files that variables name for these secrets, and the other variables.

    Attributes:
        files: The usable files.
        faults: A line for each variable whose file isn't usable.
    """

    def __init__(self, env: Environment, names: Iterable[str]) -> None:
        self.files: list[SecretFile] = []
        self.faults: dict[str, str] = {}
        named = [name for name in names if name + SUFFIX in env]
        for name in named:
            self._add(name, env.get(name, ""), env[name + SUFFIX])
        without = frozenset(name + SUFFIX for name in named)
        self._env = {k: value for k, value in env.items() if k not in without}

    def __bool__(self) -> bool:
        """Return whether a variable names a file."""
        return bool(self.files or self.faults)

    @property
    def env(self) -> Environment:
        """Return the environment with the secrets instead of the files' variables."""
        return {**self._env, **{file.name: file.value for file in self.files}}

    def refresh(self) -> bool:
        """Read changed files again; return whether a secret is another one."""
        are_others = [file.refresh() for file in self.files]
        return any(are_others)

    def read(self, reader: Callable[[Environment], T]) -> T:
        """Call a reader with the environment and the secrets; return its result.

        Raises SettingsError with a line for each fault.
        """
        try:
            result = reader(self.env)
        except SettingsError as error:
            others = (self._explained(fault) for fault in error.faults)
            faults = (*self.faults.values(), *filter(None, others))
            raise SettingsError(*faults) from None
        if self.faults:
            raise SettingsError(*self.faults.values())
        return result

    def accept(self) -> None:
        """Keep all secrets, because they could be used."""
        for file in self.files:
            file.accept()

    def revert(self, faults: Iterable[str]) -> bool:
        """Revert the secrets that faults name; return whether another one is new."""
        for fault in faults:
            for file in self.files:
                if fault.startswith(f"{file.name} "):
                    file.revert()
                    file.warn(f"can't be used ({fault})")
        return any(file.is_new for file in self.files)

    def _add(self, name: str, value: str, path: str) -> None:
        variable = name + SUFFIX
        if value:
            self.faults[name] = f"{name} and {variable} are both set: unset one of them"
        elif not path:
            self.faults[name] = f"{name}: {variable} must be the path of a file"
        else:
            try:
                self.files.append(SecretFile(name, path))
            except UnusableSecretError as unusable:
                self.faults[name] = f"{name}: the file in {variable} {unusable}"

    def _explained(self, fault: str) -> str:
        """Return a fault with the file of its value, or "" if the file has a fault."""
        if any(fault == missing(name) for name in self.faults):
            return ""
        for file in self.files:
            if fault.startswith(f"{file.name} "):
                return f"{fault}: the file in {file.name}{SUFFIX} has it"
        return fault


def missing(name: str) -> str:
    """Return the fault of a variable without a value."""
    return f"set the environment variable {name}"


def follow(
    files: SecretFiles, renew: Callable[[Environment], T | None]
) -> Callable[[], T | None]:
    """Return a function that returns a renewed thing when a secret is another one.

    It returns None if none is. Of malformed secrets, the last usable one stays.
    """

    def renewed() -> T | None:
        result = files.read(renew)
        files.accept()
        return result

    def changed() -> T | None:
        if not files.refresh():
            return None
        try:
            return renewed()
        except SettingsError as error:
            if not files.revert(error.faults):
                return None
        try:
            return renewed()
        except SettingsError as error:
            FAULTS.warn(f"the last secrets are still used: {error}")
            return None

    return changed
