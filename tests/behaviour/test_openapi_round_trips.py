"""Packages of imported OpenAPI documents: the APIs receive the described requests."""

import base64
import json
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.types import TextContent
from service import Service, compile_spec, running

from naftiko_gen.cli.main import main
from recording_upstream import Answer, Received, RecordingUpstream

LIBRARY = Path(__file__).parents[1] / "openapi" / "documents" / "library.yaml"
SECRETS = {
    "CITY_LIBRARY_X_API_KEY": "k1",
    "CITY_LIBRARY_LOGIN_USERNAME": "ann",
    "CITY_LIBRARY_LOGIN_PASSWORD": "pw",
    "CITY_LIBRARY_TENANT": "t1",
    "CITY_LIBRARY_SSO_TOKEN": "s1",
}
JSON = {"Content-Type": "application/json"}
FORM = "application/x-www-form-urlencoded"
UPSTREAMS = ["", "_LOGIN", "_KEY_TENANT", "_FILES_LIBRARY_EXAMPLE_SSO", "_OPEN"]


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, address: str
) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("library")
    spec = directory / "library.yaml"
    assert main(["import", str(LIBRARY), "-o", str(spec), "-q"]) == 0
    package = compile_spec(spec, directory)
    bases = {f"CITY_LIBRARY{u}_BASE_URI": f"http://{address}/v2" for u in UPSTREAMS}
    with running(package, **SECRETS, **bases) as process:
        yield process


async def call_tool(tools: Client, tool: str, **arguments: object) -> Any:
    """Call a tool, which must succeed."""
    result = await tools.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result


def query(request: Received) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.target).query)


