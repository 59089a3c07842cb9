"""Requests to overloaded servers, and the kinds of their responses."""

import re
from urllib.parse import urlsplit

from overload_client import Outcome, Target
from prime import RUNS

RETRY_AFTER = b"\r\nretry-after: 1\r\n"
REFUSED_CALL = re.compile(rb'"503 Service Unavailable: [^"]*\\nRetry-After: 1"')
CALL = (
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":'
    '{"name":"prime-intellect-createrun","arguments":{"body":{}}}}'
)
CALL_FIELDS = "Accept: application/json\r\nMCP-Protocol-Version: 2025-11-25\r\n"


def rest_target(url: str) -> Target:
    """Return a POST to the training package's REST API at a URL."""
    return Target(url, _request(url, RUNS, "{}"), _outcome_of_rest)


def tool_target(url: str) -> Target:
    """Return a plain tool call to the training package's MCP server at a URL."""
    return Target(url, _request(url, "/mcp", CALL, CALL_FIELDS), _outcome_of_tool)


TARGETS = {"rest": rest_target, "mcp": tool_target}


def _request(url: str, path: str, body: str, fields: str = "") -> bytes:
    lines = f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n{fields}"
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"{lines}{content}{body}".encode()


def _outcome_of_rest(answer: bytes) -> Outcome:
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 200 ") and b'"run-1"' in body:
        return Outcome.SERVED
    if head.startswith(b"HTTP/1.1 503 ") and RETRY_AFTER in head + b"\r\n":
        return Outcome.REFUSED
    return Outcome.WRONG


def _outcome_of_tool(answer: bytes) -> Outcome:
    if b'"isError":false' in answer and b"run-1" in answer:
        return Outcome.SERVED
    if b'"isError":true' in answer and REFUSED_CALL.search(answer):
        return Outcome.REFUSED
    return Outcome.WRONG
