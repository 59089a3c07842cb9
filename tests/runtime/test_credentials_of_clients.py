"""Credentials of clients: how they are taken out of requests, and compared."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

import pytest

from naftiko_runtime.http.authentication import Secret, take_credentials, take_header

HOST, AGENT = (b"host", b"a"), (b"user-agent", b"b")


def scope(*values: bytes) -> dict[str, Any]:
    return {"headers": [HOST, *((b"x-key", value) for value in values), AGENT]}


@pytest.mark.parametrize(
    ("values", "key"),
    [((), None), ((b" \tkey ",), b"key"), ((b"",), b""), ((b"key", b"key"), None)],
)
def test_a_header_is_taken_out(values: tuple[bytes, ...], key: bytes | None) -> None:
    request = scope(*values)
    before = request["headers"]
    assert take_header(request, b"x-key") == key
    assert request["headers"] == [HOST, AGENT]
    # Another application may have the same list.
    assert before == scope(*values)["headers"]


@pytest.mark.parametrize(
    ("value", "credentials"),
    [
        (b"Bearer token", b"token"),
        (b"bEARER   token", b"token"),
        (b"Bearer", b""),
        (b"Basic token", None),
        (b"", None),
    ],
)
def test_credentials_have_a_scheme(value: bytes, credentials: bytes | None) -> None:
    request = {"headers": [(b"authorization", value)]}
    assert take_credentials(request, b"bearer") == credentials
    assert request["headers"] == []


def test_only_the_secret_itself_is_compared_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[bytes] = []

    def counted(first: bytes, second: bytes) -> bool:
        compared.append(first)
        return compare_digest(first, second)

    monkeypatch.setattr("naftiko_runtime.http.authentication.compare_digest", counted)
    secret = Secret("sesame")

    tried = (b"wrong", b"sesame", b"wrong", b"sesame", b"sesam", b"")
    assert [secret.is_equal(text) for text in tried] == [
        text == b"sesame" for text in tried
    ]
    assert len(compared) == 5
