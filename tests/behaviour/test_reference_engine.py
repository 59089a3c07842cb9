"""Defects of the reference engine, none of which a served package has.

`ROWS` lists the known defects of the engine in their customary order, each by the
behaviour that a package has in its place. Every row has a test.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from exact_http import exactly
from mcp import Client
from mcp.types import BlobResourceContents, EmbeddedResource, TextContent
from service import compiled, running

from naftiko_gen.cli.main import main
from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from mcp.types import CallToolResult
    from service import Package, Service

    from recording_upstream import Received

pytestmark = pytest.mark.anyio

ROWS = {
    1: "names of binds have their values in credentials and headers",
    2: "a guard without its secret ends the start",
    3: "a guard's secret is the value of the variable that binds names",
    4: "passwords of basic and digest are sent",
    5: "no argument replaces a variable of the same name",
    6: "a header of all operations is filled once",
    7: "text, XML, forms, parts and SPARQL are sent in their format",
    8: "values of JSON keep their types, and are escaped inside of texts",
    9: "values in a path are encoded once",
    10: "inputs of paths and resources, and constants, count",
    11: "an absent optional input is left out, an absent required one refused",
    12: "arguments are read from the original inputs, in any order",
    13: "an absent member of the body is absent",
    14: "objects keep their members, at any depth",
    15: "several outputs make one object",
    16: "a path to nothing answers null",
    17: "refusals of the upstream pass unchanged",
    18: "steps stop at the first refusal, and read every format",
    19: "lookups and elements of lists can be used in later steps",
    20: "outputs of steps take the mappings of their names",
    21: "lists of texts stay lists of texts",
    22: "one XML element is a list if the output is one",
    23: "an answer without content is a success",
    24: "messages, revisions and arguments follow MCP",
    25: "servers are for this machine, and check Host and Origin",
    26: "inputs of tools keep their types, and are inferred if absent",
    27: "wrong methods and inputs get their own statuses",
    28: "forwarded requests keep their query",
    29: "a broken upstream is 502",
    30: "responses name no file, address or exception",
    31: "null is a value in arguments and specs",
    32: "calls of one function at the same time don't mix",
    33: "a server on standard input doesn't make a package unready",
    34: "bytes stay bytes",
    35: "imported operations keep required inputs and fixed outputs",
    36: "imported OpenAPI operations send bodies, and list what they list",
    37: "errors of a spec or at the start have an exit code",
    38: "refused clients get a challenge",
    39: "a key in the query is encoded, and in no log",
    40: "a value is no template, and has only its own members",
}
"""The rows, each by the behaviour of packages."""
SPEC = Path(__file__).with_name("reference_engine.yaml")
SHARED = """\
naftiko: 1.0.0-alpha2
consumes:
- type: http
  namespace: shared
  baseUri: https://shared.example.com
  resources:
  - name: r
    path: /shared
    operations:
    - name: get-shared
      inputParameters: [{name: must, in: query, required: true}]
      outputParameters: [{name: kind, type: string, value: shared}]
