"""Guards of `Host`, `Origin` and the credentials of clients."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hmac import compare_digest
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from case_tables import in_table
from naftiko_runtime.errors import CallError
from naftiko_runtime.http.guards import (
    Guard,
    HostGuard,
    Secret,
    guards_or_default,
    listener_guards,
    take_credentials,
    take_header,
)
from naftiko_runtime.rest import RestApp, ServedPath, create_rest_app
from naftiko_runtime.settings import Listener, listener

OPENAPI = json.dumps({"info": {"title": "Books"}, "paths": {}}).encode()
PLAIN = (b"content-type", b"text/plain")


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


class Echo:
    """A route that responds with its path variable."""

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        body = scope["path_params"]["isbn"].encode()
        start = {"type": "http.response.start", "status": 200, "headers": [PLAIN]}
        await send(start)
        await send({"type": "http.response.body", "body": body})


def application(guards: Sequence[Guard], *middleware: Middleware) -> RestApp:
    return RestApp([ServedPath("/books/{isbn}", Echo())], connect, guards, middleware)


def refusal(guards: Sequence[Guard], server: object = None, **headers: str) -> int:
    """Return the status of the first refusal, 0 if there is none."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "headers": pairs, "server": server}
    refusals = (guard(scope) for guard in guards)
    return next((error.status for error in refusals if error), 0)


@pytest.mark.parametrize("name", ["host", "origin"])
def test_each_of_several_values_must_be_allowed(name: str) -> None:
    guard = HostGuard(["api.example"])
    value = {"host": b"api.example", "origin": b"http://api.example"}[name]
    own, other = (name.encode(), value), (name.encode(), b"evil.example")
    host = (b"host", b"api.example")

    for pairs, is_refused in (([own, own], False), ([own, other], True)):
        for headers in (pairs, pairs[::-1]):
            scope = {"headers": [host, *headers]}
            assert (guard(scope) is not None) == is_refused


@in_table
def test_the_default_allows_this_machine_and_those_of_the_environment(
    env: dict[str, str], server: list[Any] | None, headers: dict[str, str], status: int
) -> None:
    guards = guards_or_default(None, "BOOKS", env)

    assert refusal(guards, server and tuple(server), **headers) == status


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_allowed_host_is_its_own_origin(scheme: str) -> None:
    env = {"BOOKS_ALLOWED_HOSTS": "api.example"}
    under_any_server = guards_or_default(None, "BOOKS", env)
    guards = listener_guards(listener(env, "BOOKS", 8080))
    origin = f"{scheme}://api.example"

    assert refusal(under_any_server, host="api.example", origin=origin) == 0
    assert refusal(guards, host="api.example", origin=origin) == 0


def test_guards_of_the_user_replace_the_default() -> None:
    assert guards_or_default([], "BOOKS", {}) == []


def test_a_host_is_its_own_origin() -> None:
    guard = HostGuard(["api.example"])

    assert refusal([guard], host="api.example", origin="https://api.example") == 0
    assert refusal([guard], host="api.example", origin="https://evil.example") == 403
    assert refusal([guard], host="localhost") == 421


def test_a_listener_knows_its_names() -> None:
    guards = listener_guards(Listener("127.0.0.1", 8080))

    assert refusal(guards, host="localhost:8080", origin="http://[::1]:8080") == 0
    assert refusal(guards, host="localhost:8081") == 421


def test_an_application_is_guarded_under_any_server() -> None:
    app = application(guards_or_default(None, "BOOKS", {}))
    with TestClient(app, base_url="http://localhost:8000") as client:
        assert client.get("/books/a%2Fb").text == "a%2Fb"
        response = client.get("/books/1", headers={"Host": "evil.example"})

    assert (response.status_code, response.json()["status"]) == (421, 421)


