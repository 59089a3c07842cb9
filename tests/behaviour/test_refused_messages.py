"""Messages that can be read in two ways: they are refused, and nothing is sent."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from odd_requests import LEGACY, META, MODERN, Draft, Members, other, plain, post
from service import Package, Service, speaking
from two_ways import TwoWays, two_ways

from case_tables import named_table
from recording_upstream import RecordingUpstream
from waiting import PATIENCE

SPEC = Path(__file__).with_name("refused_messages.yaml")
REVISIONS = [LEGACY, MODERN]
JSON = {"Content-Type": "application/json"}
FORMS = named_table(__file__, "refused_message_forms")
TWICE = FORMS["members twice"]


@pytest.fixture
def ways(package: Package) -> Iterator[TwoWays]:
    with two_ways(package) as ways:
        yield ways


def call(revision: str) -> Draft:
    deep = Members([("deep", 1)])
    return plain(revision, "book", {"amount": 100, "origin": deep})


async def refusal(
    service: Service, draft: Draft, body: str | None = None
) -> tuple[int, int, Any]:
    """Return the status of a response, and the code and the id of its error."""
    content = None if body is None else body.encode()
    answer = await post(service.url("mcp"), draft, content)
    message = answer.json()
    assert message["jsonrpc"] == "2.0"
    return answer.status_code, message["error"]["code"], message["id"]


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("accept", ["application/json", "application/json;q=1"])
@pytest.mark.parametrize("twice", TWICE)
async def test_a_member_that_a_message_has_twice_is_refused(
    service: Service,
    upstream: RecordingUpstream,
    revision: str,
    accept: str,
    twice: tuple[str, str, int | None],
) -> None:
    once, again, identity = twice
    draft = call(revision).with_field("accept", accept)
    body = draft.text.replace(once, again, 1)
    assert body != draft.text

    assert await refusal(service, draft, body) == (400, -32600, identity)
    assert upstream.requests == []


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("values", FORMS["other media types"])
async def test_another_media_type_than_that_of_json_is_refused(
    service: Service,
    upstream: RecordingUpstream,
    revision: str,
    values: tuple[str, ...],
) -> None:
    draft = call(revision).with_field("content-type", *values)

    assert await refusal(service, draft) == (415, -32600, None)
    assert upstream.requests == []


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("media_type", FORMS["media types"])
async def test_parameters_of_the_media_type_are_allowed(
    service: Service, upstream: RecordingUpstream, revision: str, media_type: str
) -> None:
    draft = call(revision).with_field("content-type", media_type)

    assert (await post(service.url("mcp"), draft)).status_code == 200
    assert upstream.only.json == {"amount": 100, "origin": {"deep": 1}}


BODIES = [
    *((form, (code, identity)) for form, code, identity in FORMS["bodies"]),
    (f'{{"id": 1, "a": 1, "a": {"9" * 5000}}}', (-32600, None)),
]
IDS = [None, 1.0, 1.5, True, Members([("a", 1)]), [1]]


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(("form", "expected"), BODIES)
async def test_bodies_other_than_one_message_are_refused(
    service: Service,
    upstream: RecordingUpstream,
    revision: str,
    form: str,
    expected: tuple[int, int | None],
) -> None:
    draft = call(revision)
    body = form.replace("{}", draft.text)

    assert await refusal(service, draft, body) == (400, *expected)
    assert upstream.requests == []


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("identity", IDS)
async def test_an_id_that_is_neither_text_nor_integer_is_refused(
    service: Service, upstream: RecordingUpstream, revision: str, identity: Any
) -> None:
    draft = call(revision).having(identity, "id")

    assert await refusal(service, draft) == (400, -32600, None)
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("header", "version"),
    [((LEGACY,), MODERN), ((MODERN,), LEGACY), ((), MODERN), ((LEGACY,), 1)],
)
async def test_an_envelope_of_another_revision_than_the_header_is_refused(
    service: Service, upstream: RecordingUpstream, header: tuple[str, ...], version: Any
) -> None:
    draft = call(MODERN).with_field("mcp-protocol-version", *header)
    draft = draft.having(version, "params", "_meta", f"{META}protocolVersion")

    assert await refusal(service, draft) == (400, -32020, 1)
    assert upstream.requests == []


def test_messages_on_standard_input_are_refused_one_by_one(package: Package) -> None:
    draft = call(LEGACY)
    wrong = [
        *((draft.text.replace(old, new, 1), -32600, id_) for old, new, id_ in TWICE),
        *((form.replace("{}", draft.text), *expected) for form, expected in BODIES),
        *((draft.having(identity, "id").text, -32600, None) for identity in IDS),
        ('{"jsonrpc":"2.0","id":1,"method":"\udcff"}', -32700, None),
    ]
    with speaking(package, "--mock") as pipes:
        for line, code, identity in wrong:
            os.write(pipes.stdin.fileno(), os.fsencode(f"{line}\n"))
            answer = pipes.ask("")
            assert (answer["error"]["code"], answer["id"]) == (code, identity), line
        answer = pipes.ask(other(LEGACY, "initialize", "begin").text)
        assert answer["id"] == "begin"
        assert "serverInfo" in answer["result"]
        pipes.stdin.close()
        assert pipes.stdout.read() == ""
        assert pipes.process.wait(PATIENCE) == 0


@pytest.mark.parametrize(("method", "path"), [("POST", "/book"), ("PATCH", "/raw")])
@pytest.mark.parametrize(
    "body", ['{"amount": 1, "amount": 2}', '{"x":[{"a":1,"a":1}]}']
)
async def test_a_body_whose_members_are_read_names_each_once(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    method: str,
    path: str,
    body: str,
) -> None:
    body = body.replace("{", '{"amount": 1, ', 1) if "x" in body else body

    answer = await rest.request(method, path, content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "the request body must not name a member of an object twice"
    )
    assert upstream.requests == []


@pytest.mark.parametrize(
    "body",
    [
        '{"a": "\\u53611234567890123456789"}',
        f'{{"a": {10**400}, "b": 1.10}}',
    ],
)
async def test_a_body_that_only_passes_passes_as_it_is(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, body: str
) -> None:
    answer = await rest.put("/replace", content=body, headers=JSON)

    assert answer.status_code == 200
    assert upstream.only.body == body.encode()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_unforeseen_exception_is_an_error_without_its_text(
    ways: TwoWays, caplog: pytest.LogCaptureFixture, revision: str
) -> None:
    request = call(revision).request()
    unforeseen = ZeroDivisionError("SECRET")

    answer, by_sdk = ways.by_both(request, unforeseen)

    assert answer == by_sdk
    error = {"code": -32603, "message": "Internal error"}
    assert json.loads(answer.body)["error"] == error
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_an_unforeseen_exception_of_a_route_is_a_problem_without_its_text(
    package: Package,
) -> None:
    process = package.execute(UNFORESEEN)

    assert process.stdout.splitlines() == [
        "500 application/problem+json",
        '{"title": "Internal Server Error", "status": 500, '
        '"detail": "the server failed; its log says where"}',
    ]
    assert "ZeroDivisionError" in process.stderr
    assert "SECRET" not in process.stderr


UNFORESEEN = """\
import asyncio
from contextlib import nullcontext
from RUNTIME.observing.logs import install
from RUNTIME.rest import create_rest_app
from RUNTIME.rest import Route

async def fail(client): raise ZeroDivisionError("SECRET")
routes = [Route("GET", "/", fail)]
connect = lambda: nullcontext(None)
app = create_rest_app(routes, connect, openapi=b"{}", variables="A", guards=[])
scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/",
         "query_string": b"", "headers": [(b"host", b"127.0.0.1")]}
async def receive(): return {"type": "http.request", "body": b""}
async def send(message):
    if "status" in message:
        print(message["status"], dict(message["headers"])[b"content-type"].decode())
    else:
        print(message["body"].decode())
install("warning", "ledger")
async def main():
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
asyncio.run(main())
"""
