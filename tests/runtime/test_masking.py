"""Credentials that responses repeat, in the forms that programs write them in."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest

from naftiko_runtime.settings import (
    BaseSettings,
    alternative_credential,
    credential,
    secrets_of,
    text,
)
from naftiko_runtime.transport import Reply
from naftiko_runtime.upstream.client import Mask

KEY = 'pa/ss+w"o:rd='
URL = "https://user.example/secret-path"
MASK = Mask([KEY])
FORMS = {
    "plain": KEY,
    "json": json.dumps(KEY)[1:-1],
    "json with escaped slashes": json.dumps(KEY)[1:-1].replace("/", "\\/"),
    "percent-encoded": quote(KEY, safe=""),
    "a path": quote(KEY),
    "small digits": re.sub(
        "%..", lambda digits: digits[0].lower(), quote(KEY, safe="")
    ),
    "a form": quote_plus(KEY),
    **{
        f"base64 after {start!r}": base64.b64encode(f"{start}{KEY}".encode()).decode()
        for start in ("", "a", "me:", "user:")
    },
    "base64 for URLs": base64.urlsafe_b64encode(f"ab:{KEY}".encode()).decode(),
}


def reply(body: bytes = b"{}", **headers: str) -> Reply:
    raw = ((name.encode(), value.encode()) for name, value in headers.items())
    return Reply(200, tuple(raw), body)


def test_no_name_of_a_header_is_a_credential() -> None:
    sent = Reply(200, ((b"X-RateLimit-secret-key", b"1"), (b"etag", b"1")), b"{}")
    assert Mask(["secret-key"]).applied(sent, URL).raw_headers == ((b"etag", b"1"),)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_form_of_a_credential_remains(form: str) -> None:
    sent = reply(f'["before {form} after", 1]'.encode(), link=f"<{form}>", etag="1")

    masked = MASK.applied(sent, URL)

    assert masked.raw_headers == ((b"etag", b"1"),)
    assert b"***" in masked.body
    assert masked.body.startswith(b'["before ')
    assert masked.body.endswith(b' after", 1]')
    assert MASK.applied(masked, URL) is masked


def test_other_responses_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    sent = reply(b"password", link="<password>")

    assert MASK.applied(sent, URL) is sent
    assert Mask(["", "pass"]).applied(sent, URL) is sent
    assert caplog.messages == []


def test_a_line_of_the_log_names_the_host(caplog: pytest.LogCaptureFixture) -> None:
    MASK.applied(reply(KEY.encode(), link=KEY, location=KEY), URL)

    assert caplog.messages == [
        "a response of user.example repeated a credential, which is removed"
    ]


class Settings(BaseSettings, prefix="TEST"):
    token: str = credential("TOKEN")
    user: str = credential("USER", beside="PASSWORD", public=True)
    password: str = credential("PASSWORD", beside="USER")
    other: str = alternative_credential("OTHER")
    edition: str = text("EDITION", secret=True)


def test_the_secrets_of_settings() -> None:
    env = {"TOKEN": "t", "USER": "u", "PASSWORD": "p", "EDITION": "e", "OTHER": "o"}

    assert sorted(secrets_of(Settings.from_env(env))) == ["o", "p", "t"]
    alone = Settings.from_env({**env, "PASSWORD": ""})
    assert "u" in secrets_of(alone)
