"""Paths that match the same request: the first one with its method answers it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from naftiko_runtime.rest.app import Remainder, Route, create_rest_app
from naftiko_runtime.rest.forward import Forward
from naftiko_runtime.transport import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from naftiko_runtime.rest.app import Operation
    from naftiko_runtime.upstream.forwarding import Forwarded

PATHS = [
    ("POST", "/i/sparse/{id}"),
    ("GET", "/i/{kind}/_all"),
    ("PUT", "/i/{kind}/{id}"),
    ("POST", "/{name}"),
]


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


def route(method: str, path: str) -> Route[str]:
    async def answer(client: str) -> Reply:
        return Reply(200, (), f"{method} {path}".encode())

    operation: Operation[str] = answer
    return Route(method, path, operation)


async def forwarded(client: str, request: Forwarded) -> Reply:
    return Reply(200, (), f"{client} {request.method}".encode())


OTHERS = Forward("/i/{rest:path}", forwarded)


def client(*remainders: Remainder) -> TestClient:
    routes = [route(*pair) for pair in PATHS]
    app = create_rest_app(
        [*routes, *remainders], connect, openapi=b'{"paths": {}}', variables="X"
    )
    return TestClient(app, base_url="http://localhost")


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/i/sparse/_all", "GET /i/{kind}/_all"),
        ("HEAD", "/i/sparse/_all", ""),
        ("POST", "/i/sparse/_all", "POST /i/sparse/{id}"),
        ("PUT", "/i/sparse/_all", "PUT /i/{kind}/{id}"),
        ("POST", "/openapi.json", "POST /{name}"),
        ("GET", "/openapi.json", '{"paths": {}}'),
    ],
)
def test_the_path_with_the_method_answers(
    method: str, target: str, expected: str
) -> None:
    with client() as rest:
        response = rest.request(method, target)
    assert (response.status_code, response.text) == (200, expected)


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("/i/sparse/_all", "POST, GET, HEAD, PUT"),
        ("/i/dense/7", "PUT"),
        ("/openapi.json", "GET, HEAD, POST"),
    ],
)
def test_a_refusal_names_the_methods_of_all_paths(target: str, allowed: str) -> None:
    with client() as rest:
        response = rest.delete(target)
    assert (response.status_code, response.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("method", "target", "status", "expected"),
    [
        ("GET", "/i/sparse/_all", 200, "GET /i/{kind}/_all"),
        ("GET", "/i/a/b/c", 200, "client GET"),
        ("DELETE", "/i/sparse/_all", 405, "POST, GET, HEAD, PUT"),
    ],
)
def test_a_remainder_comes_after_all_paths(
    method: str, target: str, status: int, expected: str
) -> None:
    with client(OTHERS) as rest:
        response = rest.request(method, target)
    assert response.status_code == status
    assert response.headers.get("Allow", response.text) == expected
