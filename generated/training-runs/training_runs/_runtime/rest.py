"""The application of a REST adapter: its routes, their inputs and their paths."""

import copy
import logging
import os
import re
from abc import ABC, abstractmethod
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, takewhile
from json import JSONDecodeError
from string import ascii_letters, digits
from typing import Any, ClassVar, Concatenate, Generic, Protocol, TypeVar, Unpack
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import CallError, InvalidInputError
from .http.guards import (
    OWN_PAGES,
    AdapterOptions,
    Authentication,
    WaitingGuard,
    checks_of,
    refuse,
    settle,
)
from .http.messages import (
    CHECKED,
    PLAIN_MARKS,
    Document,
    RawHeaders,
    encoded_prefix,
    is_header_value,
    method_not_allowed,
    problem,
    refusal_for_any_server,
    send_response,
)
from .http.page import Page, Surroundings
from .http.routes import RoutesPage, mock_document
from .http.undeclared import BODY, Declared, Members
from .inputs import OBJECT, STRING, JsonType, kinds_of, read_all
from .observing.calls import CALL, CalledOperation, know, note_fault
from .settings import variable_of_unknown
from .transport import Content, Reply
from .upstream.requests import CALLER, READ_ONLY
from .values import (
    LEVELS,
    DuplicateMemberError,
    JsonObject,
    Segments,
    parse_unambiguous,
)

BODY_LIMIT = 4 * 1024 * 1024
"""The most bytes of a body."""
MOST_QUERIES = 1000

T = TypeVar("T")

_LESS = (
    "If the upstream takes it nevertheless, set `check` of this input in the spec to"
    " shallow or none (`naftiko-gen import --check`)"
)

SPACE = " \t"


class Request:
    """A request whose body has been received, if one of its inputs needs it."""

    __slots__ = ("_members", "_queries", "_scope", "body")

    def __init__(self, scope: Scope, body: bytes = b"") -> None:
        self.body = body
        self._scope = scope
        self._queries: list[tuple[str, str]] | None = None
        self._members: JsonObject | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """Return the variables of the path, percent-encoded as the client sent them."""
        variables: Mapping[str, str] = self._scope["path_params"]
        return variables

    def queries(self, name: str) -> list[str]:
        """Return the decoded values of all query parameters of a name."""
        return [value for key, value in self._query_pairs() if key == name]

    def query_names(self) -> Iterable[str]:
        """Return the names of all query parameters."""
        return (name for name, _ in self._query_pairs())

    def header(self, name: bytes) -> str | None:
        """Return the first header with this lower-case name, or None."""
        return next(iter(self.fields(name)), None)

    def fields(self, name: bytes) -> list[str]:
        """Return the values of all headers with this lower-case name."""
        headers = self._scope["headers"]
        return [value.decode("latin-1") for key, value in headers if key == name]

    def json_body(self) -> bytes:
        """Return the body; raises CallError if its media type isn't JSON."""
        if self.body and not self._is_json():
            raise CallError(
                415, "Unsupported Media Type", "send the body as application/json"
            )
        return self.body

    def members(self) -> JsonObject:
        """Return the members of a JSON object as the body; none without a body."""
        if self._members is None:
            body = self.json_body()
            self._members = OBJECT.check(BODY, self.parse_body()) if body else {}
        return self._members

    def parse_body(self) -> Any:
        """Return the value of the JSON body."""
        try:
            return parse_unambiguous(self.body)
        except DuplicateMemberError:
            fault = "must not name a member of an object twice"
        except JSONDecodeError:
            fault = "must be valid JSON"
        except ValueError:
            fault = f"has more than {LEVELS} levels, or a number of too many digits"
        raise InvalidInputError(BODY, fault)

    def _query_pairs(self) -> list[tuple[str, str]]:
        if self._queries is None:
            self._queries = self._parsed_query()
        return self._queries

    def _parsed_query(self) -> list[tuple[str, str]]:
        if not self._scope["query_string"]:
            return []
        text = self._scope["query_string"].decode("latin-1")
        try:
            return parse_qsl(
                text,
                keep_blank_values=True,
                max_num_fields=MOST_QUERIES,
                errors="strict",
            )
        except UnicodeDecodeError:
            fault = "must be valid UTF-8"
        except ValueError:
            fault = f"must have at most {MOST_QUERIES} parameters"
        raise InvalidInputError("the query", fault)

    def _is_json(self) -> bool:
        media_type = (self.header(b"content-type") or "").partition(";")[0]
        media_type = media_type.strip().lower()
        return media_type == "application/json" or media_type.endswith("+json")


