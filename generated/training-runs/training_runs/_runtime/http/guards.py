"""Guards, which check requests before an application, and clients' credentials."""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass, field, fields
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from itertools import chain
from typing import Any, TypedDict
from urllib.parse import quote, unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError, UnauthorizedError
from ..observing.calls import CALLER, Caller
from ..settings import (
    SUFFIX,
    Environment,
    Listener,
    SecretFiles,
    ValueFile,
    Variables,
    allowed_hosts,
    allowed_origins,
    follow,
    is_set,
    origins_of,
    pages_are_open,
    read_credential,
    read_with,
)
from ..values import JsonObject
from .messages import PAGE, own_path, problem, send_response
from .page import Surroundings, is_page, refusal_page

Guard = Callable[[MutableMapping[str, Any]], CallError | None]
"""A check of a request by its ASGI scope; it returns the refusal, or None.

The names in `scope["headers"]` are lower-case bytes. A guard mustn't wait; middleware
may.
"""
WaitingGuard = Callable[
    [MutableMapping[str, Any]], CallError | Awaitable[CallError | None] | None
]
"""A guard that may return an awaitable of its result."""
OTHER_HOST = CallError(421, "Misdirected Request", "Host is not allowed")
OTHER_ORIGIN = CallError(403, "Forbidden", "Origin is not allowed")
OTHER_SITE = CallError(403, "Forbidden", "requests of other sites need an Origin")
NAMES = frozenset((b"host", b"origin"))
SITE = b"sec-fetch-site"
OF_BROWSERS = frozenset((b"origin", SITE))
OTHER_SITES = (b"cross-site", b"same-site")
OWN_PAGES = "naftiko.own_pages"
"""A key of ASGI scopes: the paths of the adapter's own pages, which links may open."""
PORT = re.compile(rb"[0-9]{1,5}")
LOOPBACK = frozenset((b"localhost", b"127.0.0.1", b"[::1]"))

# RFC 6455, section 7.4.1.
POLICY_VIOLATION = 1008


