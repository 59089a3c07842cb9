"""The authentication of an adapter's clients: none, or a token."""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import (
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass, fields
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from itertools import chain
from typing import Any, TypedDict
from urllib.parse import quote, unquote_to_bytes

from starlette.types import ASGIApp

from ..errors import CallError, UnauthorizedError
from ..observing.calls import CALLER, Caller
from ..secret_files import SUFFIX, SecretFiles, follow, is_set
from ..settings import Environment, Variables, pages_are_open, read_credential
from ..values import JsonObject
from .guards import Guard, OpenPages, WaitingGuard, guards_or_default
from .surroundings import Surroundings

Scope = MutableMapping[str, Any]


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

    __slots__ = ("_digest", "_remembered", "owner")

    def __init__(self, text: str) -> None:
        self._digest = sha256(text.encode()).digest()
        self.owner = Caller(secret=self._digest)
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
    """Return texts with the values of their variables, which may be in files.

    Raises SettingsError for variables that are missing, or that no header can have.
    """
    return SecretFiles(env, names_of(*texts)).read(partial(_texts, texts))


def _texts(texts: Sequence[Text], env: Environment) -> tuple[str, ...]:
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
        (
            part
            if isinstance(part, str)
            else variables.read("", read_credential, part.name)
        )
        for part in _parts(text)
    )


def challenge(scheme: str, **parameters: str) -> str:
    """Return a challenge: a scheme with quoted parameters."""
    listed = (f'{name}="{quoted(text)}"' for name, text in parameters.items())
    return f"{scheme} {', '.join(listed)}"


def quoted(text: str) -> str:
    """Escape text inside the quotes of a header; other characters are left out."""
    plain = re.sub(r"[^\x20-\x7e]", "", text)
    return re.sub(r'(["\\])', r"\\\1", plain)


def unauthorized(detail: str, *challenges: str) -> UnauthorizedError:
    """Return the refusal of a request without a valid credential."""
    return UnauthorizedError(401, "Unauthorized", detail, *challenges)


def forbidden(detail: str, *challenges: str) -> UnauthorizedError:
    """Return the refusal of a client that may not do this."""
    return UnauthorizedError(403, "Forbidden", detail, *challenges)


def take_header(scope: Scope, name: bytes) -> bytes | None:
    """Remove a header, whose name is in lower case; return its value."""
    kept: list[tuple[bytes, bytes]] = []
    values: list[bytes] = []
    for header in scope["headers"]:
        if header[0] == name:
            values.append(header[1])
        else:
            kept.append(header)
    if not values:
        return None
    scope["headers"] = kept
    return values[0].strip(b" \t") if len(values) == 1 else None


def take_credentials(scope: Scope, scheme: bytes) -> bytes | None:
    """Remove `Authorization`; return its credentials if it has the scheme."""
    value = take_header(scope, b"authorization")
    if value is None:
        return None
    given, _, credentials = value.partition(b" ")
    return credentials.lstrip(b" ") if given.lower() == scheme else None


def take_query(scope: Scope, name: bytes) -> bytes | None:
    """Remove a query parameter; return its decoded value."""
    query: bytes = scope.get("query_string", b"")
    if not query:
        return None
    pairs = [(pair, *_decoded(pair)) for pair in query.split(b"&")]
    values = [value for _, key, value in pairs if key == name]
    if not values:
        return None
    scope["query_string"] = b"&".join(pair for pair, key, _ in pairs if key != name)
    return values[0] if len(values) == 1 else None


def take_cookie(scope: Scope, name: bytes) -> bytes | None:
    """Remove a cookie; return its value."""
    headers = scope["headers"]
    fields = [value for field, value in headers if field == b"cookie"]
    cookies = [one.strip(b" \t") for field in fields for one in field.split(b";")]
    pairs = [cookie.partition(b"=") for cookie in cookies]
    values = [value for key, _, value in pairs if key == name]
    if not values:
        return None
    others = b"; ".join(b"".join(pair) for pair in pairs if pair[0] != name)
    kept = [header for header in headers if header[0] != b"cookie"]
    scope["headers"] = [*kept, (b"cookie", others)] if others else kept
    return values[0] if len(values) == 1 else None


