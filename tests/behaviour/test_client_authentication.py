"""Clients of adapters: who is let in, by every way to the upstream."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from client_requests import Attempt, Way, call, send
from service import compiled, running

from waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service import Package, Service

    from recording_upstream import RecordingUpstream

pytestmark = pytest.mark.anyio

SPEC = Path(__file__).with_name("clients.yaml")
TOKEN, KEY, PASSWORD = "token-of-clients", "key+of/clients", "pass:word of clients"
SECRETS = {"CLIENTS_TOKEN": TOKEN, "CLIENTS_KEY": KEY, "CLIENTS_PASSWORD": PASSWORD}
ISSUER = {"CLIENTS_ISSUER": "http://127.0.0.1:9"}
UPSTREAM = "secret-of-the-upstream"
GUARDS = ("bearer", "header", "query", "cookie", "basic", "digest")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode("latin-1")).decode()


def authorization(*values: str) -> Attempt:
    return Attempt(tuple(("Authorization", value) for value in values))


def key(*values: str, name: str = "X-Key") -> Attempt:
    return Attempt(tuple((name, value) for value in values))


PAIR = encoded(f"agent:{PASSWORD}")
ALLOWED = {
    "bearer": {
        "the token": authorization(f"Bearer {TOKEN}"),
        "a scheme in lower case": authorization(f"bearer {TOKEN}"),
        "a scheme in upper case": authorization(f"BEARER {TOKEN}"),
        "several spaces": authorization(f"Bearer   {TOKEN}"),
        "white space at the end": authorization(f"Bearer {TOKEN} \t"),
        "a header name in lower case": key(f"Bearer {TOKEN}", name="authorization"),
    },
    "header": {
        "the key": key(KEY),
        "a header name in lower case": key(KEY, name="x-key"),
        "another credential beside it": Attempt(
            (("X-Key", KEY), ("Authorization", "Bearer of-somebody-else"))
        ),
    },
    "query": {
        "the key": Attempt(query="?api%20key=key%2Bof/clients"),
        "a plus as a space": Attempt(query="?api+key=key%2bof%2fclients"),
        "among others": Attempt(query="?page=1&api%20key=key%2Bof/clients&x"),
    },
    "cookie": {
        "the key": key(f"session={KEY}", name="Cookie"),
        "among others": key(f"a=b; session={KEY};c=d", name="Cookie"),
    },
    "basic": {
        "the pair": authorization(f"Basic {PAIR}"),
        "a scheme in lower case": authorization(f"basic {PAIR}"),
    },
}
REFUSED = {
    "bearer": {
        "nothing": Attempt(),
        "an empty header": authorization(""),
        "the scheme alone": authorization("Bearer"),
        "an empty token": authorization("Bearer "),
        "another token": authorization("Bearer other"),
        "a longer token": authorization(f"Bearer {TOKEN}x"),
        "a shorter token": authorization(f"Bearer {TOKEN[:-1]}"),
        "the token in upper case": authorization(f"Bearer {TOKEN.upper()}"),
        "the token without its scheme": authorization(TOKEN),
        "another scheme": authorization(f"Token {TOKEN}"),
        "basic": authorization(f"Basic {encoded(f'agent:{TOKEN}')}"),
        "a tab": authorization(f"Bearer\t{TOKEN}"),
        "a quoted token": authorization(f'Bearer "{TOKEN}"'),
        "two tokens": authorization(f"Bearer {TOKEN}, Bearer {TOKEN}"),
        "a token with a parameter": authorization(f"Bearer {TOKEN} x=y"),
        "the template": authorization("Bearer {{TOKEN}}"),
        "the variable": authorization("Bearer CLIENTS_TOKEN"),
        "the credential of the upstream": authorization(f"Bearer {UPSTREAM}"),
        "another character": authorization(f"Bearer {TOKEN}\u00e9"),
        "the header twice": authorization(f"Bearer {TOKEN}", f"Bearer {TOKEN}"),
        "a wrong header first": authorization("Bearer other", f"Bearer {TOKEN}"),
        "a wrong header last": authorization(f"Bearer {TOKEN}", "Bearer other"),
        "the header of a proxy": key(f"Bearer {TOKEN}", name="Proxy-Authorization"),
        "the token in the query": Attempt(query=f"?access_token={TOKEN}"),
        "the token in a cookie": key(f"Authorization=Bearer {TOKEN}", name="Cookie"),
    },
    "header": {
        "nothing": Attempt(),
        "another key": key("other"),
        "an empty key": key(""),
        "the header twice": key(KEY, KEY),
        "a wrong header last": key(KEY, "other"),
        "the key in the query": Attempt(query="?X-Key=key%2Bof/clients"),
        "a bearer token": authorization(f"Bearer {KEY}"),
        "another header": key(KEY, name="X-Key2"),
        "an underscore": key(KEY, name="X_Key"),
    },
    "query": {
        "nothing": Attempt(),
        "another key": Attempt(query="?api%20key=other"),
        "an empty key": Attempt(query="?api%20key="),
        "a name alone": Attempt(query="?api%20key"),
        "the key twice": Attempt(
            query="?api%20key=key%2Bof/clients&api%20key=key%2Bof/clients"
        ),
        "another spelling twice": Attempt(
            query="?api+key=key%2Bof/clients&%61pi+key=other"
        ),
        "an unencoded plus": Attempt(query="?api%20key=key+of/clients"),
        "another case": Attempt(query="?API%20key=key%2Bof/clients"),
        "the key in a header": key(KEY, name="api-key"),
    },
    "cookie": {
        "nothing": Attempt(),
        "another key": key("session=other", name="Cookie"),
        "the cookie twice": key(f"session={KEY}; session={KEY}", name="Cookie"),
        "a cookie in two headers": key(
            f"session={KEY}", "session=other", name="Cookie"
        ),
        "another case": key(f"Session={KEY}", name="Cookie"),
        "the key in a header": key(KEY, name="session"),
    },
    "basic": {
        "nothing": Attempt(),
        "another password": authorization(f"Basic {encoded('agent:other')}"),
        "another user": authorization(f"Basic {encoded(f'other:{PASSWORD}')}"),
        "no password": authorization(f"Basic {encoded('agent:')}"),
        "no colon": authorization(f"Basic {encoded('agent')}"),
        "no base64": authorization(f"Basic agent:{PASSWORD}"),
        "base64 with a blank": authorization(f"Basic {PAIR[:4]} {PAIR[4:]}"),
        "bytes that are no UTF-8": authorization("Basic YWdlbnQ6/w=="),
        "another scheme": authorization(f"Bearer {PAIR}"),
        "the header twice": authorization(f"Basic {PAIR}", f"Basic {PAIR}"),
    },
    "digest": {
        "nothing": Attempt(),
        "basic": authorization(f"Basic {PAIR}"),
        "no parameters": authorization("Digest"),
        "malformed parameters": authorization('Digest username="agent'),
        "a nonce of its own": authorization(
            'Digest username="agent", realm="digest-rest", nonce="1", uri="/things", '
            'response="0", cnonce="0", nc=00000001, qop=auth'
        ),
    },
}
SCHEMES = {
    "bearer": "Bearer realm=",
    "header": "ApiKey realm=",
    "query": "ApiKey realm=",
    "cookie": "ApiKey realm=",
    "basic": "Basic realm=",
    "digest": "Digest realm=",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compiled(SPEC, tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="module")
async def service(package: Package, address: str) -> AsyncIterator[Service]:
    variables = {"API_BASE_URI": f"http://{address}", "UPSTREAM_SECRET": UPSTREAM}
    with running(package, **SECRETS, **ISSUER, **variables) as service:
        yield service


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(
    ("guard", "name"), [(guard, name) for guard in ALLOWED for name in ALLOWED[guard]]
)
async def test_a_client_with_the_secret_is_let_in(
    guard: str,
    name: str,
    way: Way,
    service: Service,
    upstream: RecordingUpstream,
) -> None:
    answer = await call(service, guard, way, ALLOWED[guard][name])

    assert answer.statuses == [200], answer.content
    request = upstream.only
    assert request.field("Authorization") == f"Bearer {UPSTREAM}"
    sent = f"{request.target} {request.fields}"
    assert not any(secret in sent for secret in (TOKEN, KEY, "of/clients", PAIR))
    assert request.field("Cookie") is None


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(
    ("guard", "name"), [(guard, name) for guard in REFUSED for name in REFUSED[guard]]
)
async def test_other_clients_get_a_challenge(
    guard: str,
    name: str,
    way: Way,
    service: Service,
    upstream: RecordingUpstream,
) -> None:
    answer = await call(service, guard, way, REFUSED[guard][name])

    assert answer.statuses == [401], answer.content
    assert answer.headers["www-authenticate"].startswith(SCHEMES[guard])
    assert answer.headers["content-type"] == "application/problem+json"
    assert not any(secret in answer.content.decode() for secret in SECRETS.values())
    assert upstream.requests == []


@pytest.mark.parametrize("kind", ["rest", "mcp"])
@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("target", ["/", "/openapi.json", "/mcp", "/none", "//things"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND"])
async def test_every_path_and_method_is_guarded(
    method: str, target: str, guard: str, kind: str, service: Service
) -> None:
    url = service.url(f"{guard}-{kind}")

    answer = await send(url, method, target, (), b"")

    assert answer.statuses == [401]


async def test_a_client_is_refused_before_its_body_comes(service: Service) -> None:
    fields = (("Content-Type", "application/json"), ("Content-Length", "1000"))
    url = service.url("bearer-rest")

    answer = await send(url, "POST", "/things", fields, b"")

    assert answer.statuses == [401]


@pytest.mark.parametrize("way", Way)
async def test_a_refused_connection_can_be_used_again(
    way: Way, service: Service, upstream: RecordingUpstream
) -> None:
    url = service.url(f"bearer-{way.kind}")
    path = "/things" if way is Way.REST else "/mcp"
    root = url.removesuffix("/mcp")
    async with httpx2.AsyncClient(base_url=root, timeout=PATIENCE) as client:
        refused = await client.post(path, content=b"{}" * 1000)
        allowed = await client.get(
            "/" if way is not Way.REST else path,
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    assert (refused.status_code, allowed.status_code) == (401, 200)


@pytest.mark.parametrize("kind", ["rest", "mcp"])
async def test_a_client_answers_the_challenge_of_digest(
    kind: str, service: Service, upstream: RecordingUpstream
) -> None:
    url = service.url(f"digest-{kind}").removesuffix("/mcp")
    login = httpx2.DigestAuth("agent", PASSWORD)
    wrong = httpx2.DigestAuth("agent", "other")
    target = "/things?page=1" if kind == "rest" else "/"
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        allowed = [await client.get(target, auth=login) for _ in range(3)]
        refused = await client.get(target, auth=wrong)
        signed = allowed[-1].request.headers["Authorization"]
        again = await client.get(target, headers={"Authorization": signed})
        elsewhere = await client.get("/x", headers={"Authorization": signed})

    assert [one.status_code for one in allowed] == [200, 200, 200]
    assert [len(one.history) for one in allowed] == [1, 0, 0]
    assert refused.status_code == 401
    assert again.status_code == 401
    assert "stale=true" in again.headers["WWW-Authenticate"]
    assert elsewhere.status_code == 401
    assert "stale" not in elsewhere.headers["WWW-Authenticate"]
    assert all("agent" not in f"{one.fields}" for one in upstream.requests)
