"""Answers in every format: shaped by REST, both ways of MCP, and in steps."""

import io
import json
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import fastavro
import httpx2
import pytest
from mcp import Client
from packaging.requirements import Requirement
from service import Package, Service, compile_spec, running
from tool_results import call_both_ways

from delivery import chosen_delivery
from naftiko_gen.configuration.options import Delivery
from recording_upstream import Answer, RecordingUpstream

REST, MCP = "shelf", "tools"


GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMAS = (GOLDEN / "avro-output/books.avsc", GOLDEN / "protobuf-output/books.proto")
DOCUMENT = """\
naftiko: 1.0.0-alpha2
info: {label: Shelf, description: Books in every format., tags: [test]}
capability:
  consumes:
  - type: http
    namespace: store
    baseUri: https://store.example.com
    resources:
"""


@dataclass(frozen=True)
class Format:
    """A format: how a spec declares it, and a response with two books in it.

    `found` are the books in the response, which have these two members.
    """

    name: str
    schema: str | None
    found: str
    members: tuple[str, str]
    body: bytes
    books: tuple[dict[str, object], ...]

    @property
    def resource(self) -> str:
        schema = f", outputSchema: {json.dumps(self.schema)}" if self.schema else ""
        operation = f"{{name: {self.name}, outputRawFormat: {self.name}{schema}}}"
        return (
            f"    - {{name: {self.name}, path: /{self.name}, "
            f"operations: [{operation}]}}\n"
        )

    @property
    def outputs(self) -> str:
        title, price = self.members
        return (
            "[{type: array, mapping: '$." + self.found + "', items: {type: object, "
            f"properties: {{title: {{type: string, mapping: $.{title}}}, "
            f"price: {{type: number, mapping: $.{price}}}}}}}}}]"
        )

    @property
    def steps(self) -> str:
        title, _ = self.members
        path = f"$.all.{self.found}[1:].{title}"
        return (
            f"steps: [{{type: call, name: all, call: store.{self.name}}}], "
            f"mappings: [{{targetName: titles, value: '{path}'}}]"
        )


def avro() -> bytes:
    schema = json.loads(SCHEMAS[0].read_bytes())
    buffer = io.BytesIO()
    books = [{"title": "A", "price": "1.50"}, {"title": "B", "price": "12.00"}]
    records = [
        {**book, "price": Decimal(book["price"]), "sold": None} for book in books
    ]
    fastavro.schemaless_writer(
        buffer, fastavro.parse_schema(schema), {"books": records}
    )
    return buffer.getvalue()


TABLE = "<tr><th>Title<th>Price<tr><td>A<td>1.5<tr><td> B <td>12"
TEXTS: tuple[dict[str, object], ...] = (
    {"title": "A", "price": "1.5"},
    {"title": "B", "price": "12"},
)
NUMBERS: tuple[dict[str, object], ...] = (
    {"title": "A", "price": 1.5},
    {"title": "B", "price": 12},
)
MESSAGE = b"\x0a\x03\x0a\x01A\x0a\x05\x0a\x01B\x10\x01"
FORMATS = (
    Format(
        "yaml",
        None,
        "books",
        ("title", "price"),
        b"books:\n- {title: A, price: 1.5}\n- {title: B, price: 12}\n",
        NUMBERS,
    ),
    Format(
        "html",
        "main > .books",
        "tables[0]",
        ("Title", "Price"),
        f"<table></table><main><table class=books>{TABLE}</table>".encode(),
        TEXTS,
    ),
    Format(
        "Markdown",
        "## Books",
        "tables[0]",
        ("Title", "Price"),
        b"# Shelf\n\n| Title | Price |\n|---|--:|\n| A | 1.5 |\n| *B* | 12 |\n",
        TEXTS,
    ),
    Format("avro", "books.avsc", "books", ("title", "price"), avro(), NUMBERS),
    Format(
        "protobuf",
        "./books.proto",
        "books",
        ("title", "state"),
        MESSAGE,
        ({"title": "A", "price": None}, {"title": "B", "price": "SOLD"}),
    ),
)
BY_NAME = {f.name: f for f in FORMATS}
MEDIA = (("Content-Type", "application/octet-stream"),)


