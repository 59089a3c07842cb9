"""The requests that the tools of an imported API send."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from service import Package

REQUESTS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("requests.yaml").read_text(encoding="utf-8")
)
"""Calls of tools by the names of documents, and the requests that they send."""
CONNECT = """
import asyncio, base64, dataclasses, json, sys

from mcp import Client

from MODULE import client
from MODULE.mcp_server import create_offer, create_server
from MODULE import Settings
from RUNTIME.transport import Reply

REPLY = Reply(200, ((b"content-type", b"application/json"),), b"{}")
requests = []


async def transport(method, url, headers, body):
    content = base64.b64encode(body or b"").decode()
    requests.append(
        {"method": method, "url": url, "headers": headers, "body": content}
    )
    return REPLY


def connect():
    needed = {
        field.name: "secret"
        for field in dataclasses.fields(Settings)
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
    return client.connect(Settings(**needed), transport)
"""
"""Code that connects a package with a transport that records requests."""
LIST = CONNECT + """

async def main():
    async with Client(create_server(connect)) as server:
        tools = (await server.list_tools()).tools
    options = {"mode": "json", "by_alias": True, "exclude_none": True}
    listed = [tool.model_dump(**options) for tool in tools]
    assert listed == create_offer(connect).listed  # which is sent without the SDK
    print(json.dumps(listed))


asyncio.run(main())
"""
CALL = CONNECT + """

async def sent(server, call):
    requests.clear()
    result = await server.call_tool(call["tool"], call["arguments"])
    return requests[-1] if requests else {"error": result.content[0].text}


async def main():
    async with Client(create_server(connect)) as server:
        calls = json.load(sys.stdin)
        print(json.dumps([await sent(server, call) for call in calls]))


asyncio.run(main())
"""


@dataclass(frozen=True)
class Sent:
    """A request as the package gives it to its transport."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> tuple[str, str, list[tuple[str, str]]]:
        """Return the method, the URL without its query, and the pairs of this."""
        parts = urlsplit(self.url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        return self.method, parts._replace(query="").geturl(), sorted(pairs)

    @property
    def type(self) -> str | None:
        """Return the media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0] or None

    @property
    def form(self) -> list[list[str]]:
        """Return the sorted fields of a form."""
        text = self.body.decode("ascii")
        return sorted([*pair] for pair in parse_qsl(text, keep_blank_values=True))

    @property
    def parts(self) -> list[list[str]]:
        """Return the sorted names and contents of a multipart body."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        parts = list(message.iter_parts())
        names = [part.get_param("name", header="content-disposition") for part in parts]
        contents = [part.get_payload(decode=True) for part in parts]
        return sorted(
            [str(name), content.decode() if isinstance(content, bytes) else ""]
            for name, content in zip(names, contents, strict=True)
        )


def list_tools(package: Package) -> list[dict[str, Any]]:
    """Return the tools that the server of a package lists, as JSON."""
    process = package.execute(LIST.replace("MODULE", package.module))
    assert process.returncode == 0, process.stderr
    tools: list[dict[str, Any]] = json.loads(process.stdout)
    return tools


def send_calls(package: Package, calls: Sequence[dict[str, Any]]) -> list[Sent | str]:
    """Call tools of a package; return the request of each, or the error."""
    program = CALL.replace("MODULE", package.module)
    process = package.execute(program, json.dumps([*calls]))
    assert process.returncode == 0, process.stderr
    return [_request_of(outcome) for outcome in json.loads(process.stdout)]


def _request_of(outcome: dict[str, Any]) -> Sent | str:
    if "error" in outcome:
        return str(outcome["error"])
    headers = {name.lower(): value for name, value in outcome["headers"]}
    body = base64.b64decode(outcome["body"])
    return Sent(outcome["method"], outcome["url"], headers, body)