async def test_parameters_are_called_as_the_api_calls_them(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    wanted: dict[str, Any] = {
        "genre": ["novel", "poem"],
        "shelf": [1, 2],
        "filter": {"author": "Ä&b"},
        "page-size": 5,
        "X-Trace": "t 1",
        "session": "s1",
    }
    await call_tool(tools, "list-books", **wanted)
    cookie = f"session={wanted.pop('session')}"
    headers = {"X-Trace": str(wanted.pop("X-Trace")), "Cookie": cookie}
    # A route's object is JSON.
    params = {**wanted, "filter": json.dumps(wanted["filter"])}
    answer = await rest.get("/books", params=params, headers=headers)

    assert answer.status_code == 200
    of_tool, of_route = upstream.requests
    for request in (of_tool, of_route):
        assert request.target.startswith("/v2/books?")
        assert "&shelf=1,2&filter%5Bauthor%5D=%C3%84%26b&" in request.target
        assert sorted(query(request)) == [
            ("filter[author]", "Ä&b"),
            ("genre", "novel"),
            ("genre", "poem"),
            ("page[size]", "5"),
            ("shelf", "1,2"),
        ]
        assert request.field("X-Trace") == "t 1"
        assert request.field("Cookie") == "session=s1"
        assert request.field("X-API-Key") == "k1"


async def test_paths_and_headers_have_the_styles_of_the_api(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    range_ = {"from": 1, "to": 2}
    path: dict[str, object] = {"shelves": [1, 2], "rooms": ["a.b", "c/d"]}
    path["floors"] = range_
    fields = {"X-Fields": ["a", "b"], "X-Range": range_}
    await call_tool(tools, "find-shelves", **path, **fields)
    target = "/".join(quote(json.dumps(value), safe="") for value in path.values())
    headers = {name: json.dumps(value) for name, value in fields.items()}
    answer = await rest.get(f"/shelves/{target}", headers=headers)

    assert answer.status_code == 200
    for request in upstream.requests:
        assert request.target == "/v2/shelves/1,2/.a.b.c%2Fd/;from=1;to=2"
        assert request.field("X-Fields") == "a,b"
        assert request.field("X-Range") == "from=1,to=2"


async def test_a_list_cannot_lead_out_of_its_segment(
    tools: Client, upstream: RecordingUpstream
) -> None:
    usual = {"shelves": [1], "rooms": ["a"], "floors": {"from": 1}}
    for name, value in (("shelves", []), ("rooms", ["."]), ("rooms", ["a/../b"])):
        result = await tools.call_tool("find-shelves", {**usual, name: value})
        assert result.is_error

    assert upstream.requests == []


async def test_reserved_characters_are_sent_as_the_api_allows(
    tools: Client, upstream: RecordingUpstream
) -> None:
    url = "https://a.test/b c?d=1&e=[x]#f%2Fg%"
    query = b"https://a.test/b%20c?d=1%26e=%5Bx%5D%23f%2Fg%25"
    await call_tool(
        tools, "add-link", url=url, tags=["a/b", "c&d"], source=url, note="/"
    )

    assert upstream.only.target == f"/v2/links?url={query.decode()}&tags=a/b,c%26d"
    assert upstream.only.body == b"source=" + query + b"&note=%2F"


async def test_inputs_that_the_api_requires_are_required(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    answer = await rest.get("/books")
    result = await tools.call_tool("list-books", {})

    assert answer.status_code in (400, 422)
    assert result.is_error
    assert upstream.requests == []


async def test_a_whole_body_is_sent_as_it_is(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    book = {"title": "Ö", "not-described": [1, None]}
    upstream.answer = Answer(b'{"id": 1, "not-described": null}', status=201)
    answer = await rest.post("/books", json=book)
    await call_tool(tools, "add-book", body=book)
    await call_tool(tools, "add-book", body=json.dumps(book))

    assert [request.json for request in upstream.requests] == [book] * 3
    assert (answer.status_code, answer.content) == (201, upstream.answer.body)


async def test_json_of_another_type_has_its_type(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    await rest.put("/books/7", json={"title": None})

    assert upstream.only.field("Content-Type") == "application/merge-patch+json"
    assert upstream.only.json == {"title": None}
    assert upstream.only.target == "/v2/books/7"


async def test_bytes_are_sent(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    cover = bytes(range(256))
    headers = {"Content-Type": "image/png"}
    await rest.put("/books/7/cover", content=cover, headers=headers)
    text = base64.b64encode(cover).decode()
    await call_tool(tools, "put-cover", bookId=7, body=text)

    assert [request.body for request in upstream.requests] == [cover, cover]
    types = {request.field("Content-Type") for request in upstream.requests}
    assert types == {"image/png"}


def parts(request: Received) -> list[tuple[str, str, object]]:
    """Return the name, the media type and the content of each part of a body."""
    head = f"Content-Type: {request.field('Content-Type')}\r\n\r\n".encode()
    _, *inner = BytesParser(policy=HTTP).parsebytes(head + request.body).walk()
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            part["Content-Type"] or "",
            part.get_payload(decode=True),
        )
        for part in inner
    ]


async def test_files_are_parts(tools: Client, upstream: RecordingUpstream) -> None:
    text = base64.b64encode(b"%PDF").decode()
    scan: dict[str, object] = {"bookId": 7, "file": text, "pages": [1, 2]}
    await call_tool(tools, "add-scan", **scan, **{"X-Scanner": "s1", "X-Unit": "page"})

    head = (
        b'form-data; name="file"; filename="file"\r\nContent-Type: application/pdf\r\n'
    )
    assert head + b"X-Scanner: s1\r\nX-Kind: scan\r\n\r\n" in upstream.only.body
    head = b'form-data; name="pages"\r\nX-Unit: page\r\n\r\n'
    assert upstream.only.body.count(head) == 2
    assert parts(upstream.only) == [
        ("file", "application/pdf", b"%PDF"),
        ("pages", "", b"1"),
        ("pages", "", b"2"),
    ]


PHOTO = base64.b64encode(b"PNG").decode()
REVIEW = {"text": "Ü&", "tags": ["a", "b"], "place": {"city": "x"}, "photo": PHOTO}


async def test_callers_choose_the_type_of_a_body(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    bodies: dict[str, object] = {
        "application/json": REVIEW,
        FORM: REVIEW,
        "multipart/form-data": REVIEW,
        "application/xml": "<review>Ü</review>",
        "image/jpeg": PHOTO,
    }
    for kind, body in bodies.items():
        await call_tool(tools, "add-review", body=body, **{"content-type": kind})
        query = {"content-type": kind}
        answer = await rest.post("/reviews", json=body, params=query)
        assert answer.status_code == 200

    kinds = [str(r.field("Content-Type")).split("; b")[0] for r in upstream.requests]
    assert kinds == [kind for kind in bodies for _ in range(2)]
    pairs = zip(upstream.requests[::2], upstream.requests[1::2], strict=True)
    for json_, form, multipart, xml, image in zip(*pairs, strict=True):
        assert json_.json == REVIEW
        assert parse_qsl(form.body.decode()) == [
            *[("text", "Ü&"), ("tags", "a"), ("tags", "b")],
            *[("place", '{"city":"x"}'), ("photo", PHOTO)],
        ]
        assert parts(multipart) == [
            ("text", "", "Ü&".encode()),
            ("tags", "", b"a"),
            ("tags", "", b"b"),
            ("place", "application/json", b'{"city":"x"}'),
            ("photo", "image/png", b"PNG"),
        ]
        assert xml.body.decode() == "<review>Ü</review>"
        assert image.body == b"PNG"


async def test_json_is_the_usual_type_and_passed_on_unchanged(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    exact = b'{"text": "x", "stars": 1.10}'
    await rest.post("/reviews", content=exact, headers=JSON)
    await call_tool(tools, "add-review", body={"text": "x"})

    route, tool = upstream.requests
    assert (route.body, tool.json) == (exact, {"text": "x"})
    assert {r.field("Content-Type") for r in (route, tool)} == {"application/json"}


async def test_a_body_that_its_type_cannot_hold_is_refused(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    for kind, body in (("multipart/form-data", "x"), ("image/jpeg", "no base64!")):
        arguments = {"content-type": kind}
        result = await tools.call_tool("add-review", {"body": body, **arguments})
        answer = await rest.post("/reviews", json=body, params=arguments)
        assert result.is_error
        assert answer.status_code == 400
    answer = await rest.post("/reviews", json=REVIEW, params={"content-type": "a/b"})

    assert answer.status_code == 400
    assert upstream.requests == []


async def test_fields_of_a_form_can_be_parts(
    tools: Client, upstream: RecordingUpstream
) -> None:
    note = {"text": "a b", "tags": ["x", "y"]}
    await call_tool(tools, "add-note", **note)
    await call_tool(
        tools, "add-note", **note, **{"content-type": "multipart/form-data"}
    )

    form, multipart = upstream.requests
    assert (form.field("Content-Type"), form.body) == (FORM, b"text=a+b&tags=x&tags=y")
    assert parts(multipart) == [
        ("text", "", b"a b"),
        ("tags", "", b"x"),
        ("tags", "", b"y"),
    ]


COVER = {"text": "a/b", "tags": ["x", "y"], "place": {"city": "z"}, "photo": PHOTO}
STYLED = b"text=a/b&tags=x,y&place%5Bcity%5D=z&photo=UE5H"


async def test_forms_beside_json_have_their_styles_and_headers(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    multipart, camera = {"content-type": "multipart/form-data"}, {"X-Camera": "c1"}
    for arguments in ({"content-type": FORM}, {**multipart, **camera}):
        await call_tool(tools, "add-cover", body=COVER, **arguments)
        answer = await rest.post("/covers", json=COVER, params=arguments)
        assert answer.status_code == 200

    forms, multiparts = upstream.requests[:2], upstream.requests[2:]
    assert [form.body for form in forms] == [STYLED, STYLED]
    for request in multiparts:
        assert b"Content-Type: image/png\r\nX-Camera: c1\r\n\r\nPNG" in request.body
        assert parts(request) == [
            ("text", "", b"a/b"),
            ("tags", "", b"x|y"),
            ("place", "application/json", b'{"city":"z"}'),
            ("photo", "image/png", b"PNG"),
        ]


async def test_a_type_of_a_range_is_sent(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    arguments = {"content-type": "image/webp"}
    await call_tool(tools, "add-cover", body=PHOTO, **arguments)
    await rest.post("/covers", json=PHOTO, params=arguments)
    answer = await rest.post("/covers", json=COVER, params={"content-type": "a/b"})

    assert answer.status_code == 400
    bodies = [
        (request.field("Content-Type"), request.body) for request in upstream.requests
    ]
    assert bodies == [("image/webp", b"PNG")] * 2


async def test_bytes_can_be_sent_instead_of_a_form(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    about = {"photo-filename": "p.png", "photo-type": "image/png"}
    await call_tool(tools, "add-picture", body=COVER, **about)
    await rest.post("/pictures", json=COVER, params=about)
    arguments = {"content-type": "application/octet-stream"}
    await call_tool(tools, "add-picture", body=PHOTO, **arguments)
    await rest.post("/pictures", json=PHOTO, params=arguments)
    missing = await rest.post("/pictures", json={"text": "x"})

    assert missing.status_code == 400
    for request in upstream.requests[:2]:
        assert b'name="photo"; filename="p.png"\r\nContent-Type: image/png' in (
            request.body
        )
    assert [request.body for request in upstream.requests[2:]] == [b"PNG", b"PNG"]


async def test_files_of_a_multipart_body_can_be_fields_of_a_form(
    tools: Client, rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    poster = {"text": "x", "photo": PHOTO, "thumb": PHOTO}
    await call_tool(tools, "add-poster", **poster, **{"content-type": FORM})
    await rest.post("/posters", json={"text": "x"}, params={"content-type": FORM})
    await rest.post("/posters", json=poster)

    form, without, multipart = upstream.requests
    assert (form.body, without.body) == (b"text=x&photo=UE5H&thumb=PNG", b"text=x")
    assert parts(multipart) == [
        ("text", "", b"x"),
        ("photo", "application/octet-stream", b"PNG"),
        ("thumb", "application/octet-stream", b"PNG"),
    ]


async def test_forms_have_the_names_of_the_api(
    tools: Client, upstream: RecordingUpstream
) -> None:
    arguments = {"reader": "a/b", "book": "7", "days": 3, "book-body": "there"}
    await call_tool(tools, "lend", **arguments, **{"note-text": "ü & x"})

    assert upstream.only.target == "/v2/loans/a%2Fb,7"
    assert parse_qsl(upstream.only.body.decode()) == [
        ("days", "3"),
        ("book", "there"),
        ("note[text]", "ü & x"),
    ]


async def test_operations_have_their_own_credentials(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "post-loans-id-renew", **{"id-path": "1", "id": "2"})
    await call_tool(tools, "search", q='{"a": 1}')
    await call_tool(tools, "upload", body="text")
    await call_tool(tools, "renewal", loan="1")

    renew, search, upload, renewal = upstream.requests
    basic = base64.b64encode(b"ann:pw").decode()
    assert renew.field("Authorization") == f"Basic {basic}"
    assert renew.field("X-API-Key") is None
    assert (renew.target, renew.body) == ("/v2/loans/1/renew?id=2", b"")
    assert search.field("X-API-Key") == "k1"
    parts = [("kind", "book"), ("q", '{"a": 1}'), ("tenant", "t1")]
    assert sorted(query(search)) == parts
    assert upload.field("Authorization") == "Bearer s1"
    assert (upload.body, upload.field("X-API-Key")) == (b"text", None)
    assert renewal.target == "/v2/loans/1/renew"
    assert renewal.field("Authorization") is renewal.field("X-API-Key") is None


async def test_tools_have_the_texts_of_the_document(tools: Client) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}

    delete = tool_list["delete-book"]
    assert delete.description == "Delete book. Deprecated."
    assert delete.annotations
    assert delete.annotations.destructive_hint
    add = tool_list["add-book"].input_schema
    # The body is an object or XML, of which the list has the members of the object.
    body = add["properties"]["body"]
    assert body["type"] == "object"
    assert "title" in body["properties"]
    assert add["required"] == ["body"]
    wrong = await tools.call_tool("add-book", {"body": {"title": 1}})
    assert wrong.is_error
    [answer] = wrong.content
    assert isinstance(answer, TextContent)
    full = json.loads(answer.text.partition("The JSON Schema of body: ")[2])
    of_json, of_xml = full["anyOf"]
    assert (of_json["type"], of_xml) == ("object", {"type": "string"})
    assert of_json["properties"]["title"]["type"] == "string"
    assert of_json["required"] == ["title"]


SAMPLES = {"integer": 1, "number": 1.5, "boolean": True}


def sample(schema: dict[str, Any]) -> object:
    """Return a value that a schema allows."""
    match schema:
        case {"enum": [first, *_]}:
            return first
        case {"type": "object"}:
            members = schema.get("properties", {})
            return {name: sample(members[name]) for name in schema.get("required", [])}
        case {"description": str(text)} if text.startswith("Only these members, "):
            return [text.rpartition(" such as ")[2]]
        case {"type": "array"}:
            return [sample(schema.get("items", {}))]
        case _:
            return SAMPLES.get(schema.get("type", "string"), "YQ==")


async def test_documents_of_others_make_round_trips(
    reference: Path, upstream: RecordingUpstream, address: str, tmp_path: Path
) -> None:
    """Every tool of every document reaches its operation once."""
    documents = [
        *(reference / "corpus/official/openapi").iterdir(),
        *(reference / "upstream").glob("*.openapi.yaml"),
    ]
    for document in documents:
        spec = tmp_path / f"{document.stem.replace('.', '-')}.yaml"
        base = f"http://{address}/base"
        options = ["--base-uri", base, "--namespace", "api"]
        assert main(["import", str(document), "-o", str(spec), "-q", *options]) == 0
        package = compile_spec(spec, tmp_path)
        secrets = {"API_TOKEN": "x", "API_KEY": "x"}
        upstream.begin()
        with running(package, **secrets) as service:
            async with Client(service.url("mcp")) as tools:
                tool_list = (await tools.list_tools()).tools
                for tool in tool_list:
                    properties = tool.input_schema.get("properties", {})
                    arguments = {name: sample(s) for name, s in properties.items()}
                    await call_tool(tools, tool.name, **arguments)
        assert len(upstream.requests) == len(tool_list) > 0
        assert all(r.target.startswith("/base/") for r in upstream.requests)
