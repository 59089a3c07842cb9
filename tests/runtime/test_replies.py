"""Responses of the upstream, as users of the client read them."""

from __future__ import annotations

import pytest

from naftiko_runtime.errors import CallError, InvalidBodyError
from naftiko_runtime.testing.formats import content_reply
from naftiko_runtime.transport import Reply, StatusError

JSON = (b"Content-Type", b"application/json")


def test_headers_are_looked_up_in_any_case() -> None:
    headers = Reply(200, (JSON, (b"etag", b'"a"')), b"").headers

    assert headers["content-type"] == headers["CONTENT-TYPE"] == "application/json"
    assert "Etag" in headers
    assert headers.get("missing") is None
    assert dict(headers) == {"content-type": "application/json", "etag": '"a"'}
    assert len(headers) == 2


def test_a_missing_header_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="ETag"):
        Reply(200, (), b"").headers["ETag"]


def test_values_of_a_repeated_header_are_joined() -> None:
    headers = Reply(200, ((b"Link", b"<a>"), (b"link", b"<b>")), b"").headers

    assert headers["Link"] == "<a>, <b>"
    assert headers.all("LINK") == ["<a>", "<b>"]
    assert headers.all("via") == []
    assert list(headers) == ["link"]


def test_json_keeps_integers_of_any_size() -> None:
    assert Reply(200, (), b'{"id": %d}' % 2**80).json() == {"id": 2**80}


@pytest.mark.parametrize("body", [b"", b"<p>", b"NaN", b"[" * 201 + b"]" * 201])
def test_a_body_that_is_no_json_is_an_error(body: bytes) -> None:
    with pytest.raises(InvalidBodyError, match="status 200 is not JSON"):
        Reply(200, (), body).json()


@pytest.mark.parametrize(
    ("media_type", "body", "text"),
    [
        (b"text/plain", "né".encode(), "né"),
        (b"text/plain; charset=latin-1", "né".encode("latin-1"), "né"),
        (b'text/plain; Charset="utf-16-le"', "né".encode("utf-16-le"), "né"),
        (b"text/plain; charset=unknown", "né".encode(), "né"),
        (b"text/plain; charset=base64", b"abc", "abc"),
        (b"text/plain; charset=punycode", b"abc-dma", "abc-dma"),
        (b"text/plain; charset=unicode_escape", rb"\x41", r"\x41"),
        (b"text/plain", b"\xff", "\ufffd"),
    ],
)
def test_text_is_in_the_charset_of_the_response(
    media_type: bytes, body: bytes, text: str
) -> None:
    assert Reply(200, ((b"content-type", media_type),), body).text == text


@pytest.mark.parametrize("status", [200, 204, 304, 399])
def test_a_success_raises_nothing(status: int) -> None:
    reply = Reply(status, (), b"")

    assert reply.raise_for_status() is reply


def test_an_error_is_raised_with_its_response() -> None:
    reply = Reply(429, ((b"retry-after", b"7"),), b"secret")

    with pytest.raises(StatusError) as raised:
        reply.raise_for_status()

    error = raised.value
    assert isinstance(error, CallError)
    assert error.reply is reply
    assert (error.status, error.title) == (429, "Too Many Requests")
    assert error.retry_after == 7
    assert "secret" not in str(error)


def test_an_unknown_status_can_be_raised() -> None:
    with pytest.raises(StatusError, match="status 599"):
        Reply(599, (), b"").raise_for_status()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"0", 0), (b" 12 ", 12), (b"-1", None), (b"1.5", None), (b"1" * 10, None)],
)
def test_retry_after_is_a_whole_number(value: bytes, seconds: int | None) -> None:
    assert Reply(503, ((b"Retry-After", value),), b"").retry_after == seconds


@pytest.mark.parametrize(
    ("media_type", "sent"),
    [
        ("text/xml", "text/xml; charset=utf-8"),
        ("text/csv; charset=us-ascii", "text/csv; charset=us-ascii"),
        ("application/problem+json", "application/problem+json"),
    ],
)
def test_a_sample_is_utf_8_of_its_media_type(media_type: str, sent: str) -> None:
    reply = content_reply(media_type, "ü")

    assert reply.headers["content-type"] == sent
    assert reply.body == "ü".encode()
