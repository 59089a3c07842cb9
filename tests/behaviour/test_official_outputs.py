"""Outputs in the official language: answers of real packages to real responses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import indent

import httpx2
import pytest
from service import compile_text, running

from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

Serve = Callable[..., httpx2.AsyncClient]

pytestmark = pytest.mark.anyio

DOCUMENT = """\
naftiko: {version}
info: {{label: Things, description: Outputs of things.}}
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    resources:
    - name: things
      path: /things
      operations:
      - {{name: read, method: GET, outputRawFormat: {raw}}}
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: /things
      operations:
      - name: read
        method: GET
        call: api.read
{unit}"""


@pytest.fixture
def serve(tmp_path: Path, address: str) -> Iterator[Serve]:
    """Return a function that serves a unit's outputs, and returns a client of them."""
    with ExitStack() as stack:

        def serving(
            unit: str, raw: str = "json", version: str = "1.0.0-alpha2"
        ) -> httpx2.AsyncClient:
            block = indent(unit, " " * 8)
            text = DOCUMENT.format(raw=raw, unit=block, version=version)
            package = compile_text(text, tmp_path)
            process = running(package, API_BASE_URI=f"http://{address}")
            service = stack.enter_context(process)
            return httpx2.AsyncClient(base_url=service.url("rest"), timeout=PATIENCE)

        yield serving


INSIDE = """\
outputParameters:
- type: object
  mapping: $.thing
  properties:
    id: {type: string, mapping: $.id}
    size:
      type: object
      mapping: $.size
      properties: {wide: {type: number, mapping: $.w}}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"thing": {"id": "a", "size": {"w": 1}}}', {"id": "a", "size": {"wide": 1}}),
        (b'{"thing": {"id": "a"}, "id": "b"}', {"id": "a", "size": None}),
        (b'{"id": "b"}', None),
        (b'{"thing": [1]}', {"thing": [1]}),
    ],
)
async def test_the_mapping_of_an_object_is_its_root(
    serve: Serve, upstream: RecordingUpstream, body: bytes, expected: object
) -> None:
    upstream.answer = Answer(body)
    async with serve(INSIDE) as client:
        assert (await client.get("/things")).json() == expected


BY_NAME = """\
outputParameters:
- {name: id, type: string}
- name: tags
  type: array
  items: {type: object, properties: {label: {type: string}}}
- name: size
  type: object
  properties: {wide: {type: number}, high: {type: number}}
- {name: maker, type: object, properties: {name: {type: string, mapping: $.by}}}
"""


async def test_an_output_without_a_mapping_is_the_member_of_its_name(
    serve: Serve, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(
        b'{"id": "a", "by": "b", "size": {"wide": 1}, "tags": [{"label": "c", "x": 1}]}'
    )
    async with serve(BY_NAME) as client:
        answer = (await client.get("/things")).json()
    assert answer == {
        "id": "a",
        "tags": [{"label": "c"}],
        "size": {"wide": 1, "high": None},
        "maker": {"name": "b"},
    }


XML = (("Content-Type", "application/xml"),)
VESSELS = """\
outputParameters:
- type: array
  mapping: {path}
  items: {{type: object, properties: {{code: {{type: string, mapping: $.code}}}}}}
"""


@pytest.mark.parametrize("path", ["$.", "$.vessel", "$.vessels.vessel", "$.vessels"])
@pytest.mark.parametrize("codes", [[], ["A"], ["A", "B"]])
async def test_xml_children_are_an_array(
    serve: Serve, upstream: RecordingUpstream, path: str, codes: list[str]
) -> None:
    children = "".join(f"<vessel><code>{code}</code></vessel>" for code in codes)
    document = f'<f:vessels xmlns:f="urn:f" count="2">{children}</f:vessels>'
    upstream.answer = Answer(document.encode(), XML)
    async with serve(VESSELS.format(path=path), "xml") as client:
        answer = (await client.get("/things")).json()
    is_root = path in ("$.", "$.vessels")
    assert answer == ([{"code": code} for code in codes] or ([] if is_root else None))


@pytest.mark.parametrize("body", [b"<a>text</a>", b"<a><b/><c/></a>"])
async def test_an_xml_root_that_is_no_list_is_handed_on(
    serve: Serve, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body, XML)
    async with serve(VESSELS.format(path="$."), "xml") as client:
        assert (await client.get("/things")).content == body


TAGS = """\
outputParameters:
- type: object
  properties:
    tags: {type: array, mapping: $.tag}
    name: {type: string, mapping: $.name}
