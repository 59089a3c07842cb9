"""The texts of a guard, which are constants or environment variables."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from ..settings import Environment, Variables, credential


@dataclass(frozen=True, slots=True)
class Variable:
    """The text of an environment variable."""

    name: str


@dataclass(frozen=True, slots=True, init=False)
class Joined:
    """A text with variables in it."""

    parts: tuple[str | Variable, ...]

    def __init__(self, *parts: str | Variable) -> None:
        object.__setattr__(self, "parts", parts)


Text = str | Variable | Joined


def joined(*texts: Text) -> Joined:
    """Return texts one after the other."""
    return Joined(*(part for text in texts for part in _parts(text)))


def referring(text: Text, refer: Callable[[str], str]) -> str:
    """Return a text in which `refer` writes the names of variables."""
    return "".join(
        part if isinstance(part, str) else refer(part.name) for part in _parts(text)
    )


def in_shell(text: Text) -> str:
    """Return a text in double quotes, in which a POSIX shell fills in the variables."""
    parts = tuple(_parts(text))
    written = map(_in_quotes, parts, (*parts[1:], ""))
    return f'"{"".join(written)}"'


class Secret:
    """A text that clients have to send; it is compared in constant time."""

    __slots__ = ("_digest", "_remembered")

    def __init__(self, text: str) -> None:
        self._digest = sha256(text.encode()).digest()
        self._remembered: set[bytes] = set()
        """The text itself, as soon as a client has sent it."""

    def is_equal(self, text: bytes) -> bool:
        """Return whether a client's text is the secret."""
        # A set compares texts only if their hashes are equal, which have a random key.
        # So its time tells as little about the secret as that of the digests.
        if text in self._remembered:
            return True
        is_equal = compare_digest(sha256(text).digest(), self._digest)
        if is_equal:
            self._remembered.add(text)
        return is_equal


def read_texts(env: Environment, *texts: Text) -> tuple[str, ...]:
    """Return texts with the values of their variables.

    Raises SettingsError for variables that are missing, or that no header can have.
    """
    with Variables(env) as variables:
        return tuple(_filled(text, variables) for text in texts)


def names_of(*texts: Text) -> tuple[str, ...]:
    """Return the names of the variables in texts, each once."""
    names = (
        part.name
        for text in texts
        for part in _parts(text)
        if isinstance(part, Variable)
    )
    return tuple(dict.fromkeys(names))


def _parts(text: Text) -> Iterator[str | Variable]:
    if isinstance(text, Joined):
        yield from text.parts
    else:
        yield text


def _in_quotes(part: str | Variable, follower: str | Variable) -> str:
    if isinstance(part, str):
        return re.sub(r'([\\"$`])', r"\\\1", part)
    needs_braces = isinstance(follower, str) and re.match(r"\w", follower)
    return f"${{{part.name}}}" if needs_braces else f"${part.name}"


def _filled(text: Text, variables: Variables) -> str:
    return "".join(
        part if isinstance(part, str) else variables.read("", credential, part.name)
        for part in _parts(text)
    )
