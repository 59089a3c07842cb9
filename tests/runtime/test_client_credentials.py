"""The credentials of clients, as curl and configured MCP clients send them."""

import os
import shlex
import subprocess
from typing import Any

import pytest

from naftiko_runtime.http.access_token import AccessTokenAuthentication
from naftiko_runtime.http.guards import (
    Authentication,
    BearerAuthentication,
    Joined,
    NoAuthentication,
    OptionalToken,
    Variable,
)
from naftiko_runtime.http.keys import (
    BasicAuthentication,
    CookieKeyAuthentication,
    DigestAuthentication,
    HeaderKeyAuthentication,
    QueryKeyAuthentication,
)
from naftiko_runtime.serving.mcp_setup import CLIENTS, Running, claude_mcp_add

KEY = Variable("KEY")
ENV = {"KEY": "a $HOME \\ value", "HOME": "wrong"}
URL = "http://127.0.0.1:1/mcp"
ODD = Joined('"$HOME" `id` \\', KEY, "_x")


@pytest.mark.parametrize(
    ("authentication", "words"),
    [
        (BearerAuthentication(KEY), ["-H", f"Authorization: Bearer {ENV['KEY']}"]),
        (
            HeaderKeyAuthentication("X-Key", ODD),
            ["-H", f'X-Key: "$HOME" `id` \\{ENV["KEY"]}_x'],
        ),
        (
            CookieKeyAuthentication("session", KEY),
            ["-H", f"Cookie: session={ENV['KEY']}"],
        ),
        (
            QueryKeyAuthentication("api key", KEY),
            ["--url-query", f"api%20key={ENV['KEY']}"],
        ),
        (BasicAuthentication("agent", KEY), ["-u", f"agent:{ENV['KEY']}"]),
        (DigestAuthentication(KEY, "p"), ["--digest", "-u", f"{ENV['KEY']}:p"]),
        (
            AccessTokenAuthentication(issuer=KEY, audience="a"),
            ["-H", "Authorization: Bearer {token}"],
        ),
        (NoAuthentication(), []),
    ],
)
def test_a_shell_fills_in_the_variables_of_curl(
    authentication: Authentication, words: list[str]
) -> None:
    options = " ".join(authentication.curl_options)
    process = subprocess.run(
        ["sh", "-c", f"printf '%s\\0' {options}"],
        env={**os.environ, **ENV},
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.split("\0")[:-1] == (words or [""])


def test_a_token_is_required_if_its_variable_is_set() -> None:
    token = OptionalToken("T")
    assert token.headers == BearerAuthentication(Variable("T")).headers
    assert [token.is_required({}), token.is_required({"T": ""})] == [False, True]
    assert not NoAuthentication().is_required()


@pytest.mark.parametrize(
    ("authentication", "cursor", "codex"),
    [
        (
            HeaderKeyAuthentication("X-Key", KEY),
            {"url": URL, "headers": {"X-Key": "${env:KEY}"}},
            {"url": URL, "env_http_headers": {"X-Key": "KEY"}},
        ),
        (
            CookieKeyAuthentication("session", KEY),
            {"url": URL, "headers": {"Cookie": "session=${env:KEY}"}},
            {"url": URL, "http_headers": {"Cookie": "session=<KEY>"}},
        ),
        (
            QueryKeyAuthentication("api key", KEY),
            {"url": f"{URL}?api%20key=${{env:KEY}}"},
            {"url": f"{URL}?api%20key=<KEY>"},
        ),
        (BasicAuthentication("agent", KEY), {"url": URL}, {"url": URL}),
    ],
)
def test_a_configuration_refers_to_the_credential(
    authentication: Authentication, cursor: dict[str, Any], codex: dict[str, Any]
) -> None:
    server = Running("s", URL, authentication.headers, authentication.query)
    assert CLIENTS["cursor"].document(server) == {"mcpServers": {"s": cursor}}
    assert CLIENTS["codex"].document(server) == {"mcp_servers": {"s": codex}}


def test_a_command_keeps_the_shell_from_filling_in() -> None:
    query = QueryKeyAuthentication("k", KEY).query
    words = shlex.split(claude_mcp_add(Running("s", URL, {}, query)))
    assert words[-2:] == ["s", f"{URL}?k=${{KEY}}"]