"""


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        (b"<a><tag>x</tag></a>", ["x"]),
        (b"<a><tag>x</tag><tag>y</tag></a>", ["x", "y"]),
        (b'<a><tag k="1"/></a>', [{"k": "1"}]),
        (b"<a></a>", None),
    ],
)
async def test_an_xml_array_without_items_is_an_array(
    serve: Serve, upstream: RecordingUpstream, body: bytes, tags: object
) -> None:
    upstream.answer = Answer(body.replace(b"<a>", b"<a><name>n</name>"), XML)
    async with serve(TAGS, "xml") as client:
        assert (await client.get("/things")).json() == {"name": "n", "tags": tags}


async def test_an_empty_xml_root_that_is_no_object_is_handed_on(
    serve: Serve, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(b"<a/>", XML)
    async with serve(TAGS, "xml") as client:
        assert (await client.get("/things")).content == b"<a/>"


USER = """\
outputParameters:
- type: object
  properties:
    id: {type: string, mapping: $.user.id}
    name: {type: string, mapping: $.user.name}
"""


@pytest.mark.parametrize(
    "body",
    [
        b'<user id="1"><name>n</name></user>',
        b'<root><user id="1"><name>n</name></user></root>',
        b'<user id="0"><user id="1"><name>n</name></user></user>',
    ],
)
async def test_xml_paths_may_start_at_the_root_element(
    serve: Serve, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body, XML)
    async with serve(USER, "xml") as client:
        assert (await client.get("/things")).json() == {"id": "1", "name": "n"}


@pytest.mark.parametrize("body", [b"<count>7</count>", b"<a><count>7</count></a>"])
async def test_an_xml_path_may_be_the_root_element(
    serve: Serve, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body, XML)
    unit = "outputParameters: [{type: string, mapping: $.count}]\n"
    async with serve(unit, "xml") as client:
        assert (await client.get("/things")).json() == "7"


FILLED = """\
inputParameters:
- {name: n, in: query, type: integer, required: true}
- {name: word, in: query, type: string}
outputParameters:
- {name: text, type: string, value: "v{{n}}"}
- {name: "n", type: integer, value: "{{n}}"}
- {name: words, type: string, value: "{{rest.word}} and {{word}}"}
- {name: limit, type: number, value: "3", mapping: $.limit}
- {name: id, type: string, const: b, mapping: $.id}
"""


@pytest.mark.parametrize(
    ("query", "words"), [({"n": 7, "word": "w"}, "w and w"), ({"n": 7}, None)]
)
async def test_values_of_outputs_hold_inputs(
    serve: Serve,
    upstream: RecordingUpstream,
    query: dict[str, str | int],
    words: str | None,
) -> None:
    upstream.answer = Answer(b'{"id": "a", "limit": 4}')
    async with serve(FILLED) as client:
        answer = (await client.get("/things", params=query)).json()
    assert answer == {"text": "v7", "n": 7, "words": words, "limit": 3, "id": "a"}
    # An input that only an output holds isn't sent.
    assert upstream.only.target == "/things"


async def test_const_overrides_a_mapping_in_alpha1(
    serve: Serve, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(b'{"id": "a"}')
    unit = "outputParameters: [{type: string, const: b, mapping: $.id}]\n"
    async with serve(unit, version="1.0.0-alpha1") as client:
        assert (await client.get("/things")).json() == "b"


NAME = "outputParameters: [{type: string, mapping: $.name}]\n"
ROWS = """\
outputParameters:
- {type: array, mapping: $., items: {type: string, mapping: $.name}}
"""


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-1", "latin-1"),
        ("ISO-8859-1", "latin-1"),
        ('"utf-16"', "utf-16"),
        ("windows-1252", "windows-1252"),
        ("unheard-of", "utf-8"),
        ("us-ascii", "utf-8"),
    ],
)
@pytest.mark.parametrize(
    "codec",
    [
        (NAME, "json", '{"name": "größe"}'),
        (ROWS, "csv", "id,name\n1,größe\n"),
        (NAME.replace("name}", "a.name}"), "xml", "<a><name>größe</name></a>"),
    ],
)
async def test_responses_are_read_in_their_charset(
    serve: Serve,
    upstream: RecordingUpstream,
    charset: str,
    encoding: str,
    codec: tuple[str, str, str],
) -> None:
    unit, raw, body = codec
    media_type = f"application/{raw}; charset={charset}"
    upstream.answer = Answer(body.encode(encoding), (("Content-Type", media_type),))
    async with serve(unit, raw) as client:
        answer = await client.get("/things")
    assert answer.json() == (["größe"] if raw == "csv" else "größe")
    assert answer.headers["Content-Type"] == "application/json"


async def test_xml_may_declare_its_encoding(
    serve: Serve, upstream: RecordingUpstream
) -> None:
    head = '<?xml version="1.0" encoding="iso-8859-1"?>'
    body = f"{head}<a><name>ü</name></a>".encode("latin-1")
    kind = (("Content-Type", "text/xml; charset=windows-1252"),)
    upstream.answer = Answer(body, kind)
    async with serve(NAME, "xml") as client:
        assert (await client.get("/things")).json() == "ü"


CELLS: tuple[dict[str, object], ...] = ({"a": "1", "b": "x"}, {"a": "2", "b": "y"})
WHOLE: list[tuple[str, str, bytes, object]] = [
    ("csv", "object", b"a,b\n1,x\n2,y\n", [*CELLS]),
    ("tsv", "array", b"a\tb\n1\tx\n2\ty\n", [*CELLS]),
    ("xml", "object", b'<r n="3"><a>1</a></r>', {"n": "3", "a": "1"}),
    ("xml", "array", b"<r><a>1</a></r>", ["1"]),
    ("xml", "string", b"<r>text</r>", "text"),
    ("yaml", "object", b"a: [1, x]", {"a": [1, "x"]}),
    ("yaml", "object", b"- 1", [1]),
    (
        "html",
        "object",
        b"<table><tr><th>a<th>b<tr><td>1<td>x<tr><td>2<td>y</table>",
        {"tables": [[*CELLS]]},
    ),
    (
        "Markdown",
        "string",
        b"# A\n\nText.\n",
        {
            "frontMatter": {},
            "tables": [],
            "sections": [{"heading": "A", "level": 1, "content": "Text."}],
        },
    ),
]


@pytest.mark.parametrize(("raw", "kind", "body", "expected"), WHOLE)
async def test_a_whole_response_is_converted_to_json(
    serve: Serve,
    upstream: RecordingUpstream,
    raw: str,
    kind: str,
    body: bytes,
    expected: object,
) -> None:
    upstream.answer = Answer(body, (("Content-Type", f"text/{raw}"),))
    unit = f"outputParameters: [{{type: {kind}, mapping: $.}}]\n"
    async with serve(unit, raw) as client:
        answer = await client.get("/things")
    assert answer.json() == expected
    assert answer.headers["Content-Type"] == "application/json"


async def test_a_whole_response_is_handed_on_in_utf8(
    serve: Serve, upstream: RecordingUpstream
) -> None:
    kind = (("Content-Type", "application/json; charset=iso-8859-1"),)
    upstream.answer = Answer('"ü"'.encode("latin-1"), kind)
    unit = "outputParameters: [{type: string, mapping: $.}]\n"
    async with serve(unit) as client:
        assert (await client.get("/things")).content == '"ü"'.encode()
