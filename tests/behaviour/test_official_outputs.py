"""Outputs in the official language: answers of real packages to real responses."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from service import compile_text, running

from case_tables import named_table
from recording_upstream import Answer, RecordingUpstream

Serve = Callable[..., httpx2.AsyncClient]
TABLE = named_table(__file__, "official_outputs")
CASES = TABLE["cases"]


def spec_of(unit: dict[str, Any], raw: str, version: str) -> str:
    """Return the spec, whose route gets the members of a unit."""
    spec = named_table(__file__, "official_outputs")["spec"]
    [api], [rest] = spec["capability"]["consumes"], spec["capability"]["exposes"]
    api["resources"][0]["operations"][0]["outputRawFormat"] = raw
    rest["resources"][0]["operations"][0] |= unit
    return json.dumps({**spec, "naftiko": version})


@pytest.fixture
def serve(tmp_path: Path, address: str) -> Iterator[Serve]:
    """Return a function that serves a unit's outputs, and returns a client of them."""
    with ExitStack() as stack:

        def serving(
            outputs: list[dict[str, Any]],
            raw: str = "json",
            version: str = "1.0.0-alpha2",
            **unit: Any,
        ) -> httpx2.AsyncClient:
            unit["outputParameters"] = outputs
            package = compile_text(spec_of(unit, raw, version), tmp_path)
            process = running(package, API_BASE_URI=f"http://{address}")
            service = stack.enter_context(process)
            return service.client()

        yield serving


@pytest.mark.parametrize("title", CASES)
async def test_a_response_has_its_answer(
    serve: Serve, upstream: RecordingUpstream, title: str
) -> None:
    case = dict(CASES[title])
    is_same, is_shaped = case.pop("same", False), "answer" in case
    expected = case.pop("answer", None)
    charset = case.pop("charset", "utf-8")
    body = case.pop("body").encode(charset)
    media_type = f"text/{case.get('raw', 'json')}; charset={charset}"
    upstream.answer = Answer(body, (("Content-Type", media_type),))
    async with serve(**case) as client:
        answer = await client.get("/things")
    if is_same:
        assert (answer.status_code, answer.content) == (200, body)
    elif not is_shaped:
        assert answer.status_code == 502
        assert "gave an answer of another form" in answer.json()["detail"]
    else:
        assert answer.json() == expected
        assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["$.", "$.vessel", "$.vessels.vessel", "$.vessels"])
@pytest.mark.parametrize("codes", [[], ["A"], ["A", "B"]])
async def test_xml_children_are_an_array(
    serve: Serve, upstream: RecordingUpstream, path: str, codes: list[str]
) -> None:
    children = "".join(f"<vessel><code>{code}</code></vessel>" for code in codes)
    document = f'<f:vessels xmlns:f="urn:f" count="2">{children}</f:vessels>'
    upstream.answer = Answer(document.encode(), (("Content-Type", "application/xml"),))
    vessel = {"type": "object", "properties": {"code": text_at("$.code")}}
    vessels = {"type": "array", "mapping": path, "items": vessel}
    async with serve([vessels], "xml") as client:
        answer = (await client.get("/things")).json()
    is_root = path in ("$.", "$.vessels")
    assert answer == ([{"code": code} for code in codes] or ([] if is_root else None))


def text_at(path: str) -> dict[str, str]:
    return {"type": "string", "mapping": path}


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
    async with serve(**TABLE["values with inputs"]) as client:
        answer = (await client.get("/things", params=query)).json()
    assert answer == {"text": "v7", "n": 7, "words": words, "limit": 3, "id": "a"}
    # An input that only an output holds isn't sent.
    assert upstream.only.target == "/things"


ROWS = [{"type": "array", "mapping": "$.", "items": text_at("$.name")}]
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
        ([text_at("$.name")], "json", '{"name": "größe"}'),
        (ROWS, "csv", "id,name\n1,größe\n"),
        ([text_at("$.a.name")], "xml", "<a><name>größe</name></a>"),
    ],
)
async def test_responses_are_read_in_their_charset(
    serve: Serve,
    upstream: RecordingUpstream,
    charset: str,
    encoding: str,
    codec: tuple[list[dict[str, Any]], str, str],
) -> None:
    outputs, raw, body = codec
    media_type = f"application/{raw}; charset={charset}"
    upstream.answer = Answer(body.encode(encoding), (("Content-Type", media_type),))
    async with serve(outputs, raw) as client:
        answer = await client.get("/things")
        if raw == "xml":  # a declaration in the document counts first
            content = DECLARED.encode("latin-1")
            upstream.answer = Answer(content, KIND)
            assert (await client.get("/things")).json() == "größe"
    assert answer.json() == (["größe"] if raw == "csv" else "größe")
    assert answer.headers["Content-Type"] == "application/json"
