"""Responses of the mock upstream: their status, their media type and their body."""

import pytest

from case_tables import in_table
from naftiko_runtime.testing import (
    EMPTY,
    MockUpstream,
    Sample,
    content_reply,
    file_reply,
)

URL = "https://api.example/a"


@pytest.mark.parametrize(
    ("output", "status", "media_type", "body"),
    [
        (EMPTY, 204, None, b""),
        ([1], 201, "application/json", b"[1]"),
        (content_reply("text/csv", "a"), 202, "text/csv; charset=utf-8", b"a"),
        (file_reply("application/x-cad"), 200, "application/x-cad", b"\0\xff\1\xfe"),
    ],
)
async def test_a_sample_has_a_status(
    output: object, status: int, media_type: str | None, body: bytes
) -> None:
    upstream = MockUpstream(Sample("act", "GET", "/a", output, status=status))

    reply = await upstream("GET", URL, (), None)

    assert (reply.status, reply.body) == (status, body)
    assert reply.headers.get("content-type") == media_type
    assert (await upstream("PUT", URL, (), None)).status == 404


@pytest.mark.parametrize(
    ("media_type", "start"),
    [
        ("image/png", b"\x89PNG"),
        ("IMAGE/GIF", b"GIF89a"),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("application/pdf", b"%PDF-1"),
        ('application/zip; name="a"', b"PK"),
    ],
)
def test_a_file_is_of_its_media_type(media_type: str, start: bytes) -> None:
    reply = file_reply(media_type)

    assert reply.body.startswith(start)
    assert reply.headers["content-type"] == media_type


@in_table
async def test_a_response_repeats_inputs_where_it_is_to(
    path: str, url: str, text: str | None, output: object, expected: object
) -> None:
    body = text.encode() if text else None
    upstream = MockUpstream(Sample("act", "POST", path, output))
    before = await upstream("POST", f"https://api.example{url}", (), body)
    upstream.repeats_inputs = True

    reply = await upstream("POST", f"https://api.example{url}", (), body)

    assert (before.json(), reply.json()) == (output, expected)


@pytest.mark.parametrize("path", ["/{a}-{b}-{c}-{d}/x", "/{a}{b}{c}{d}/x"])
async def test_a_long_segment_takes_no_time(path: str) -> None:
    upstream = MockUpstream(Sample("act", "GET", path, {"a": ""}))

    missing = await upstream("GET", f"https://api.example/{'-' * 16_000}/y", (), None)
    reply = await upstream("GET", f"https://api.example/{'-' * 16_000}/x", (), None)

    assert (missing.status, reply.status) == (404, 200)