async def read_body(receive: Receive) -> bytes:
    """Return the whole body of a request; raises CallError if it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInputError(BODY, "is incomplete")
        piece: bytes = message.get("body", b"")
        if len(body) + len(piece) > BODY_LIMIT:
            raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        if not body and not message.get("more_body", False):
            return piece  # most bodies, which needn't be copied
        body += piece
        if not message.get("more_body", False):
            return bytes(body)


@dataclass(frozen=True, slots=True)
class Input(ABC):
    """An input of a route.

    `keyword` is the argument that gets its value, the input's own name unless another
    is given. An optional input that is absent is a copy of the default.
    """

    reads_body: ClassVar[bool] = False

    name: str
    type: JsonType = STRING
    required: bool = field(default=True, kw_only=True)
    default: Any = field(default=None, kw_only=True)
    keyword: str = field(default="", kw_only=True)

    @property
    def argument(self) -> str:
        """Return the keyword argument that gets the value."""
        return self.keyword or self.name

    @abstractmethod
    def read(self, request: Request) -> Any:
        """Return the value; raises CallError if it is missing or not of its type."""

    def _body(self, body: T | None) -> T | None:
        if not body and self.required:
            raise InvalidInputError(BODY, "is required")
        return body or None

    def _only(self, texts: Sequence[str]) -> Any:
        """Return the value of the only text, None if there is none."""
        if len(texts) > 1:
            raise InvalidInputError(self.name, "must be given once")
        if not texts or self._is_unset(texts):
            return None
        return self.type.read(self.name, texts[0])

    def _is_unset(self, texts: Sequence[str]) -> bool:
        """Return whether an empty text stands for no value, as in calls of tools."""
        is_empty = len(texts) == 1 and not texts[0] and not self.required
        return is_empty and "string" not in kinds_of(self.type.schema)

    def _present(self, value: Any) -> Any:
        if value is not None:
            return value
        if self.required:
            raise InvalidInputError(self.name, "is required")
        return copy.deepcopy(self.default)


@dataclass(frozen=True, slots=True)
class Path(Input):
    """A variable of the route's path, which the path calls `variable`."""

    variable: str = field(default="", kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value of the decoded variable."""
        text = request.variables[self.variable or self.argument]
        if "%" in text:
            try:
                text = unquote(text, errors="strict")
            except UnicodeDecodeError:
                raise InvalidInputError(self.name, "must be valid UTF-8") from None
        return self.type.read(self.name, text)


class Query(Input):
    """A query parameter; the name of an array is repeated for each item."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value, or a list of the values of all parameters of the name."""
        texts = request.queries(self.name)
        if self._is_unset(texts):
            value = None
        elif self.type.items:
            items = [self.type.items.read(self.name, text) for text in texts]
            value = self.type.check(self.name, items) if items else None
        elif self.type.possible_items and texts:
            value = self.type.read_list(self.name, texts)
        else:
            value = self._only(texts)
        return self._present(value)


class Header(Input):
    """A header field."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value of the only field with the name."""
        return self._present(self._only(request.fields(self.name.lower().encode())))


class Body(Input):
    """The whole JSON body, as the bytes that the client sent; its type is checked."""

    __slots__ = ()
    reads_body = True

    def read(self, request: Request) -> bytes | None:
        """Return the bytes."""
        body = request.json_body()
        if body:
            _check(self.type, BODY, request.parse_body(), "body")
        return self._body(body)


class JsonBody(Input):
    """The value of the whole JSON body."""

    __slots__ = ()
    reads_body = True

    def read(self, request: Request) -> Any:
        """Return the value."""
        body = self._body(request.json_body())
        return _check(self.type, BODY, request.parse_body(), "body") if body else None


@dataclass(frozen=True, slots=True)
class Member(Input):
    """A member of a JSON object as the body, at a `path` of keys, else at its name."""

    reads_body: ClassVar[bool] = True

    path: Sequence[str] = field(default=(), kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value; a member that is null is absent, unless it is required."""
        *outer, name = self.path or (self.name,)
        members = request.members()
        for key in outer:
            inner = members.get(key)
            members = {} if inner is None else OBJECT.check(key, inner)
        if not self.required and members.get(name) is None:
            return copy.deepcopy(self.default)
        if name not in members:
            raise InvalidInputError(name, "is required")
        return _check(self.type, name, members[name])


class TextBody(Input):
    """The whole body as text in UTF-8."""

    __slots__ = ()
    reads_body = True

    def read(self, request: Request) -> str | None:
        """Return the text."""
        try:
            text = request.body.decode() or None
        except UnicodeDecodeError:
            raise InvalidInputError(BODY, "must be text in UTF-8") from None
        return self._body(text)


@dataclass(frozen=True, slots=True)
class RawBody(Input):
    """The whole body as bytes; `media_type` applies if the client sends none."""

    reads_body: ClassVar[bool] = True

    media_type: str = field(default="application/octet-stream", kw_only=True)

    def read(self, request: Request) -> Content | None:
        """Return the bytes with their media type; None if there is neither."""
        media_type = request.header(b"content-type")
        if not request.body and media_type is None:
            return self._body(None)
        return Content(request.body, media_type or self.media_type)


def _check(kind: JsonType, name: str, value: Any, prefix: str = "") -> Any:
    """Return a value from a body; an error of its parts names the spec's setting."""
    try:
        return kind.check(name, value, prefix)
    except InvalidInputError as error:
        if not kind.reads_members:
            raise
        raise InvalidInputError.of_all([error], _LESS) from None


class Cookie(Input):
    """A cookie; its value is read as it stands, without decoding it."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value of the only cookie with the name, which has case."""
        pairs = (
            pair.partition("=")
            for header in request.fields(b"cookie")
            for pair in header.split(";")
        )
        texts = [text for name, _, text in pairs if name.strip(SPACE) == self.name]
        return self._present(self._only([text.strip(SPACE) for text in texts]))


# --- paths ----------------------------------------------------------------------------

NAMED = re.compile(r"\(\?P<\w+>")


class ServedPath(StarletteRoute):
    """A path with its methods; later paths that match may have other methods.

    Without methods, its application handles all of them. With `others`, it is for the
    requests that no path of these matches with any method.
    """

    def __init__(
        self,
        path: str,
        app: ASGIApp,
        methods: Sequence[str] = ("GET", "HEAD"),
        others: Sequence[StarletteRoute] | None = None,
    ) -> None:
        super().__init__(path, app, methods=methods or None)
        segments = Segments(path)
        self.has_several = segments.has_several
        """Whether a segment has several variables, so that no expression matches it."""
        if self.has_several:
            self.path_regex: Any = segments
        self._allowed = methods
        self.is_last = others is not None
        self._others = others or ()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether the path matches, and its method: then the match is full."""
        if any(other.matches(scope)[0] is not Match.NONE for other in self._others):
            return Match.NONE, {}
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, or refuse a method that no matching path has."""
        if not self.methods or scope["method"] in self.methods:
            await self.app(scope, receive, send)
            return
        paths = (path for path in scope["app"].routes if isinstance(path, ServedPath))
        matching = (path for path in paths if path.matches(scope)[0] is Match.PARTIAL)
        methods = dict.fromkeys(chain.from_iterable(path._allowed for path in matching))
        await send_response(send, *method_not_allowed(", ".join(methods)))


Place = tuple[int, ServedPath]


@dataclass
class _Alternatives:
    """Paths with variables, of one method and one number of segments, in their order.

    One pattern matches all of them, unless a segment has several variables.
    """

    paths: list[Place] = field(default_factory=list)

    def find(self, target: str) -> tuple[Place, dict[str, str]] | None:
        """Return the first path that matches, and its variables."""
        if self._have_several:
            matches = (
                (place, place[1].path_regex.match(target)) for place in self.paths
            )
            return next(((place, m.groupdict()) for place, m in matches if m), None)
        match = self._pattern.fullmatch(target)
        if match is None:
            return None
        place = self._by_group[match.lastindex]
        values = match.groups()[match.lastindex :]
        return place, dict(zip(place[1].param_convertors, values, strict=False))

    @cached_property
    def _have_several(self) -> bool:
        return any(path.has_several for _, path in self.paths)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        texts = (path.path_regex.pattern for _, path in self.paths)
        plain = (NAMED.sub("(", text[1:-1]) for text in texts)
        return re.compile("|".join(f"({text})" for text in plain))

    @cached_property
    def _by_group(self) -> dict[int | None, Place]:
        """Return the paths by the number of the group around each alternative."""
        group = 1
        places: dict[int | None, Place] = {}
        for place in self.paths:
            places[group] = place
            group += 1 + len(place[1].param_convertors)
        return places


class Lookup:
    """The applications of paths, by method and path.

    Like the router, it finds the first path that matches with its method.
    Otherwise the router has to look: below a prefix, for a method that no path has, and
    for a path that is last.
    """

    def __init__(self, paths: Iterable[ServedPath]) -> None:
        first = takewhile(lambda path: not path.is_last, paths)
        places = list(enumerate(first))
        every = {method for _, path in places for method in path.methods or ()}
        self._literal: dict[tuple[str, str], Place] = {}
        self._variable: dict[tuple[str, int], _Alternatives] = {}
        for place in places:
            for method in place[1].methods or every:
                self._add(method, place)
        self._literal = {
            key: place
            for key, place in self._literal.items()
            if not self._is_behind(key, place)
        }

    def find(self, scope: Scope) -> ASGIApp | None:
        """Return the application of a request, and note the variables of the path."""
        if scope.get("root_path"):
            return None
        # Only HTTP has methods.
        key = scope.get("method", ""), scope.get("path", "")
        place = self._literal.get(key)
        outcome = (place, {}) if place else self._find_variable(key)
        if outcome is None:
            return None
        (_, path), scope["path_params"] = outcome
        scope["route"] = path
        return path.app

    def _find_variable(
        self, key: tuple[str, str]
    ) -> tuple[Place, dict[str, str]] | None:
        method, path = key
        alternatives = self._variable.get((method, path.count("/")))
        return alternatives.find(path) if alternatives else None

    def _is_behind(self, key: tuple[str, str], place: Place) -> bool:
        """Return whether a path with variables matches before a literal one."""
        outcome = self._find_variable(key)
        return outcome is not None and outcome[0][0] < place[0]

    def _add(self, method: str, place: Place) -> None:
        path = place[1]
        if not path.param_convertors:
            self._literal.setdefault((method, path.path), place)
        else:
            key = method, path.path.count("/")
            self._variable.setdefault(key, _Alternatives()).paths.append(place)


# --- the application ------------------------------------------------------------------


class _Names(dict[bytes, bytes]):
    """The names of fields as clients get them, by any spelling; others have none.

    It remembers short spellings, of which upstreams have few.
    """

    def __init__(self, names: bytes, *starts: bytes) -> None:
        super().__init__()
        self._names = frozenset(names.split())
        self._starts = starts

    def __missing__(self, field: bytes) -> bytes:
        """Return the name, or nothing."""
        name = field.lower()
        if name not in self._names and not name.startswith(self._starts):
            name = b""
        if len(self) < 1000 and len(field) < 100:
            self[field] = name
        return name


FIELDS_OF_SUCCESS = _Names(
    b"content-type location link etag last-modified cache-control content-disposition"
)
FIELDS_OF_ERROR = _Names(
    b"content-type retry-after etag www-authenticate cache-control",
    *(b"ratelimit", b"x-ratelimit", b"x-rate-limit"),
)

PLAIN_PATH = f"{ascii_letters}{digits}-._~/{PLAIN_MARKS}".encode()

C = TypeVar("C")

Operation = Callable[Concatenate[C, ...], Awaitable[Reply]]
"""A coroutine that takes the API client, and the inputs as keyword arguments."""

Readers = list[tuple[str, Callable[[Request], Any]]]
"""The keyword arguments of an operation, and the functions that read their values."""

OUTSIDE_LIFESPAN = (
    "the API client isn't open: an application that mounts this one has to enter "
    "app.router.lifespan_context(app) in its own lifespan"
)
LOG = logging.getLogger(__name__)
FAILED = CallError(
    500, "Internal Server Error", "the server failed; its log says where"
)
DOCUMENT = "/openapi.json"


def own_fields(reply: Reply) -> RawHeaders:
    """Return the headers that a client gets, but for the length of the body."""
    names = FIELDS_OF_SUCCESS if reply.ok else FIELDS_OF_ERROR
    return [
        (name, value)
        for field, value in reply.raw_headers
        if (name := names[field]) and is_header_value(value)
    ]


def own_headers(reply: Reply, method: str) -> RawHeaders:
    """Return the headers of the upstream's response that a client gets."""
    headers = own_fields(reply)
    length: bytes | None = b"%d" % len(reply.body)
    if method == "HEAD" and not reply.body:
        # That of a compressed body isn't the client's.
        fields = {name.lower(): value for name, value in reply.raw_headers}
        is_same = b"content-encoding" not in fields
        length = fields.get(b"content-length") if is_same else None
    elif reply.status in (204, 304):
        length = None
    return headers if length is None else [*headers, (b"content-length", length)]


def path_as_sent(scope: Scope) -> str:
    """Normalize the percent-encoding of each segment in the path."""
    # Servers may omit the raw path, and some append the query to it.
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = path.partition(b"?")[0]
    if not path.translate(None, PLAIN_PATH):
        return path.decode()
    segments = path.split(b"/")
    return "/".join(quote(unquote_to_bytes(s), safe=PLAIN_MARKS) for s in segments)


@dataclass(frozen=True)
class Route(Generic[C]):
    """A method and path, and the operation that is called with the route's inputs.

    A variable of the path is written `{name}`.
    """

    method: str
    path: str
    operation: Operation[C]
    inputs: Sequence[Input] = ()
    changes: bool | None = None
    """Whether a call may change state upstream; None if the method says so."""

    @property
    def called(self) -> CalledOperation:
        """Return the operation of a call as observers see it."""
        by_method = self.method not in READ_ONLY
        changes = by_method if self.changes is None else self.changes
        return CalledOperation(self.method, self.spelt_path, changes=changes)

    @cached_property
    def _in_head(self) -> Readers:
        return self._readers(reads_body=False)

    @cached_property
    def _in_body(self) -> Readers:
        return self._readers(reads_body=True)

    def _readers(self, *, reads_body: bool) -> Readers:
        inputs = (part for part in self.inputs if part.reads_body is reads_body)
        return [(part.argument, part.read) for part in inputs]

    @cached_property
    def _declared(self) -> Declared:
        inputs = self.inputs
        members = (part for part in inputs if isinstance(part, Member))
        return Declared(
            [part.name for part in inputs if isinstance(part, Query)],
            frozenset(p.name.lower().encode() for p in inputs if isinstance(p, Header)),
            Members.of(part.path or (part.name,) for part in members),
            is_open=any(isinstance(part, Body | JsonBody) for part in inputs),
            takes_body=bool(self._in_body),
            changes=self.called.changes,
        )

    @cached_property
    def spelt_path(self) -> str:
        """Return the path with the variables as the spec names them."""
        path = self.path
        for part in self.inputs:
            if isinstance(part, Path):
                variable = part.variable or part.argument
                path = path.replace(f"{{{variable}}}", f"{{{part.name}}}")
        return path

    async def call(
        self, client: C, scope: Scope, receive: Receive, variable: str | None = None
    ) -> Reply:
        """Read and check the inputs of a request, and perform the operation.

        Inputs that need no body are checked before the body is received. Undeclared
        parts are ignored, unless there is a variable with which they are. Raises
        CallError for invalid inputs, or if there is no response.
        """
        operation = self.called if CALL.get() else None
        if operation:
            know(operation)
        request, declaration = Request(scope), self._declared
        errors: Sequence[InvalidInputError] = ()
        if variable:
            names = request.query_names()
            errors = await declaration.undeclared_in_head(
                scope, receive, names, variable
            )
        values = read_all(self._in_head, request, errors)
        if operation:
            operation.arguments = values
        if self._in_body:
            request.body = await read_body(receive)
            # A body without members is refused once, not by each of them.
            members = request.members() if declaration.members else {}
            errors = (
                declaration.undeclared_members(members, variable) if variable else ()
            )
            values |= read_all(self._in_body, request, errors)
        return await self.operation(client, **values)


class RestApp(Starlette):
    """A Starlette application that checks its requests under any ASGI server.

    First come the guards, then the middleware, then the routes, which handle their own
    errors. `pages` are the paths of the adapter's own pages. Unless its user added
    middleware, exception handlers or routes, requests go straight from the guards to
    the routes.
    """

    def __init__(
        self,
        routes: Sequence[ServedPath],
        connect: Callable[[], AbstractAsyncContextManager[Any]],
        guards: Iterable[WaitingGuard],
        middleware: Sequence[Middleware] = (),
        credential: Sequence[str] = (),
        pages: Iterable[str] = (),
    ) -> None:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with connect() as client:
                # Lifespan state would be shared by all applications that a host mounts.
                self._client = client
                yield

        super().__init__(routes=routes, middleware=middleware, lifespan=lifespan)
        self.router.redirect_slashes = False
        self._guards = tuple(guards)
        self._credential = credential
        self._pages = frozenset(pages)
        self._own_routes = list(routes)
        self._lookup = Lookup(())

    @property
    def client(self) -> Any:
        """Return the API client; raises RuntimeError outside the lifespan."""
        try:
            return self._client
        except AttributeError:
            raise RuntimeError(OUTSIDE_LIFESPAN) from None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, unless a guard refuses it.

        Routes are matched with the encoded path. So an encoded slash is part of a path
        variable, not a separator.
        """
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        if scope["type"] == "http":
            if CHECKED not in scope:
                # Another server may not have looked for these faults.
                headers = scope["headers"]
                misreadable = refusal_for_any_server(
                    headers, [name for name, _ in headers]
                )
                if misreadable:
                    await refuse(scope, send, misreadable.error)
                    return
            scope["path"] = path_as_sent(scope)
            if scope.get("root_path"):
                scope["root_path"] = encoded_prefix(scope)
        if scope["type"] != "lifespan":
            scope[OWN_PAGES] = self._pages
            for guard in self._guards:
                outcome = guard(scope)
                if outcome is not None and (refusal := await settle(outcome)):
                    if CALL.get():
                        self._know_refused(scope)
                    await refuse(scope, send, refusal, self._credential)
                    return
        application = self._lookup.find(scope) or self.middleware_stack
        await application(scope, receive, send)

    def _know_refused(self, scope: Scope) -> None:
        """Note which route a refused request was for, if it was for one."""
        for path in self._own_routes:
            match, _ = path.matches(scope)
            if match is Match.FULL:
                if isinstance(path.app, Endpoint):
                    path.app.know_refused(scope)
                return

    def build_middleware_stack(self) -> ASGIApp:
        """Build the way from the guards to the routes, before the first request."""
        is_extended = self.user_middleware or self.exception_handlers
        if is_extended or self.routes != self._own_routes:
            return super().build_middleware_stack()
        self._lookup = Lookup(self._own_routes)
        return self.router


class Endpoint(Generic[C]):
    """The ASGI application of one path, with a route for each method.

    `remainder` handles the other methods, if it is there. `methods` are those that
    the application handles, none if it handles all of them. Undeclared parts of
    requests are refused if there is a variable by which they are ignored.
    """

    def __init__(
        self,
        routes: Iterable[Route[C]],
        remainder: ASGIApp | None = None,
        variable: str | None = None,
    ) -> None:
        self._variable = variable
        self._routes = {route.method: route for route in routes}
        self._remainder = remainder
        if "GET" in self._routes:
            self._routes.setdefault("HEAD", self._routes["GET"])
        self.methods = () if remainder else tuple(self._routes)

    def know_refused(self, scope: Scope) -> None:
        """Note the route of a request that a guard refuses."""
        if route := self._routes.get(scope["method"]):
            know(route.called)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the route's reply, or a problem document for an error."""
        if self._remainder and scope["method"] not in self._routes:
            await self._remainder(scope, receive, send)
            return
        route = self._routes[scope["method"]]
        caller = CALLER.set(receive)
        try:
            client = scope["app"].client
            reply = await route.call(client, scope, receive, self._variable)
        except CallError as error:
            await send_response(send, *problem(error))
        except Exception as error:
            note_fault(error)
            # An application with exception handlers of its own handles this error.
            if scope["app"].exception_handlers:
                raise
            LOG.exception("a request failed")
            await send_response(send, *problem(FAILED))
        else:
            await send_response(
                send, reply.status, own_headers(reply, scope["method"]), reply.body
            )
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)


class Remainder(Protocol):
    """The ASGI application of a path, for methods and paths that no route has."""

    path: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""


class AppOptions(AdapterOptions, total=False):
    """The options of an application, which a package's `create_app` takes too."""

    middleware: Sequence[Middleware]
    """Starlette's middleware around the routes, the first outermost."""


def create_rest_app(
    routes: Iterable[Route[C] | Remainder],
    connect: Callable[[], AbstractAsyncContextManager[C]],
    *,
    openapi: bytes,
    variables: str,
    spec_authentication: Authentication | None = None,
    reference: Mapping[str, ASGIApp] | None = None,
    **options: Unpack[AppOptions],
) -> Starlette:
    """Build the application; its requests share the API client that `connect` opens.

    `variables` is the prefix of the adapter's environment variables.
    The spec declares `spec_authentication`. `reference` maps paths to the
    pages of the API reference. Remainders come after all other paths.
    """
    authentication, guards = checks_of(options, variables, spec_authentication)
    credential = authentication.curl_options
    surroundings = options.get("surroundings") or Surroundings()

    def page(links: list[str]) -> Page:
        contents = RoutesPage(openapi, links, credential)
        return Page(contents, surroundings, authentication.typed)

    document = mock_document(openapi) if surroundings.is_mocked else openapi
    variable = variable_of_unknown(os.environ, variables)
    paths = _paths(routes, document, reference or {}, page, variable)
    middleware = options.get("middleware", ())
    pages = (path.path for path in paths if isinstance(path.endpoint, Page | Document))
    app = RestApp(paths, connect, guards, middleware, credential, pages)
    app.router.default = _no_such_path
    return app


def _paths(
    routes: Iterable[Route[C] | Remainder],
    openapi: bytes,
    reference: Mapping[str, ASGIApp],
    page: Callable[[list[str]], Page],
    variable: str | None,
) -> list[ServedPath]:
    """Return the spec's routes, then the adapter's own pages, then the remainders.

    `page` makes the page at `/` with links to these paths.
    """
    by_path: dict[str, list[Route[C]]] = {}
    remainders: list[Remainder] = []
    for route in routes:
        if isinstance(route, Route):
            by_path.setdefault(route.path, []).append(route)
        else:
            remainders.append(route)
    others = {app.path.replace(":path}", "}"): app for app in remainders}
    endpoints = {
        path: Endpoint(group, others.get(path), variable)
        for path, group in by_path.items()
    }
    own = [ServedPath(path, app, app.methods) for path, app in endpoints.items()]
    rest = [ServedPath(app.path, app, (), own) for app in remainders]
    names = {*endpoints, *(app.path for app in remainders)}
    document = [ServedPath(DOCUMENT, Document("application/json", openapi, []))]
    if DOCUMENT in names:
        document = []
    # The reference needs the OpenAPI document, and each of its own pages.
    if not document or any(path.path_regex.match(p) for path in own for p in reference):
        reference = {}
    links = [*(path.path for path in document), *list(reference)[:1]]
    apps: dict[str, ASGIApp] = {"/": page(links), **reference}
    pages = [ServedPath(path, app) for path, app in apps.items() if path not in names]
    # Routes are matched in order, and each takes time. So the spec's routes are first,
    # unless one of them would match the path of the document.
    if any(path.path_regex.match(DOCUMENT) for path in own):
        return [*document, *own, *pages, *rest]
    return [*own, *document, *pages, *rest]


async def _no_such_path(_: Scope, __: Receive, send: Send) -> None:
    await send_response(
        send, *problem(CallError(404, "Not Found", "there is no such path"))
    )