"""
PICTURE = b"\x89PNG\xff\x00"
FIELDS = [{"name": "name", "type": "string"}]
FILES = {
    "shared.yaml": SHARED.encode(),
    "name.avsc": json.dumps({"type": "record", "name": "N", "fields": FIELDS}).encode(),
    "name.proto": b'syntax = "proto3";\nmessage N { string name = 1; }\n',
    "logo.png": PICTURE,
}
SECRETS = {
    "UPSTREAM_TOKEN": "token-of-upstream",
    "UPSTREAM_VERSION": "1-{{TOKEN}}",
    "UPSTREAM_USER": "agent",
    "UPSTREAM_PASSWORD": "pass:word",
    "UPSTREAM_KEY": "a+b/&=c d",
    "CLIENTS_TOKEN": "token-of-clients",
    "CLIENTS_KEY": "key-of-clients",
    "CLIENTS_PASSWORD": "password-of-clients",
}
APIS = ("API", "BASIC", "DIGEST", "KEYED", "SHARED")
LOWEST_PORT = {"ABSENT_BASE_URI": "http://127.0.0.1:9/inside"}
XML = (("Content-Type", "application/xml"),)
CSV = (("Content-Type", "text/csv"),)

Test = TypeVar("Test", bound="Callable[..., Any]")

_tested: set[int] = set()


def row(*numbers: int) -> Callable[[Test], Test]:
    """Say of which rows a test is."""
    _tested.update(numbers)
    return lambda test: test


class Engine(RecordingUpstream):
    """An upstream that answers each path, or every request in the same way."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Answer] = {}

    def begin(self) -> None:
        super().begin()
        self.answers.clear()

    def answer_to(self, request: Received, /) -> Answer:
        if request.target.startswith("/digest"):
            return _challenge(request)
        return self.answers.get(urlsplit(request.target).path, self.answer)


def _challenge(request: Received) -> Answer:
    if (request.field("Authorization") or "").startswith("Digest "):
        return Answer()
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
    return Answer(b"{}", (("WWW-Authenticate", challenge),), 401)


@pytest.fixture(scope="module")
def recorder() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    directory = tmp_path_factory.mktemp("engine")
    spec = directory / "engine.yaml"
    spec.write_text(SPEC.read_text("utf-8"), "utf-8")
    for name, content in FILES.items():
        (directory / name).write_bytes(content)
    return compiled(spec, directory)


@pytest.fixture(scope="module")
async def service(package: Package, address: str) -> AsyncIterator[Service]:
    bases = {f"{api}_BASE_URI": f"http://{address}" for api in APIS}
    with running(package, **SECRETS, **bases, **LOWEST_PORT) as service:
        yield service


