"""Published APIs receive the requests that their documents describe."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from apis import Apis, chosen_names
from calling import REQUESTS, Sent, send_calls
from published_documents import DOCUMENTS

pytestmark = pytest.mark.long


def test_every_document_has_requests_and_there_are_forty() -> None:
    assert REQUESTS.keys() == DOCUMENTS.keys()
    assert sum(map(len, REQUESTS.values())) >= 40


def test_a_long_run_chooses_all_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAFTIKO_PUBLISHED_APIS", "all")
    assert [*chosen_names()] == [*DOCUMENTS]


@pytest.mark.parametrize("name", chosen_names())
def test_requests_are_as_the_document_says(name: str, apis: Apis) -> None:
    expected = REQUESTS[name]

    for wanted, request in zip(
        expected, send_calls(apis.package(name), expected), strict=True
    ):
        assert isinstance(request, Sent), request
        assert request.target == target(wanted["sends"])
        assert fields(request, wanted) == wanted.get("headers", {})
        assert request.type == media_type(wanted)
        assert content(request, wanted) == expected_content(wanted)


def target(sends: str) -> tuple[str, str, list[tuple[str, str]]]:
    """Return the method, the URL without its query, and the query's sorted pairs."""
    method, url = sends.split(" ")
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return method, parts._replace(query="").geturl(), sorted(pairs)


def fields(request: Sent, wanted: dict[str, Any]) -> dict[str, str | None]:
    """Return the header fields that are expected, as they were sent."""
    return {
        name: request.headers.get(name.lower()) for name in wanted.get("headers", {})
    }


def media_type(wanted: dict[str, Any]) -> str | None:
    """Return the media type that is expected, if there is a body."""
    usual = {
        "json": "application/json",
        "form": "application/x-www-form-urlencoded",
        "multipart": "multipart/form-data",
    }
    default = next((usual[key] for key in usual if key in wanted), None)
    expected: str | None = wanted.get("type", default)
    return expected


def content(request: Sent, wanted: dict[str, Any]) -> object:
    """Return the body in the form in which it is expected."""
    match wanted:
        case {"json": _}:
            return json.loads(request.body)
        case {"form": _}:
            return request.form
        case {"multipart": _}:
            return request.parts
        case _:
            return request.body


def expected_content(wanted: dict[str, Any]) -> object:
    """Return the expected body."""
    match wanted:
        case {"json": value}:
            return value
        case {"form": fields} | {"multipart": fields}:
            return sorted(fields)
        case {"text": text}:
            return text.encode()
        case {"base64": text}:
            return base64.b64decode(text)
        case _:
            return b""