def _decoded(pair: bytes) -> tuple[bytes, bytes]:
    name, _, value = pair.replace(b"+", b" ").partition(b"=")
    return unquote_to_bytes(name), unquote_to_bytes(value)


@dataclass(frozen=True, slots=True)
class Authentication(ABC):
    """The authentication of an adapter's clients, as a spec declares it.

    It knows the names of environment variables; its guard knows their values.
    """

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables that have to be set: those in its texts."""
        values = (getattr(self, one.name) for one in fields(self))
        return names_of(*(one for one in values if isinstance(one, Text)))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the variables whose values may be in files."""
        return self.variables

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {}

    def places(self, _: Environment) -> Mapping[str, str]:
        """Return the files that hold values, by the variables of these."""
        return {}

    def lacks_variable(self, env: Environment = os.environ) -> bool:
        """Return whether some variable isn't set."""
        return not all(is_set(env, name) for name in self.variables)

    def is_required(self, _: Environment = os.environ) -> bool:
        """Return whether clients have to authenticate."""
        return True

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the headers with which clients authenticate, if they are enough."""
        return {}

    @property
    def query(self) -> Mapping[str, Text]:
        """Return the query parameters with which clients authenticate."""
        return {}

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the options by which curl authenticates, quoted for a shell."""
        headers = (
            ("-H", in_shell(joined(f"{name}: ", text)))
            for name, text in self.headers.items()
        )
        query = (
            ("--url-query", in_shell(joined(f"{quote(name, safe='')}=", text)))
            for name, text in self.query.items()
        )
        return tuple(chain.from_iterable((*headers, *query)))

    @property
    def typed(self) -> Sequence[JsonObject]:
        """Return the parts of a credential as a person types them into a page.

        Each has a place and a name; in its `parts`, a number stands for a variable.
        """
        places = (("header", self.headers), ("query", self.query))
        return [
            typed_part(place, name, text)
            for place, texts in places
            for name, text in texts.items()
        ]

    @abstractmethod
    def guard(self, realm: str, env: Environment = os.environ) -> WaitingGuard | None:
        """Return the guard of requests, or None if every client is allowed.

        Raises SettingsError for missing or malformed variables.
        """

    def with_open_pages(self, app: ASGIApp, _: Environment = os.environ) -> ASGIApp:
        """Return the application with the pages that the guard opens to any client.

        Raises SettingsError for missing or malformed variables.
        """
        return app


@dataclass(frozen=True, slots=True)
class NoAuthentication(Authentication):
    """Every client is allowed, or the host application authenticates clients."""

    def is_required(self, _: Environment = os.environ) -> bool:
        """Return False."""
        return False

    def guard(self, _: str, __: Environment = os.environ) -> None:
        """Return None."""


def realm_of(prefix: str) -> str:
    """Return the name of an adapter in challenges, made of its variables' prefix."""
    return prefix.lower().replace("_", "-")