def test_a_mounted_application_is_guarded() -> None:
    app = application(guards_or_default(None, "BOOKS", {}))
    client = TestClient(Starlette(routes=[Mount("/a", app)]), "http://localhost")

    assert client.get("/a/books/a%2Fb").text == "a%2Fb"
    assert client.get("/a/books/1", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("guards", [None, [HostGuard(["localhost"])]])
@in_table
def test_a_site_reaches_only_the_pages_of_another(
    guards: Sequence[Guard] | None,
    path: str,
    site: str,
    headers: dict[str, str],
    status: int,
) -> None:
    app = create_rest_app(
        [], connect, openapi=OPENAPI, variables="BOOKS", guards=guards
    )
    client_of_mount = TestClient(
        Starlette(routes=[Mount("/a b", app)]), "http://localhost"
    )
    for client, root in (
        (TestClient(app, "http://localhost"), ""),
        (client_of_mount, "/a b"),
    ):
        fields = {"Sec-Fetch-Site": site, **headers}
        assert client.get(f"{root}{path}", headers=fields).status_code == status


def test_guards_are_asked_in_order_and_before_middleware() -> None:
    order: list[str] = []

    class Noted:
        def __init__(self, app: ASGIApp) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            order.append(scope["type"])
            await self._app(scope, receive, send)

    def key(scope: Mapping[str, Any]) -> CallError | None:
        order.append("key")
        is_known = (b"x-key", b"k") in scope["headers"]
        return None if is_known else CallError(401, "Unauthorized", "send X-Key")

    app = application([HostGuard(["books"]), key], Middleware(Noted))
    client = TestClient(app, base_url="http://books")

    assert client.get("/books/1", headers={"Host": "evil"}).status_code == 421
    assert client.get("/books/1").json()["detail"] == "send X-Key"
    assert client.get("/books/1", headers={"X-Key": "k"}).status_code == 200
    assert order == ["key", "key", "http"]


def test_a_websocket_is_guarded() -> None:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        raise AssertionError

    scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"evil.example")]}
    app = application([HostGuard(["books"])])
    with pytest.raises(StopIteration):
        app(scope, receive, send).send(None)

    assert messages == [{"type": "websocket.close", "code": 1008}]


@in_table
def test_misreadable_requests_are_refused_without_guards(
    headers: list[tuple[str, str]], status: int
) -> None:
    client = TestClient(application([]))

    assert client.post("/books/1", content=b"{}", headers=headers).status_code == status


def test_an_added_route_has_exceptions_handled() -> None:
    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "up"})

    app = application([])
    app.add_route("/health", health)

    assert TestClient(app).get("/health").json() == {"status": "up"}


def test_only_the_routes_are_between_guards_and_handlers() -> None:
    plain = create_rest_app([], connect, openapi=OPENAPI, variables="BOOKS")
    extended_app = create_rest_app([], connect, openapi=OPENAPI, variables="BOOKS")
    extended_app.add_exception_handler(ValueError, lambda *_: JSONResponse({}))

    assert plain.build_middleware_stack() is plain.router
    assert extended_app.build_middleware_stack() is not extended_app.router


HOST, AGENT = (b"host", b"a"), (b"user-agent", b"b")


def scope(*values: bytes) -> dict[str, Any]:
    return {"headers": [HOST, *((b"x-key", value) for value in values), AGENT]}


@pytest.mark.parametrize(
    ("values", "key"),
    [((), None), ((b" \tkey ",), b"key"), ((b"",), b""), ((b"key", b"key"), None)],
)
def test_a_header_is_taken_out(values: tuple[bytes, ...], key: bytes | None) -> None:
    request = scope(*values)
    before = request["headers"]
    assert take_header(request, b"x-key") == key
    assert request["headers"] == [HOST, AGENT]
    # Another application may have the same list.
    assert before == scope(*values)["headers"]


@pytest.mark.parametrize(
    ("value", "credentials"),
    [
        (b"Bearer token", b"token"),
        (b"bEARER   token", b"token"),
        (b"Bearer", b""),
        (b"Basic token", None),
        (b"", None),
    ],
)
def test_credentials_have_a_scheme(value: bytes, credentials: bytes | None) -> None:
    request = {"headers": [(b"authorization", value)]}
    assert take_credentials(request, b"bearer") == credentials
    assert request["headers"] == []


def test_only_the_secret_itself_is_compared_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    comparisons: list[bytes] = []

    def count_comparison(first: bytes, second: bytes) -> bool:
        comparisons.append(first)
        return compare_digest(first, second)

    monkeypatch.setattr("naftiko_runtime.http.guards.compare_digest", count_comparison)
    secret = Secret("sesame")

    tokens = (b"wrong", b"sesame", b"wrong", b"sesame", b"sesam", b"")
    assert [secret.is_equal(text) for text in tokens] == [
        text == b"sesame" for text in tokens
    ]
    assert len(comparisons) == 5