@pytest.fixture
async def rest(service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    url = service.url("rest")
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
async def tools(service: Service) -> AsyncIterator[Client]:
    async with Client(service.url("tools")) as client:
        yield client


async def test_every_row_has_a_test() -> None:
    assert _tested == set(ROWS) == set(range(1, 41))


# --- variables and credentials -----------------------------------


@row(1, 6)
async def test_names_of_binds(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    assert (await rest.get("/plain")).status_code == 200
    assert upstream.only.field("Authorization") == "Bearer token-of-upstream"
    # The value isn't read again.
    assert upstream.only.field("X-Version") == "v1-{{TOKEN}}"


@row(2, 37)
async def test_a_missing_secret_ends_the_start(package: Package) -> None:
    secrets = {name: SECRETS[name] for name in SECRETS if name != "CLIENTS_TOKEN"}
    ended = package.run("serve", **package.free_ports(), **secrets)
    assert ended.returncode == 1
    assert "set the environment variable CLIENTS_TOKEN" in ended.stderr


@row(37)
async def test_an_invalid_spec_ends_the_compiler(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("naftiko: 1.0.0-alpha2\ncapability: {expose: []}\n", "utf-8")
    assert main([str(spec), "-o", str(tmp_path / "out"), "-q"]) == 1


@row(3, 38)
@pytest.mark.parametrize(
    ("adapter", "name", "secret", "scheme"),
    [
        ("bearer", "Authorization", "Bearer token-of-clients", "Bearer realm="),
        ("keyed-clients", "X-Key", "key-of-clients", "ApiKey realm="),
    ],
)
async def test_secrets_of_clients(
    adapter: str,
    name: str,
    secret: str,
    scheme: str,
    service: Service,
    upstream: Engine,
) -> None:
    url = f"{service.url(adapter)}/plain"
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        for wrong in (secret[:-1], "Bearer {{CLIENT_TOKEN}}", "{{CLIENT_KEY}}"):
            refused = await client.get(url, headers={name: wrong})
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith(scheme)
        assert upstream.requests == []
        assert (await client.get(url, headers={name: secret})).status_code == 200


@row(38)
async def test_clients_answer_the_challenge_of_digest(
    service: Service, upstream: Engine
) -> None:
    login = httpx2.DigestAuth("agent", "password-of-clients")
    url = f"{service.url('digest-clients')}/plain"
    async with httpx2.AsyncClient(timeout=PATIENCE, auth=login) as client:
        allowed = await client.get(url)
    assert [r.status_code for r in (*allowed.history, allowed)] == [401, 200]
    assert len(upstream.requests) == 1


@row(4)
async def test_passwords_are_sent(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    assert (await rest.get("/basic")).status_code == 200
    pair = base64.b64encode(b"agent:pass:word").decode()
    assert upstream.only.field("Authorization") == f"Basic {pair}"
    assert (await rest.get("/digest")).status_code == 200
    answer = upstream.requests[-1].field("Authorization") or ""
    assert answer.startswith("Digest ")
    assert 'username="agent"' in answer


@row(5)
async def test_arguments_replace_no_variable(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    await rest.get("/overriding/1", params={"TOKEN": "of-the-caller"})
    assert upstream.only.field("Authorization") == "Bearer token-of-upstream"
    assert upstream.only.target == "/items/1?TOKEN=of-the-caller"


@row(39)
async def test_keys_in_the_query(
    rest: httpx2.AsyncClient, service: Service, upstream: Engine
) -> None:
    upstream.answer = Answer(b"{}", status=500)
    assert (await rest.get("/keyed")).status_code == 500
    query = urlsplit(upstream.only.target).query
    assert parse_qsl(query) == [("api_key", SECRETS["UPSTREAM_KEY"])]
    assert not any(secret in service.output for secret in ("a+b", "a%2Bb"))


# --- requests ----------------------------------------------------


@row(7)
@pytest.mark.parametrize(
    ("tool", "media_type", "body"),
    [
        ("send-text", "text/plain", b"text <\xc3\xa9 & b>"),
        ("send-xml", "application/xml", b"<a>&lt;\xc3\xa9 &amp; b&gt;</a>"),
        ("send-sparql", "application/sparql-query", b"SELECT <\xc3\xa9 & b>"),
        ("send-form", "application/x-www-form-urlencoded", b"a=%3C%C3%A9+%26+b%3E"),
    ],
)
async def test_bodies(
    tool: str, media_type: str, body: bytes, tools: Client, upstream: Engine
) -> None:
    await call(tools, tool, value="<\u00e9 & b>")
    assert upstream.only.body == body
    kind = upstream.only.field("Content-Type") or ""
    assert kind.partition(";")[0] == media_type


@row(7)
async def test_parts(tools: Client, upstream: Engine) -> None:
    await call(tools, "send-parts", value="<\u00e9>")
    kind = f"Content-Type: {upstream.only.field('Content-Type')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(kind + upstream.only.body)
    [part] = message.iter_parts()
    assert part.get_param("name", header="content-disposition") == "a"
    assert part.get_payload(decode=True) == "<\u00e9>".encode()


@row(8)
async def test_values_of_json_keep_their_types(tools: Client, upstream: Engine) -> None:
    value = {"n": 1, "list": ['"'], "none": None}
    await call(tools, "send-json", value=value)
    assert upstream.only.json["exact"] == value
    assert json.loads(upstream.only.json["quoted"]) == value
    upstream.begin()
    text = 'a "b" \\ {{TOKEN}}\n'
    await call(tools, "send-any", value=text)
    assert upstream.only.json == {
        "exact": text,
        "inside": f"a {text}",
        "quoted": text,
    }


@row(9)
@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("a%2Fb", "a%2Fb"),
        ("a%3Fb%23c", "a%3Fb%23c"),
        ("%252F", "%252F"),
        ("%7B%7BTOKEN%7D%7D", "%7B%7BTOKEN%7D%7D"),
        ("%C3%A9%20x", "%C3%A9%20x"),
    ],
)
async def test_values_in_a_path(
    sent: str, received: str, service: Service, upstream: Engine
) -> None:
    answer = await asyncio.to_thread(
        exactly, "GET", service.url("rest"), f"/items/{sent}"
    )
    assert answer.status_code == 200
    assert upstream.only.target == f"/items/{received}"


@row(9)
@pytest.mark.parametrize("value", ["..", "%2E%2E", "a%2F..%2Fb"])
async def test_values_that_leave_their_place(
    value: str, service: Service, upstream: Engine
) -> None:
    target = f"/items/{value}"
    answer = await asyncio.to_thread(exactly, "GET", service.url("rest"), target)
    assert answer.status_code in (400, 404)
    assert upstream.requests == []


@row(10)
async def test_inputs_of_paths_and_resources(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    await rest.get("/items/1", params={"lang": "no"})
    assert upstream.only.target == "/items/1?lang=no"
    assert (await rest.get("/constant")).json() == {"value": "constant"}


@row(10)
async def test_inputs_in_cookies(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    await rest.get("/cookies", headers={"Cookie": "other=1; site=north"})
    assert upstream.only.field("Cookie") == "site=north"


@row(11)
async def test_absent_inputs(
    rest: httpx2.AsyncClient, tools: Client, upstream: Engine
) -> None:
    await rest.get("/items/1")
    assert upstream.only.target == "/items/1"
    upstream.begin()
    refused = await rest.get("/swapped/1")
    assert (refused.status_code, upstream.requests) == (400, [])
    assert "id" in text_of(await tools.call_tool("get-item", {}))
    assert upstream.requests == []


@row(12)
async def test_arguments_are_read_from_the_inputs(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    await rest.get("/swapped/1", params={"to": "2"})
    query = dict(parse_qsl(urlsplit(upstream.only.target).query))
    assert query == {"from": "2", "to": "1"}


@row(13)
async def test_absent_members(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    await rest.post("/members", json={"name": "x", "other": 1})
    assert upstream.only.json == {"name": "x"}


@row(31)
async def test_null_is_a_value(
    rest: httpx2.AsyncClient, tools: Client, upstream: Engine
) -> None:
    await call(tools, "get-item", id="1", lang=None)
    await rest.get("/nulls/1")
    await rest.post("/stopping", json={"to": None})
    sent = [request.target for request in upstream.requests]
    assert sent == ["/items/1", "/items/1", "/plain", "/changed"]
    assert upstream.requests[-1].json in ({}, {"to": None})


@row(40)
async def test_values_are_no_templates(tools: Client, upstream: Engine) -> None:
    text = "{{#a}}{{TOKEN}}{{/a}} {{value.length}}"
    await call(tools, "send-text", value=text)
    assert upstream.only.body.decode() == f"text {text}"


# --- responses ---------------------------------------------------


@row(14)
async def test_objects_keep_their_members(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    upstream.answer = Answer(b'{"o": {"k": "v", "x": [1]}, "list": [1, 2.5]}')
    assert (await rest.get("/shaped")).json() == {
        "whole": {"k": "v", "x": [1]},
        "inner": {"k": "v"},
        "fixed": "fixed",
        "nested": {"deep": "v"},
        "list": [1, 2.5],
    }


@row(15)
async def test_several_outputs(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    upstream.answer = Answer(b'{"o": {"k": "v"}, "list": [1]}')
    assert (await rest.get("/named")).json() == {"first": "v", "second": [1]}


@row(16)
async def test_a_path_to_nothing(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    for body in (b"{}", b'{"absent": null}', b"null"):
        upstream.answer = Answer(body)
        answer = await rest.get("/nothing")
        assert (answer.status_code, answer.content) == (200, b"null")


@row(17)
@pytest.mark.parametrize("path", ["/shaped", "/named", "/greetings/x"])
async def test_refusals_pass_unchanged(
    path: str, rest: httpx2.AsyncClient, tools: Client, upstream: Engine
) -> None:
    upstream.answer = Answer(b'{"error": "no", "o": {"k": 1}}', status=422)
    answer = await rest.get(path)
    assert answer.status_code == 422
    assert answer.json() == {"error": "no", "o": {"k": 1}}
    for name, arguments in (("list-elements", {}), ("greet", {"who": "x"})):
        result = await tools.call_tool(name, arguments)
        assert result.is_error
        assert "422" in text_of(result)


@row(18)
async def test_steps_stop(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    upstream.answers["/plain"] = Answer(b'{"error": "no"}', status=409)
    answer = await rest.post("/stopping", json={"to": "x"})
    assert (answer.status_code, answer.json()) == (409, {"error": "no"})
    assert [request.target for request in upstream.requests] == ["/plain"]


@row(18, 19)
async def test_steps_read_every_format(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    upstream.answers["/csv"] = Answer(b"id,name\n1,Ada\n2,Bo\n", CSV)
    upstream.answers["/items/2"] = Answer(b'{"name": "second"}')
    rows = [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bo"}]
    answer = await rest.get("/rows")
    assert answer.json() == {"item": "second", "rows": rows}


@row(19, 20, 40)
async def test_lookups_are_used_in_later_steps(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    upstream.answers["/plain"] = Answer(b'[{"id": 1, "name": "a"}, {"id": 2}]')
    upstream.answers["/items/a"] = Answer(b'{"name": "A"}')
    answer = await rest.get("/looked-up/1")
    assert answer.json() == {"first": "a", "r": {"name": "A"}}
    # The text has no length.
    assert upstream.requests[-1].target == "/items/a"


@row(21)
async def test_lists_of_texts(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    upstream.answer = Answer(b'["a", "b"]')
    assert (await rest.get("/people")).json() == {"people": ["a", "b"]}


@row(22)
@pytest.mark.parametrize("count", [1, 2])
async def test_xml_elements(
    count: int, rest: httpx2.AsyncClient, tools: Client, upstream: Engine
) -> None:
    body = "<r>" + "<e><n>1</n></e>" * count + "</r>"
    upstream.answer = Answer(body.encode(), XML)
    expected = [{"n": "1"}] * count
    assert (await rest.get("/elements")).json() == expected
    result = await call(tools, "list-elements")
    assert result.structured_content == {"result": expected}


@row(23)
async def test_no_content_is_a_success(tools: Client, upstream: Engine) -> None:
    upstream.answer = Answer(b"", (), 204)
    assert text_of(await call(tools, "remove")) == ""


@row(29, 30)
async def test_a_broken_upstream(
    rest: httpx2.AsyncClient, tools: Client, upstream: Engine
) -> None:
    answer = await rest.get("/absent")
    assert answer.status_code == 502
    result = await tools.call_tool("get-absent", {})
    assert result.is_error
    for said in (answer.text, text_of(result)):
        assert not re.search(r"127\.0\.0\.1|/inside|Error\b|Traceback|\.py|100\d", said)


@row(30)
async def test_unknown_paths_and_bodies(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    answers = [
        await rest.get("/none/../etc"),
        await rest.post("/members", content=b"{"),
        await rest.post("/members", content=b"\xff"),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert not re.search(r"Traceback|\.py|site-packages", answer.text)
    assert upstream.requests == []


@row(34)
async def test_bytes_stay_bytes(
    rest: httpx2.AsyncClient, tools: Client, upstream: Engine
) -> None:
    content = bytes(range(256))
    fields = (("Content-Type", "application/octet-stream"),)
    upstream.answer = Answer(content, fields)
    answer = await rest.get("/plain")
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    [resource] = (await call(tools, "get-plain")).content
    assert isinstance(resource, EmbeddedResource)
    assert isinstance(resource.resource, BlobResourceContents)
    assert base64.b64decode(resource.resource.blob) == content


@row(34)
@pytest.mark.parametrize(
    ("name", "content"), [("avro", b"\x04no"), ("protobuf", b"\x0a\x02no")]
)
async def test_avro_and_protobuf(
    name: str, content: bytes, rest: httpx2.AsyncClient, tools: Client, upstream: Engine
) -> None:
    upstream.answer = Answer(content, (("Content-Type", "application/octet-stream"),))
    assert (await rest.get(f"/{name}")).json() == "no"
    answer = await call(tools, f"get-{name}")
    assert answer.structured_content == {"result": "no"}


@row(34)
async def test_static_resources_may_be_bytes(tools: Client) -> None:
    [content] = (await tools.read_resource("logo://logo")).contents
    assert isinstance(content, BlobResourceContents)
    assert (content.mime_type, base64.b64decode(content.blob)) == ("image/png", PICTURE)


# --- adapters ----------------------------------------------------

REVISION = {"Accept": "application/json", "MCP-Protocol-Version": "2025-11-25"}


@row(24)
async def test_messages_follow_mcp(service: Service, upstream: Engine) -> None:
    url = service.url("tools")
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    call = {"name": "get-item", "arguments": {"id": 1}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    async with httpx2.AsyncClient(timeout=PATIENCE, headers=REVISION) as client:
        noted = await client.post(url, json=notification)
        assert (noted.status_code, noted.content) == (202, b"")
        refused = (await client.post(url, json=message)).json()
        assert refused.get("error") or refused["result"]["isError"]
        unknown = {"MCP-Protocol-Version": "1999-01-01"}
        answer = await client.post(url, json=message, headers=unknown)
        assert answer.status_code == 400
    assert upstream.requests == []


@row(24)
@pytest.mark.parametrize(
    ("mode", "revision"), [("legacy", "2025-11-25"), ("2026-07-28", "2026-07-28")]
)
async def test_revisions_are_negotiated(
    mode: str, revision: str, service: Service
) -> None:
    async with Client(service.url("tools"), mode=mode) as client:
        assert client.protocol_version == revision


@row(25)
async def test_hosts_and_origins_are_checked(
    service: Service, upstream: Engine
) -> None:
    assert all(urlsplit(url).hostname == "127.0.0.1" for url in service.urls.values())
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        for url in (f"{service.url('rest')}/plain", service.url("tools")):
            for name in ("Host", "Origin"):
                foreign = {name: "evil.example" if name == "Host" else "http://evil.x"}
                answer = await client.post(url, headers=REVISION | foreign, json={})
                assert answer.status_code in (403, 421)
    assert upstream.requests == []


@row(26)
async def test_inputs_of_tools(tools: Client) -> None:
    listed = {tool.name: tool for tool in (await tools.list_tools()).tools}
    inferred = listed["get-item"].input_schema
    assert set(inferred["properties"]) == {"id", "lang", "TOKEN", "from", "to"}
    assert inferred["required"] == ["id"]
    greet = listed["greet"]
    assert greet.input_schema["properties"]["who"]["description"] == "The name."
    assert greet.description == "Greet somebody."
    assert greet.annotations
    assert greet.annotations.read_only_hint


@row(26)
async def test_restrictions_of_inputs(tools: Client, upstream: Engine) -> None:
    listed = {tool.name: tool for tool in (await tools.list_tools()).tools}
    value = listed["send-choices"].input_schema["properties"]["value"]
    assert value["properties"]["sizes"]["items"] == {"type": "integer"}
    assert value["properties"]["colour"]["enum"] == ["red", "blue"]
    assert value["default"] == {"colour": "red"}
    for wrong in ({"sizes": ["x"]}, {"colour": "green"}, {"other": 1}):
        answer = await tools.call_tool("send-choices", {"value": wrong})
        assert answer.is_error
    assert upstream.requests == []
    await call(tools, "send-choices")
    assert upstream.only.json["exact"] == {"colour": "red"}


@row(27)
async def test_methods(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    wrong = await rest.put("/plain")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
    options = await rest.options("/plain")
    assert options.headers["allow"] == "GET, HEAD"
    assert upstream.requests == []
    head = await rest.head("/plain")
    assert (head.status_code, head.content) == (200, b"")


@row(28)
async def test_forwarded_requests(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    fields = {"X-Trace": "t", "X-Other": "o", "Authorization": "Bearer of-client"}
    await rest.get("/forwarded/a%2Fb/c?x=1%2B2&y=%20", headers=fields)
    assert upstream.only.target == "/a%2Fb/c?x=1%2B2&y=%20"
    assert upstream.only.field("X-Trace") == "t"
    assert upstream.only.field("X-Other") is None
    assert upstream.only.field("Authorization") == "Bearer token-of-upstream"


@row(32)
async def test_calls_at_the_same_time(
    rest: httpx2.AsyncClient, upstream: Engine
) -> None:
    for number in range(20):
        body = json.dumps({"name": f"one {number}", "next": f"next-{number}"})
        upstream.answers[f"/items/{number}"] = Answer(body.encode())
        second = json.dumps({"name": f"two {number}"})
        upstream.answers[f"/items/next-{number}"] = Answer(second.encode())
    answers = await asyncio.gather(
        *(rest.get(f"/greetings/{number}") for number in range(20))
    )
    for number, answer in enumerate(answers):
        expected = {"first": f"one {number}", "second": f"two {number}"}
        assert answer.json() == expected


@row(33)
async def test_a_server_on_standard_input_is_ready(service: Service) -> None:
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        ready = await client.get(f"{service.url('control')}/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "UP")
    states = {
        adapter["namespace"]: adapter["state"] for adapter in ready.json()["adapters"]
    }
    assert states["piped"] == "on demand"


# --- imports -----------------------------------------------------


@row(35)
async def test_imported_operations(rest: httpx2.AsyncClient, upstream: Engine) -> None:
    assert (await rest.get("/shared")).status_code == 400
    assert upstream.requests == []
    upstream.answer = Answer(b'{"name": "x"}')
    answer = await rest.get("/shared", params={"must": "1"})
    assert answer.json() == {"kind": "shared", "name": "x"}


OPENAPI = """\
openapi: 3.1.0
info: {title: Books, version: 1.0.0}
servers: [{url: https://books.example.com}]
paths:
  /books:
    get:
      operationId: listBooks
      responses:
        '200':
          description: Books.
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Book'}}
    post:
      operationId: addBook
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
      responses: {'201': {description: Added.}}
components:
  schemas:
    Book:
      type: object
      required: [title]
      properties: {title: {type: string}, pages: {type: integer}}
"""


@pytest.fixture
def books(tmp_path: Path, address: str) -> Iterator[Service]:
    document, spec = tmp_path / "document.yaml", tmp_path / "books.yaml"
    document.write_text(OPENAPI, "utf-8")
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    with running(compiled(spec, tmp_path), BOOKS_BASE_URI=f"http://{address}") as it:
        yield it


@row(36)
async def test_imported_openapi_operations(books: Service, upstream: Engine) -> None:
    url = books.url("rest")
    book = {"title": "T", "pages": 3}
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        upstream.answer = Answer(json.dumps([book]).encode())
        assert (await client.get("/books")).json() == [book]
        upstream.answer = Answer(b"{}", status=201)
        assert (await client.post("/books", json=book)).status_code == 201
    assert upstream.requests[-1].json == book


async def call(tools: Client, name: str, **arguments: Any) -> CallToolResult:
    """Return the result of a tool, which mustn't be an error."""
    result = await tools.call_tool(name, arguments)
    assert not result.is_error, result.content
    return result


def text_of(result: CallToolResult) -> str:
    texts = [
        content.text for content in result.content if isinstance(content, TextContent)
    ]
    return "".join(texts)
