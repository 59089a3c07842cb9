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


def is_set(env: Environment, name: str) -> bool:
    """Return whether a variable is set, or a file of its value is named."""
    return bool(env.get(name) or env.get(name + SUFFIX))


def read_text(path: Path, limit: int) -> tuple[Stamp, str]:
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
        stamp, text = read_text(self.path, LIMIT)
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
