"""Routes: which path matches, and responses to clients."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from case_tables import in_table, table
from naftiko_runtime.forwards import Forward
from naftiko_runtime.inputs import INTEGER, OBJECT
from naftiko_runtime.rest import (
    Body,
    Header,
    Member,
    Operation,
    Path,
    Query,
    Remainder,
    Route,
    create_rest_app,
)
from naftiko_runtime.transport import Reply
from naftiko_runtime.upstream.forwarding import Forwarded
from notes_package import NotesPackage

ROUTES = {
    "unshaped": ("POST", "/notes"),
    "shaped": ("GET", "/notes/1"),
    "shaped from XML": ("GET", "/feed"),
    "without a body": ("HEAD", "/notes/1/state"),
}
EVERY_ROUTE = pytest.mark.parametrize(
    ("method", "path"), ROUTES.values(), ids=ROUTES.keys()
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> NotesPackage:
    return NotesPackage("notes_over_rest", tmp_path_factory.mktemp("notes"))


@pytest.fixture
def upstream(package: NotesPackage) -> Any:
    return package.module("mock").create_mock()


@pytest.fixture
def rest(package: NotesPackage, upstream: Any) -> Iterator[TestClient]:
    app = package.module("rest").create_app(package.connection(upstream))
    with TestClient(app) as client:
        yield client


@EVERY_ROUTE
def test_an_error_is_passed_on(
    rest: TestClient, upstream: Any, package: NotesPackage, method: str, path: str
) -> None:
    headers = ((b"content-type", b"text/html"), (b"retry-after", b"3600"))
    cookie = (b"set-cookie", b"a=b")
    upstream.reply = package.reply(422, (*headers, cookie), b"<p>no</p>")

    response = rest.request(method, path, **body(method))

    content = b"" if method == "HEAD" else b"<p>no</p>"
    assert (response.status_code, response.content) == (422, content)
    assert response.headers["content-type"] == "text/html"
    assert response.headers["retry-after"] == "3600"
    assert "set-cookie" not in response.headers


@EVERY_ROUTE
def test_no_content_is_passed_on(
    rest: TestClient, upstream: Any, package: NotesPackage, method: str, path: str
) -> None:
    upstream.reply = package.reply(204)

    response = rest.request(method, path, **body(method))

    assert (response.status_code, response.content) == (204, b"")


def test_an_unknown_path_is_a_problem(rest: TestClient, upstream: Any) -> None:
    response = rest.get("/there/is/no/such/path")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404
    assert not upstream.requests


def body(method: str) -> dict[str, Any]:
    """Return the arguments of a request that give it a body, if it has one."""
    return {"json": {"title": "first"}} if method == "POST" else {}


PATHS = table(__file__, "paths")


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


def route(method: str, path: str) -> Route[str]:
    async def answer(client: str) -> Reply:
        return Reply(200, (), f"{method} {path}".encode())

    operation: Operation[str] = answer
    return Route(method, path, operation)


async def forward(client: str, request: Forwarded) -> Reply:
    return Reply(200, (), f"{client} {request.method}".encode())


OTHERS = Forward("/i/{rest:path}", forward)


def client(*remainders: Remainder) -> TestClient:
    routes = [route(*pair) for pair in PATHS]
    app = create_rest_app(
        [*routes, *remainders], connect, openapi=b'{"paths": {}}', variables="X"
    )
    return TestClient(app, base_url="http://localhost")


@in_table
def test_the_path_with_the_method_answers(
    method: str, target: str, expected: str
) -> None:
    with client() as rest:
        response = rest.request(method, target)
    assert (response.status_code, response.text) == (200, expected)


@in_table
def test_a_refusal_names_the_methods_of_all_paths(target: str, methods: str) -> None:
    with client() as rest:
        response = rest.delete(target)
    assert (response.status_code, response.headers["Allow"]) == (405, methods)


@in_table
def test_a_remainder_comes_after_all_paths(
    method: str, target: str, status: int, expected: str
) -> None:
    with client(OTHERS) as rest:
        response = rest.request(method, target)
    assert response.status_code == status
    assert response.headers.get("Allow", response.text) == expected


HINT = "To ignore undeclared parts of requests, set X_UNKNOWN=ignore for this server."
JSON = {"Content-Type": "application/json"}


async def answer_all(_: str, **values: Any) -> Reply:
    return Reply(200, (), json.dumps(values, default=bytes.decode).encode())


def changing_client() -> TestClient:
    openapi = b'{"paths": {}}'
    app = create_rest_app(CHANGES, connect, openapi=openapi, variables="X")
    return TestClient(app, base_url="http://localhost")


def ask(client: TestClient, parts: dict[str, Any]) -> Any:
    """Send a request; a `body` that is a list is sent in chunks."""
    method, target = parts["ask"].split()
    content: Any = parts.get("body")
    if isinstance(content, list):
        content = iter([piece.encode() for piece in content])
    elif isinstance(content, dict):
        content = "".join(piece * times for piece, times in content.items())
    target += parts.get("times", 0) * "&limit=1"
    headers = [*parts.get("headers", {}).items(), *map(tuple, parts.get("pairs", ()))]
    usual = JSON if content else {}
    return client.request(
        method, target, headers=[*usual.items(), *headers], content=content
    )


LIMIT = Query("limit", INTEGER, required=False)
CHANGES = [
    Route("GET", "/notes", answer_all, [LIMIT, Header("X-Team", required=False)]),
    Route(
        "POST",
        "/notes",
        answer_all,
        [Member("title"), Member("mail", path=("author", "mail"), required=False)],
    ),
    Route("PATCH", "/notes/{id}", answer_all, [Path("id"), Body("body", OBJECT)]),
    Route("PUT", "/notes/{id}", answer_all, [Path("id"), Header("If-Match")]),
    Route("DELETE", "/notes/{id}", answer_all, [Path("id")]),
]


@in_table
def test_undeclared_parts_of_requests_are_refused(
    monkeypatch: pytest.MonkeyPatch, request_parts: dict[str, Any], expected: Any
) -> None:
    with changing_client() as rest:
        response = ask(rest, request_parts)
    [status, *lines] = expected
    detail = response.json().get("detail", "")
    assert (response.status_code, detail.split("\n")) == (status, [*lines, HINT])
    monkeypatch.setenv("X_UNKNOWN", "ignore")
    with changing_client() as rest:
        assert ask(rest, request_parts).status_code == 200


@in_table
def test_declared_parts_of_requests_are_taken(
    request_parts: dict[str, Any], expected: Any
) -> None:
    with changing_client() as rest:
        response = ask(rest, request_parts)
    assert response.json() == expected


@in_table
def test_ambiguous_requests_are_refused_under_any_setting(
    monkeypatch: pytest.MonkeyPatch, request_parts: dict[str, Any], detail: str
) -> None:
    monkeypatch.setenv("X_UNKNOWN", "ignore")
    with changing_client() as rest:
        response = ask(rest, request_parts)
    assert (response.status_code, response.json()["detail"]) == (400, detail)
