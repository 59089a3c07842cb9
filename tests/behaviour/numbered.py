"""Requests with numbers, to the package of `numbered.yaml`."""

from pathlib import Path

SPEC = Path(__file__).with_name("numbered.yaml")
LARGE = 300_000
"""Bytes that no socket takes at once, so that a body is cut off on its way."""


def rest_request(number: int, netloc: str) -> bytes:
    """Return the request that posts a number over REST."""
    return _request(f"/numbers/{number}", netloc, _body(number))


def tool_request(number: int, netloc: str) -> bytes:
    """Return the request that calls the tool with a number."""
    arguments = f'{{"name":"{number}","body":{_body(number)}}}'
    params = f'{{"name":"store","arguments":{arguments}}}'
    message = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}'
    fields = "Accept: application/json\r\nMCP-Protocol-Version: 2025-11-25\r\n"
    return _request("/mcp", netloc, message, fields)


def _body(number: int) -> str:
    filler = "x" * (LARGE if number % 50 == 0 else 10)
    return f'{{"number":"{number}","filler":"{filler}"}}'


def _request(path: str, netloc: str, body: str, fields: str = "") -> bytes:
    lines = f"POST {path} HTTP/1.1\r\nHost: {netloc}\r\n{fields}"
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"{lines}{content}{body}".encode()