class HostGuard:
    """A guard that allows only some values of `Host` and `Origin`.

    Without it, a website could reach the server through a visitor's browser (DNS
    rebinding). A browser sends no `Origin` with a picture or a link of another site;
    such a request is refused by its `Sec-Fetch-Site`. `hosts` include the port unless
    it is the scheme's default. By default, `origins` are `http://` and `https://` with
    each host.
    """

    def __init__(
        self, hosts: Iterable[str], origins: Iterable[str] | None = None
    ) -> None:
        names = tuple(hosts)
        all_origins = origins_of(names) if origins is None else origins
        self._hosts = frozenset(_fold(name.encode()) for name in names)
        self._origins = frozenset(_fold(name.encode()) for name in all_origins)

    def __call__(self, scope: Mapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        headers = scope["headers"]
        fields = dict(headers)
        is_default = len(fields) == len(headers) and OF_BROWSERS.isdisjoint(fields)
        if is_default and fields.get(b"host") in self._hosts:
            return None  # most requests: no header is repeated, or a browser's
        is_of_other_site = False
        for name, value in headers:
            if name in NAMES:
                is_host = name == b"host"
                values = self._hosts if is_host else self._origins
                if value not in values and _fold(value) not in values:
                    return OTHER_HOST if is_host else OTHER_ORIGIN
            elif name == SITE:
                is_of_other_site = _is_of_other_site(scope)
        return OTHER_SITE if is_of_other_site else None


class LocalGuard:
    """A guard for a server of unknown names, which allows those of this machine.

    `Host` may be a loopback name with any port, or the address that the server listens
    on by ASGI's `scope["server"]`. `Origin` may be the same host and port. `others` may
    allow further values.
    """

    def __init__(self, others: HostGuard) -> None:
        self._others = others

    def __call__(self, scope: Mapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        refusal = self._others(scope)
        if refusal is None or refusal is OTHER_SITE:
            return refusal
        hosts = {_fold(v) for name, v in scope["headers"] if name == b"host"}
        if not all(_is_local(host, scope) for host in hosts):
            return refusal
        sites = (_fold(v) for name, v in scope["headers"] if name == b"origin")
        is_own = all(site.partition(b"://")[2] in hosts for site in sites)
        if not is_own:
            return OTHER_ORIGIN
        return OTHER_SITE if _is_of_other_site(scope) else None


class OpenPages:
    """A guard of clients that lets every one read the adapter's own pages."""

    def __init__(self, guard: WaitingGuard) -> None:
        self._guard = guard

    def __call__(
        self, scope: MutableMapping[str, Any]
    ) -> CallError | Awaitable[CallError | None] | None:
        """Return the refusal of a request, None, or an awaitable of either."""
        is_read = scope.get("method") in ("GET", "HEAD")
        if is_read and own_path(scope) in scope.get(OWN_PAGES, ()):
            return None
        return self._guard(scope)


def guards_or_default(
    guards: Sequence[Guard] | None, prefix: str, env: Environment = os.environ
) -> Sequence[Guard]:
    """Return the guards, or the default guard of an adapter if they are None.

    The default guard works under any server. It allows the names of this machine, and
    those in the variables `_ALLOWED_HOSTS` and `_ALLOWED_ORIGINS` after `prefix`, which
    are read now. An allowed host is its own origin.
    """
    if guards is not None:
        return guards
    hosts = allowed_hosts(env, prefix)
    origins = (*origins_of(hosts), *allowed_origins(env, prefix))
    return (LocalGuard(HostGuard(hosts, origins)),)


def listener_guards(listener: Listener) -> tuple[Guard, ...]:
    """Return the guard of an adapter that listens on a known host and port."""
    return (HostGuard(listener.hosts, listener.origins),)


def _is_of_other_site(scope: Mapping[str, Any]) -> bool:
    """Return whether a browser sends a request without `Origin` for another site.

    A link to a page of the adapter's own isn't one: the page calls nothing by itself.
    """
    fields = dict(scope["headers"])
    if fields.get(SITE) not in OTHER_SITES or b"origin" in fields:
        return False
    is_link = fields.get(b"sec-fetch-mode") == b"navigate"
    return not (is_link and own_path(scope) in scope.get(OWN_PAGES, ()))


def _is_local(host: bytes, scope: Mapping[str, Any]) -> bool:
    name, _, port = host.rpartition(b":")
    if host in LOOPBACK or (name in LOOPBACK and PORT.fullmatch(port)):
        return True
    address, number = scope.get("server") or ("", None)
    own = f"[{address}]" if ":" in address else address
    return bool(own) and host in {own.encode(), f"{own}:{number}".encode()}


def _fold(name: bytes) -> bytes:
    """Normalize the name of a host, without outer white space and in lower case."""
    return name.strip(b" \t").lower()


class Guarded:
    """ASGI middleware that asks guards about each request before an application.

    `credential` are curl's options that authenticate a client, for a page that says so;
    `pages` are the paths of the application's own pages.
    """

    def __init__(
        self,
        app: ASGIApp,
        guards: Iterable[WaitingGuard],
        credential: Sequence[str] = (),
        pages: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._pages = frozenset(pages)
        self._guards = tuple(guards)
        self._credential = credential

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an allowed request on; refuse another."""
        if scope["type"] != "lifespan":
            scope[OWN_PAGES] = self._pages
            for guard in self._guards:
                outcome = guard(scope)
                if outcome is not None and (refusal := await settle(outcome)):
                    self.note_refused(scope)
                    await refuse(scope, send, refusal, self._credential)
                    return
        await self._app(scope, receive, send)

    def note_refused(self, scope: Scope) -> None:
        """Let observers know which operation a refused request may be for."""


async def settle(
    outcome: CallError | Awaitable[CallError | None],
) -> CallError | None:
    """Return the outcome of a guard, which may have to wait for it."""
    return outcome if isinstance(outcome, CallError) else await outcome


async def refuse(
    scope: Scope, send: Send, refusal: CallError, credential: Sequence[str] = ()
) -> None:
    """Send a problem document, or close a WebSocket that isn't open yet.

    A browser that asks for a page gets one that says how to send the credential.
    """
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    elif credential and isinstance(refusal, UnauthorizedError) and is_page(scope):
        await send_response(send, *refusal_page(scope, refusal, credential), PAGE)
    else:
        await send_response(send, *problem(refusal))


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


def join(*texts: Text) -> Joined:
    """Return texts one after the other."""
    parts = (text.parts if isinstance(text, Joined) else (text,) for text in texts)
    return Joined(*chain.from_iterable(parts))


def refer(text: Text, reference: Callable[[str], str]) -> str:
    """Return a text in which `reference` writes the names of variables."""
    return "".join(
        part if isinstance(part, str) else reference(part.name)
        for part in join(text).parts
    )


def in_shell(text: Text) -> str:
    """Return a text in double quotes, in which a POSIX shell fills in the variables."""
    parts = join(text).parts
    return f'"{"".join(map(_in_quotes, parts, (*parts[1:], "")))}"'


def _in_quotes(part: str | Variable, follower: str | Variable) -> str:
    if isinstance(part, str):
        return re.sub(r'([\\"$`])', r"\\\1", part)
    needs_braces = isinstance(follower, str) and re.match(r"\w", follower)
    return f"${{{part.name}}}" if needs_braces else f"${part.name}"


def names_of(*texts: Text) -> tuple[str, ...]:
    """Return the names of the variables in texts, each once."""
    parts = join(*texts).parts
    names = (part.name for part in parts if isinstance(part, Variable))
    return tuple(dict.fromkeys(names))


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


def _read_credential(variables: Variables, name: str) -> str:
    return variables.read("", read_credential, name)


def read_texts(env: Environment, *texts: Text) -> tuple[str, ...]:
    """Return texts with the values of their variables, which may be in files.

    Raises SettingsError for variables that are missing, or that no header can have.
    """

    def read(env: Environment) -> tuple[str, ...]:
        with Variables(env) as variables:
            value = partial(_read_credential, variables)
            return tuple(refer(text, value) for text in texts)

    return SecretFiles(env, names_of(*texts)).read(read)


def challenge(scheme: str, **parameters: str) -> str:
    """Return a challenge: a scheme with quoted parameters, without strange letters."""
    plain = {k: re.sub(r"[^\x20-\x7e]", "", text) for k, text in parameters.items()}
    safe = {k: re.sub(r'(["\\])', r"\\\1", text) for k, text in plain.items()}
    pairs = (f'{name}="{text}"' for name, text in safe.items())
    return f"{scheme} {', '.join(pairs)}"


def unknown_client(detail: str, *challenges: str) -> UnauthorizedError:
    """Return the refusal of a request without a valid credential."""
    return UnauthorizedError(401, "Unauthorized", detail, *challenges)


def take_header(scope: Scope, name: bytes) -> bytes | None:
    """Remove a header, whose name is in lower case; return its value."""
    headers = scope["headers"]
    values = [value for field, value in headers if field == name]
    if not values:
        return None
    scope["headers"] = [header for header in headers if header[0] != name]
    return values[0].strip(b" \t") if len(values) == 1 else None


def take_credentials(scope: Scope, scheme: bytes) -> bytes | None:
    """Remove `Authorization`; return its credentials if it has the scheme."""
    value = take_header(scope, b"authorization")
    if value is None:
        return None
    word, _, credentials = value.partition(b" ")
    return credentials.lstrip(b" ") if word.lower() == scheme else None


def take_query(scope: Scope, name: bytes) -> bytes | None:
    """Remove a query parameter; return its decoded value."""
    query: bytes = scope.get("query_string", b"")
    if not query:
        return None
    pairs = [(pair, *_decode(pair)) for pair in query.split(b"&")]
    values = [value for _, key, value in pairs if key == name]
    if not values:
        return None
    scope["query_string"] = b"&".join(pair for pair, key, _ in pairs if key != name)
    return values[0] if len(values) == 1 else None


def _decode(pair: bytes) -> tuple[bytes, bytes]:
    name, _, value = pair.replace(b"+", b" ").partition(b"=")
    return unquote_to_bytes(name), unquote_to_bytes(value)


def take_cookie(scope: Scope, name: bytes) -> bytes | None:
    """Remove a cookie; return its value."""
    headers = scope["headers"]
    values = [value for field, value in headers if field == b"cookie"]
    cookies = [cookie.strip(b" \t") for text in values for cookie in text.split(b";")]
    pairs = [cookie.partition(b"=") for cookie in cookies]
    values = [value for key, _, value in pairs if key == name]
    if not values:
        return None
    others = b"; ".join(b"".join(pair) for pair in pairs if pair[0] != name)
    rest = [header for header in headers if header[0] != b"cookie"]
    scope["headers"] = [*rest, (b"cookie", others)] if others else rest
    return values[0] if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class Authentication(ABC):
    """The authentication of an adapter's clients, as a spec declares it.

    It knows the names of environment variables; its guard knows their values, which may
    be in `files`.
    """

    files: Sequence[ValueFile] = field(default=(), kw_only=True)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables that have to be set: those in its texts."""
        values = [getattr(self, item.name) for item in fields(self)]
        return names_of(*(value for value in values if isinstance(value, Text)))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the variables whose values may be in files."""
        return self.variables

    def lacks_variable(self, env: Environment = os.environ) -> bool:
        """Return whether some variable has no value; raises SettingsError for files."""
        names = self.variables
        return read_with(
            self.files, lambda env: not all(is_set(env, name) for name in names), env
        )

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
            ("-H", in_shell(join(f"{name}: ", text)))
            for name, text in self.headers.items()
        )
        query = (
            ("--url-query", in_shell(join(f"{quote(name, safe='')}=", text)))
            for name, text in self.query.items()
        )
        return tuple(chain(*headers, *query))

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

        `env` has the values of the files. Raises SettingsError for missing or malformed
        variables.
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


class BearerGuard:
    """A guard that allows requests with a token."""

    def __init__(self, token: str, realm: str) -> None:
        self._token = Secret(token)
        self._absent = unknown_client(
            "send the token as Authorization: Bearer", challenge("Bearer", realm=realm)
        )
        self._wrong = unknown_client(
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
        return {"Authorization": join("Bearer ", self.token)}

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
        return self._bearer.headers

    def guard(self, realm: str, env: Environment = os.environ) -> Guard | None:
        """Return the guard, or None if the variable isn't set."""
        return self._bearer.guard(realm, env) if self.is_required(env) else None

    @property
    def _bearer(self) -> BearerAuthentication:
        return BearerAuthentication(Variable(self.variable))


def authentication_of(of_spec: Authentication | None, prefix: str) -> Authentication:
    """Return the authentication of an adapter.

    Without a declared one, it is the token in the variable `_TOKEN` after `prefix`.
    """
    return of_spec or OptionalToken(f"{prefix}_TOKEN")


def typed_part(place: str, name: str, text: Text, encoding: str = "") -> JsonObject:
    """Return a part of a credential for a page; `encoding` is in front of base64."""
    variables = names_of(text)
    parts = [
        part if isinstance(part, str) else variables.index(part.name)
        for part in join(text).parts
    ]
    members: JsonObject = {"place": place, "name": name, "parts": parts}
    return {**members, "variables": list(variables), "encoding": encoding}


def client_guards(
    authentication: Authentication | None, prefix: str, env: Environment = os.environ
) -> tuple[WaitingGuard, ...]:
    """Return the guard of an adapter's clients, or none if every client is allowed.

    Raises SettingsError for missing or malformed variables.
    """
    if authentication is None:
        return ()
    realm = prefix.lower().replace("_", "-")
    guard_of = partial(authentication.guard, realm)
    read = partial(read_with, authentication.files, guard_of)
    files = SecretFiles(env, authentication.secrets)
    guard = files.read(read)
    if guard is None:
        return ()
    return (FollowingGuard(guard, follow(files, read)) if files else guard,)


class FollowingGuard:
    """A guard that another one replaces when a file has another secret."""

    def __init__(
        self, guard: WaitingGuard, look: Callable[[], WaitingGuard | None]
    ) -> None:
        self._guard = guard
        self._look = look

    def __call__(self, scope: Scope) -> CallError | Awaitable[CallError | None] | None:
        """Return the refusal of a request, None, or an awaitable of either."""
        self._guard = self._look() or self._guard
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
    options: AdapterOptions, variables: str, of_spec: Authentication | None
) -> tuple[Authentication, tuple[WaitingGuard, ...]]:
    """Return the authentication that clients need, and all guards of an application."""
    default = authentication_of(of_spec, variables)
    authentication = options.get("authentication", default)
    guards = guards_or_default(options.get("guards"), variables)
    of_clients = client_guards(authentication, variables)
    if pages_are_open(os.environ, variables):
        of_clients = tuple(map(OpenPages, of_clients))
    if authentication is None or not authentication.is_required():
        authentication = NoAuthentication()
    return authentication, (*guards, *of_clients)