class BearerGuard:
    """A guard that allows requests with a token."""

    def __init__(self, token: str, realm: str) -> None:
        self._token = Secret(token)
        self._absent = unauthorized(
            "send the token as Authorization: Bearer", challenge("Bearer", realm=realm)
        )
        self._wrong = unauthorized(
            "the token isn't valid",
            challenge("Bearer", realm=realm, error="invalid_token"),
        )

    def __call__(self, scope: MutableMapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        token = take_credentials(scope, b"bearer")
        if token is None:
            return self._absent
        if not self._token.is_equal(token):
            return self._wrong
        scope[CALLER] = self._token.owner
        return None


@dataclass(frozen=True, slots=True)
class BearerAuthentication(Authentication):
    """A token that clients have to send."""

    token: Text

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the token."""
        return {"Authorization": joined("Bearer ", self.token)}

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError if the token isn't set."""
        [token] = read_texts(env, self.token)
        return BearerGuard(token, realm)


@dataclass(frozen=True, slots=True)
class OptionalToken(Authentication):
    """A token that clients have to send if its variable is set, or that of its file.

    A variable that is set but empty is an error, not an open adapter.
    """

    variable: str

    def is_required(self, env: Environment = os.environ) -> bool:
        """Return whether the variable is set."""
        return self.variable in env or self.variable + SUFFIX in env

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the variable."""
        return (self.variable,)

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the token."""
        return self._declared.headers

    def guard(self, realm: str, env: Environment = os.environ) -> Guard | None:
        """Return the guard, or None if the variable isn't set."""
        return self._declared.guard(realm, env) if self.is_required(env) else None

    @property
    def _declared(self) -> BearerAuthentication:
        return BearerAuthentication(Variable(self.variable))


def authentication_of(declared: Authentication | None, prefix: str) -> Authentication:
    """Return the authentication of an adapter.

    Without a declared one, it is the token in the variable `_TOKEN` after `prefix`.
    """
    return declared or OptionalToken(f"{prefix}_TOKEN")


def typed_part(place: str, name: str, text: Text, encoding: str = "") -> JsonObject:
    """Return a part of a credential for a page; `encoding` is in front of base64."""
    variables = names_of(text)
    parts = [
        one if isinstance(one, str) else variables.index(one.name)
        for one in _parts(text)
    ]
    shown: JsonObject = {"place": place, "name": name, "parts": parts}
    return {**shown, "variables": list(variables), "encoding": encoding}


def typed_parts(authentication: Authentication | None) -> Sequence[JsonObject]:
    """Return the parts that a person types in to try something, if clients need any."""
    if authentication is None or not authentication.is_required():
        return ()
    return authentication.typed


def curl_options(authentication: Authentication | None) -> tuple[str, ...]:
    """Return the options by which curl authenticates, none if it needn't."""
    if authentication is None or not authentication.is_required():
        return ()
    return authentication.curl_options


def client_guards(
    authentication: Authentication | None, prefix: str, env: Environment = os.environ
) -> tuple[WaitingGuard, ...]:
    """Return the guard of an adapter's clients, or none if every client is allowed.

    Raises SettingsError for missing or malformed variables.
    """
    if authentication is None:
        return ()
    read = partial(authentication.guard, realm_of(prefix))
    files = SecretFiles(env, authentication.secrets)
    guard = files.read(read)
    if guard is None:
        return ()
    return (FollowingGuard(guard, follow(files, read)) if files else guard,)


class FollowingGuard:
    """A guard that another one replaces when a file has another secret."""

    def __init__(
        self, guard: WaitingGuard, changed: Callable[[], WaitingGuard | None]
    ) -> None:
        self._guard = guard
        self._changed = changed

    def __call__(self, scope: Scope) -> CallError | Awaitable[CallError | None] | None:
        """Return the refusal of a request, None, or an awaitable of either."""
        self._guard = self._changed() or self._guard
        return self._guard(scope)


class AdapterOptions(TypedDict, total=False):
    """The options of each adapter's application."""

    guards: Sequence[Guard] | None
    """Checks of each HTTP request, before everything else.

    Without them, Host and Origin are checked: the names of this machine are allowed,
    and those in the adapter's variables `_ALLOWED_HOSTS` and `_ALLOWED_ORIGINS`. The
    authentication of clients comes after the guards.
    """
    authentication: Authentication | None
    """The authentication of HTTP clients, instead of the spec's or that by `_TOKEN`.

    None leaves it to your guards, or to the application that mounts this one.
    """
    surroundings: Surroundings
    """The adapters beside this one, for its page; `serve` knows them."""


def checks_of(
    options: AdapterOptions, variables: str, declared: Authentication | None
) -> tuple[Authentication | None, tuple[WaitingGuard, ...]]:
    """Return the authentication of an application's clients, and all of its guards."""
    default = authentication_of(declared, variables)
    authentication = options.get("authentication", default)
    guards = guards_or_default(options.get("guards"), variables)
    of_clients = client_guards(authentication, variables)
    if pages_are_open(os.environ, variables):
        of_clients = tuple(map(OpenPages, of_clients))
    return authentication, (*guards, *of_clients)