def document() -> str:
    consumed = "".join(f.resource for f in FORMATS)
    routes = "".join(
        f"    - path: /{f.name}\n      operations:\n      - {{method: GET, "
        f"name: {f.name}, call: store.{f.name}, outputParameters: {f.outputs}}}\n"
        for f in FORMATS
    )
    tools = "".join(
        f"    - {{name: {f.name}, description: D., call: store.{f.name}, "
        f"outputParameters: {f.outputs}}}\n"
        f"    - {{name: {f.name}-steps, description: D., {f.steps}}}\n"
        for f in FORMATS
    )
    raw = (
        "    - path: /raw\n      operations:\n"
        "      - {method: GET, name: raw, call: store.avro}\n"
    )
    raw += "".join(
        f"    - path: /whole/{f.name}\n      operations:\n      - {{method: GET, "
        f"name: whole-{f.name}, call: store.{f.name}, "
        "outputParameters: [{type: object, mapping: $.}]}\n"
        for f in FORMATS
    )
    return (
        f"{DOCUMENT}{consumed}  exposes:\n"
        "  - type: rest\n    namespace: shelf\n    port: 8080\n    resources:\n"
        f"{routes}{raw}"
        f"  - type: mcp\n    namespace: tools\n    port: 9090\n    tools:\n{tools}"
    )


SPEC = document()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    directory = tmp_path_factory.mktemp("formats")
    for schema in SCHEMAS:
        (directory / schema.name).write_bytes(schema.read_bytes())
    (directory / "shelf.yaml").write_text(SPEC, "utf-8")
    return compile_spec(directory / "shelf.yaml", directory)


@pytest.mark.parametrize("name", BY_NAME)
async def test_answers_are_shaped(
    service: Service, rest: httpx2.AsyncClient, upstream: RecordingUpstream, name: str
) -> None:
    upstream.answer = Answer(BY_NAME[name].body, MEDIA)
    books = list(BY_NAME[name].books)
    answer = await rest.get(f"/{name}")
    assert answer.json() == books
    assert answer.headers["content-type"] == "application/json"
    result = await call_both_ways(service.url("tools"), name, {})
    # The price of a message is a text, which breaks the schema.
    member = "unexpected" if name == "protobuf" else "result"
    assert result["structuredContent"] == {member: books}
    in_steps = await call_both_ways(service.url("tools"), f"{name}-steps", {})
    assert in_steps["structuredContent"] == {"titles": ["B"]}
    upstream.answer = Answer(b"", MEDIA)
    empty = await rest.get(f"/{name}")
    assert (empty.status_code, empty.content) == (200, b"")


async def test_the_mock_answers_in_every_format(package: Package) -> None:
    with running(package, "serve", "--mock") as service:
        async with service.client(REST) as rest:
            # The queries of steps get an empty object in JSON, which is YAML as well.
            for name in BY_NAME.keys() - {"yaml"}:
                [book] = (await rest.get(f"/{name}")).json()
                assert book.keys() == {"title", "price"}
                assert None not in book.values()
        async with Client(service.url("tools")) as client:
            for name in BY_NAME:
                in_steps = await client.call_tool(f"{name}-steps", {})
                assert not in_steps.is_error, in_steps.content


@pytest.mark.parametrize("name", ["yaml", "avro", "protobuf"])
async def test_a_whole_answer_is_converted(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, name: str
) -> None:
    upstream.answer = Answer(BY_NAME[name].body, MEDIA)
    answer = await rest.get(f"/whole/{name}")
    titles = [book["title"] for book in answer.json()["books"]]
    assert titles == ["A", "B"]
    assert answer.headers["content-type"] == "application/json"
    raw = await rest.get("/raw")
    assert raw.content == BY_NAME[name].body
    assert raw.headers["content-type"] == MEDIA[0][1]


@pytest.mark.parametrize("name", BY_NAME)
async def test_refusals_pass_through(
    service: Service, rest: httpx2.AsyncClient, upstream: RecordingUpstream, name: str
) -> None:
    upstream.answer = Answer(BY_NAME[name].body, MEDIA, 404)
    answer = await rest.get(f"/{name}")
    assert (answer.status_code, answer.content) == (404, BY_NAME[name].body)
    for tool in (name, f"{name}-steps"):
        assert (await call_both_ways(service.url("tools"), tool, {}))["isError"]


LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)
UNREADABLE: list[tuple[str, bytes]] = [
    ("yaml", b"{"),
    ("yaml", LAUGHS.encode()),
    ("yaml", b"[" * 100_000),
    ("yaml", b"a" * 1_000_001),
    ("html", b"<div>" * 100_000),
    ("html", b"<br>" * 150_000),
    ("html", b"<main>" + b"<table class=books><tr><td>" * 50),
    ("Markdown", b"a" * 100_001),
    ("Markdown", b"---\na: [\n---\n"),
    ("Markdown", b"---\n" + LAUGHS.encode() + b"---\n"),
    ("Markdown", b"\xff"),
    ("avro", b"\xff" * 1_000),
    ("avro", avro() + b"\0"),
    ("avro", b"Obj\x01" + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"),
    ("avro", b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"),
    ("avro", b"\0" * 1_000_001),
    ("protobuf", b"\xff" * 100),
    ("protobuf", b"\x0a\0" * 150_000),
    ("protobuf", b"\0" * 1_000_001),
]


def in_words(body: bytes) -> str:
    """Return a text, or the media type and the size of other bytes."""
    try:
        words = body.decode()
    except ValueError:
        words = "\0"
    is_text = "\0" not in words
    return words if is_text else f"application/octet-stream, {len(body):,} bytes"


@pytest.mark.parametrize(("name", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
async def test_hostile_answers_are_handed_on(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    name: str,
    body: bytes,
) -> None:
    upstream.answer = Answer(body, MEDIA)
    answer = await rest.get(f"/{name}")
    assert (answer.status_code, answer.content) == (200, body)
    handed_on = await tools.call_tool(name, {})
    in_steps = await tools.call_tool(f"{name}-steps", {})
    assert not handed_on.is_error
    assert handed_on.structured_content == {"unexpected": in_words(body)}
    assert in_steps.is_error
    assert "can't be read" in str(in_steps.content)


# --- types ---

ROW = {"title": "string", "price": "number"}
TYPES = {
    **dict.fromkeys(("yaml", "avro", "protobuf"), ROW),
    **{name: {**ROW, "price": "string"} for name in ("html", "Markdown")},
}


@pytest.mark.parametrize("name", BY_NAME)
async def test_types_flow_through(
    rest: httpx2.AsyncClient, tools: Client, name: str
) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}
    declaration = tool_list[name].output_schema
    assert declaration is not None
    properties = declaration["properties"]["result"]["items"]["properties"]
    kinds = {key: member["type"] for key, member in properties.items()}
    assert kinds == TYPES[name]
    openapi = (await rest.get("/openapi.json")).json()
    response = openapi["paths"][f"/{name}"]["get"]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    properties = schema["items"]["properties"]
    assert {k: member["type"][0] for k, member in properties.items()} == TYPES[name]


LIBRARIES = {
    Delivery.VENDORED: ("lxml", "fastavro", "markdown-it-py", "protobuf", "pyyaml"),
    Delivery.LIBRARY: ("html", "avro", "markdown", "protobuf", "yaml"),
}
"""The library of each format; packages with `naftiko-runtime` name its extra."""


def format_libraries(package: Package) -> set[str]:
    """Return the libraries of formats that a package needs, or their extras."""
    content = (package.project / "pyproject.toml").read_text("utf-8")
    requirements = map(Requirement, tomllib.loads(content)["project"]["dependencies"])
    names = {
        name
        for requirement in requirements
        for name in (requirement.name, *requirement.extras)
    }
    return names & {*LIBRARIES[chosen_delivery()]}


def test_only_read_formats_have_libraries(package: Package, tmp_path: Path) -> None:
    assert format_libraries(package) == {*LIBRARIES[chosen_delivery()]}
    few = compile_spec(GOLDEN / "html-output/spec.yaml", tmp_path)
    assert format_libraries(few) == {LIBRARIES[chosen_delivery()][0]}
