"""MCP `tools/call`: the generated server beside the SDK by hand and FastMCP."""

import json
from pathlib import Path
from typing import Any

from .contest import OURS, Contest, Contestant, Scenario
from .contestants import Field
from .documents import DOCUMENTS, Document
from .load import Request

NAME = "MCP"
BY_HAND = "SDK low-level + aiohttp"
FASTMCP = "FastMCP"
FASTMCP_TUNED = "FastMCP, JSON answers"
REVISIONS = ("2025-11-25", "2026-07-28")
TOOL = "get_document"
META = "io.modelcontextprotocol"


def contest(field: Field, directory: Path) -> Contest:
    """Return the servers to measure, and their requests."""
    contestants = (
        Contestant(BY_HAND, field.start_written("sdk_mcp")),
        Contestant(OURS, field.start_generated("mcp")),
        Contestant(FASTMCP, field.start_written("fastmcp_mcp")),
        Contestant(
            FASTMCP_TUNED, field.start_written("fastmcp_mcp", "with_json_answers")
        ),
    )
    scenarios = [
        _tool_scenario(document, revision, directory)
        for revision in REVISIONS
        for document in DOCUMENTS
    ]
    return Contest(NAME, contestants, scenarios)


def session() -> list[dict[str, Any]]:
    """Return the messages of a client that calls the tool once."""
    client = {"clientInfo": {"name": "starts", "version": "1"}, "capabilities": {}}
    params = {"protocolVersion": REVISIONS[0], **client}
    return [
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        _message(DOCUMENTS[0], REVISIONS[0]),
    ]


def _tool_scenario(document: Document, revision: str, directory: Path) -> Scenario:
    body = directory / f"call-{revision}-{document.name}.json"
    body.write_text(json.dumps(_message(document, revision)), encoding="utf-8")
    request = Request("POST", "/mcp", _headers(revision), body, '"isError":false')
    name = f"{revision} {document.label}"
    return Scenario(name, request, document.content(), read=_document)


def _headers(revision: str) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": revision,
    }
    if revision >= "2026-07-28":
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": TOOL}
    return headers


def _message(document: Document, revision: str) -> dict[str, object]:
    params: dict[str, object] = {"name": TOOL, "arguments": {"name": document.name}}
    if revision >= "2026-07-28":
        params["_meta"] = {
            f"{META}/protocolVersion": revision,
            f"{META}/clientInfo": {"name": "wrk", "version": "4"},
            f"{META}/clientCapabilities": {},
        }
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def _document(answer: bytes) -> object:
    """Read the document in an answer, which may be a stream of one event."""
    message = answer.rpartition(b"data: ")[2]
    return json.loads(json.loads(message)["result"]["content"][0]["text"])
