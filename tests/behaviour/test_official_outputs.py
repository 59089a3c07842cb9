"""Outputs in the official language: answers of real packages to real responses."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import indent

import httpx2
import pytest
from service import compile_text, running

from recording_upstream import Answer, RecordingUpstream

Serve = Callable[..., httpx2.AsyncClient]


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
            return service.client()

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


@pytest.mark.parametrize(
    ("unit", "body", "expected"),
    [
        (
            INSIDE,
            b'{"thing": {"id": "a", "size": {"w": 1}}}',
            {"id": "a", "size": {"wide": 1}},
        ),
        (INSIDE, b'{"thing": {"id": "a"}, "id": "b"}', {"id": "a", "size": None}),
        (INSIDE, b'{"id": "b"}', None),
        (INSIDE, b'{"thing": [1]}', {"thing": [1]}),
        (
            BY_NAME,
            b'{"id": "a", "by": "b", "size": {"wide": 1}, "tags": [{"label": "c"}]}',
            {
                "id": "a",
                "tags": [{"label": "c"}],
                "size": {"wide": 1, "high": None},
                "maker": {"name": "b"},
            },
        ),
    ],
)
async def test_an_output_without_a_mapping_is_the_member_of_its_name(
    serve: Serve, upstream: RecordingUpstream, unit: str, body: bytes, expected: object
) -> None:
    """The mapping of an object is the root of its members."""
    upstream.answer = Answer(body)
    async with serve(unit) as client:
        assert (await client.get("/things")).json() == expected


XML = (("Content-Type", "application/xml"),)
VESSELS = """\
outputParameters:
- type: array
  mapping: {path}
  items: {{type: object, properties: {{code: {{type: string, mapping: $.code}}}}}}
"""
TAGS = """\
outputParameters:
- type: object
  properties:
    tags: {type: array, mapping: $.tag}
    name: {type: string, mapping: $.name}
"""
USER = """\
outputParameters:
- type: object
  properties:
    id: {type: string, mapping: $.user.id}
    name: {type: string, mapping: $.user.name}
"""
COUNT = "outputParameters: [{type: string, mapping: $.count}]\n"
ROOT = VESSELS.format(path="$.")
ADA = {"id": "1", "name": "n"}


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


@pytest.mark.parametrize(
    ("unit", "body", "expected"),
    [
        (TAGS, b"<a><name>n</name><tag>x</tag></a>", {"name": "n", "tags": ["x"]}),
        (TAGS, b"<a><tag>x</tag><tag>y</tag></a>", {"name": None, "tags": ["x", "y"]}),
        (TAGS, b'<a><tag k="1"/></a>', {"name": None, "tags": [{"k": "1"}]}),
        (TAGS, b"<a><name>n</name></a>", {"name": "n", "tags": None}),
        # Paths may start at the root element, or end there.
        (USER, b'<user id="1"><name>n</name></user>', ADA),
        (USER, b'<root><user id="1"><name>n</name></user></root>', ADA),
        (USER, b'<user id="0"><user id="1"><name>n</name></user></user>', ADA),
        (COUNT, b"<count>7</count>", "7"),
        (COUNT, b"<a><count>7</count></a>", "7"),
        # A root that isn't of the type is handed on.
        (TAGS, b"<a/>", b"<a/>"),
        (ROOT, b"<a>text</a>", b"<a>text</a>"),
        (ROOT, b"<a><b/><c/></a>", b"<a><b/><c/></a>"),
    ],
)
async def test_elements_are_found_by_path(
    serve: Serve, upstream: RecordingUpstream, unit: str, body: bytes, expected: object
) -> None:
    upstream.answer = Answer(body, XML)
    async with serve(unit, "xml") as client:
        answer = await client.get("/things")
    is_handed_on = isinstance(expected, bytes)
    assert (answer.content if is_handed_on else answer.json()) == expected


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


KIND = (("Content-Type", "text/xml; charset=windows-1252"),)
DECLARED = '<?xml version="1.0" encoding="iso-8859-1"?><a><name>größe</name></a>'


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
        if raw == "xml":  # a declaration in the document counts first
            content = DECLARED.encode("latin-1")
            upstream.answer = Answer(content, KIND)
            assert (await client.get("/things")).json() == "größe"
    assert answer.json() == (["größe"] if raw == "csv" else "größe")
    assert answer.headers["Content-Type"] == "application/json"


CELLS: tuple[dict[str, object], ...] = ({"a": "1", "b": "x"}, {"a": "2", "b": "y"})
WHOLE: list[tuple[str, str, bytes, object]] = [
    ("json; charset=iso-8859-1", "string", '"ü"'.encode("latin-1"), "ü"),
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
    async with serve(unit, raw.partition(";")[0]) as client:
        answer = await client.get("/things")
    assert json.loads(answer.content.decode()) == expected
    assert answer.headers["Content-Type"] == "application/json"
