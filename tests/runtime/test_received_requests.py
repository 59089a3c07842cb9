"""The assertion of a mock upstream about the request that it received."""

import asyncio
from typing import Any

import pytest

from naftiko_runtime.testing import MockUpstream

URL = "https://notes.test/notes"
HEADERS = (("Authorization", "OAuth nonce=1"), ("Content-Type", "application/json"))
BODY = b'{"b": 1, "a": [2.5, true, "\xc3\xbc"]}'
VALUE = {"a": [2.5, True, "ü"], "b": 1}
MULTIPART = (
    b"--5f1e\r\n"
    b'Content-Disposition: form-data; name="note"\r\n'
    b"\r\n"
    b"first\r\n"
    b"--5f1e--\r\n"
)


@pytest.fixture
def upstream() -> MockUpstream:
    return receive()


def receive(
    body: bytes | None = BODY, headers: tuple[tuple[str, str], ...] = HEADERS
) -> MockUpstream:
    """Return a mock that has received a request."""
    upstream = MockUpstream()
    asyncio.run(upstream("POST", URL, headers, body))
    return upstream


def failure(upstream: MockUpstream, *arguments: str, **keywords: Any) -> str:
    """Return the message of an assertion, which must fail."""
    with pytest.raises(AssertionError) as error:
        upstream.assert_received(*arguments, **keywords)
    return str(error.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"body": BODY},
        {"json": VALUE},
        {"json": VALUE, "headers": dict(HEADERS)},
        {"json": VALUE, "headers": {"content-type": "application/json"}},
    ],
)
def test_the_request_is_as_expected(
    upstream: MockUpstream, arguments: dict[str, Any]
) -> None:
    upstream.assert_received("POST", URL, **arguments)


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ({"body": BODY + b" "}, [f"- {BODY + b' '!r}", f"+ {BODY!r}"]),
        ({}, ["- (no body)", f"+ {BODY!r}"]),
        ({"json": {**VALUE, "b": 1.0}}, ['-   "b": 1.0', '+   "b": 1']),
        ({"json": {**VALUE, "b": True}}, ['-   "b": true', '+   "b": 1']),
        ({"json": {"a": VALUE["a"]}}, ['+   "b": 1']),
        (
            {"body": BODY, "headers": {"X-Trace": "7"}},
            ["- X-Trace: '7'", "+ X-Trace: None"],
        ),
    ],
)
def test_the_differences_are_shown(
    upstream: MockUpstream, arguments: dict[str, Any], lines: list[str]
) -> None:
    message = failure(upstream, "POST", URL, **arguments)
    assert set(lines) <= set(message.splitlines())


@pytest.mark.parametrize(
    "target", [("PUT", URL), ("POST", f"{URL}/"), ("POST", f"{URL}?q=")]
)
def test_another_target_is_shown(
    upstream: MockUpstream, target: tuple[str, str]
) -> None:
    lines = failure(upstream, *target, body=BODY).splitlines()
    assert {f"- {' '.join(target)}", f"+ POST {URL}"} <= set(lines)


@pytest.mark.parametrize(
    ("body", "text"), [(None, "(no body)"), (b"", "b''"), (b"{]", "b'{]'")]
)
def test_a_body_that_is_no_json_is_shown(body: bytes | None, text: str) -> None:
    message = failure(receive(body), "POST", URL, json={})
    assert {"- {}", f"+ {text}"} <= set(message.splitlines())


def test_an_empty_body_is_a_body() -> None:
    receive(b"").assert_received("POST", URL, body=b"")
    receive(None).assert_received("POST", URL)
    assert "- (no body)" in failure(receive(b""), "POST", URL)


def test_the_boundary_of_a_multipart_body_is_constant() -> None:
    media_type = "multipart/form-data; boundary="
    upstream = receive(MULTIPART, (("Content-Type", f"{media_type}5f1e"),))
    constant = MULTIPART.replace(b"5f1e", b"boundary")
    headers = {"Content-Type": f"{media_type}boundary"}

    upstream.assert_received("POST", URL, headers=headers, body=constant)
    other = constant.replace(b"first", b"second")
    lines = failure(upstream, "POST", URL, body=other).splitlines()
    assert {"- b'second\\r\\n'", "+ b'first\\r\\n'"} <= set(lines)


def test_a_mock_without_one_request_is_an_error(upstream: MockUpstream) -> None:
    assert failure(MockUpstream(), "POST", URL) == "0 requests, not 1"
    asyncio.run(upstream("GET", URL, (), None))
    assert failure(upstream, "POST", URL, body=BODY) == (
        f"2 requests, not 1\nPOST {URL}\nGET {URL}"
    )
