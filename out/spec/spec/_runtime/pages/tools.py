"""The contents of the page of an MCP server, from its lists."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..http.page import ROOT
from ..values import JsonObject
from .contents import Answer, Effect, Entry, Input, Link, Section
from .schemas import Schemas, in_lines

CONNECTION = (
    "Give an MCP client the address, or the member of its configuration. Or let the"
    " command print the configuration of a client, and add --install to write it into"
    " the client's file. Without a name it lists the clients. With --http the client"
    " calls a server that runs; without, it starts one of its own."
)
Lists = Mapping[str, Sequence[JsonObject]]
"""The tools, resources, resourceTemplates and prompts, as the protocol has them."""


@dataclass(frozen=True, slots=True)
class ServerPage:
    """The content of the page of an MCP server.

    `lists` returns its lists. `configure` is the command that configures clients.
    `credential` are curl's options for a client's own.
    """

    name: str
    description: str
    configure: str
    lists: Callable[[], Lists]
    credential: Sequence[str] = ()
    kind = "MCP server"

    @property
    def facts(self) -> Sequence[str]:
        """Return the number of tools, and about how many tokens their list has."""
        tools = self.lists().get("tools", ())
        count = f"{len(tools)} tool{'' if len(tools) == 1 else 's'}"
        return (f"{count}, about {_rounded(_tokens(tools)):,} tokens",) if tools else ()

    @property
    def links(self) -> Sequence[Link]:
        """Return no links: clients ask for everything by the protocol."""
        return ()

    @property
    def sections(self) -> Sequence[Section]:
        """Return how to connect, and the tools, resources and prompts."""
        lists = self.lists()
        resources = *lists.get("resources", ()), *lists.get("resourceTemplates", ())
        parts = (
            Section("Tools", [self._tool(one) for one in lists.get("tools", ())]),
            Section("Resources", [self._resource(one) for one in resources]),
            Section("Prompts", [self._prompt(one) for one in lists.get("prompts", ())]),
        )
        return [self._connection, *(one for one in parts if one.entries)]

    def index(self, root: str) -> dict[str, Any]:
        """Return the URL, the command that configures clients, and the lists."""
        lists = self.lists()
        connection = {"url": f"{root}/mcp", "configure": self.configure}
        tools = [
            {**_named(one["name"], one), "inputs": list(_members(one["inputSchema"]))}
            for one in lists.get("tools", ())
        ]
        resources = [
            _named(one.get("uri") or one["uriTemplate"], one)
            for key in ("resources", "resourceTemplates")
            for one in lists.get(key, ())
        ]
        prompts = [_named(one["name"], one) for one in lists.get("prompts", ())]
        others = {"resources": resources, "prompts": prompts}
        shown = {key: rows for key, rows in others.items() if rows}
        return {**connection, "tools": tools, **shown}

    @property
    def _connection(self) -> Section:
        member = {self.name: {"type": "http", "url": f"{ROOT}/mcp"}}
        text = json.dumps({"mcpServers": member}, indent=2, ensure_ascii=False)
        text = text.replace(json.dumps(ROOT)[1:-1], ROOT)
        commands = (
            ("Address (Streamable HTTP)", f"{ROOT}/mcp"),
            ("Command", self.configure),
            ("Configuration", text),
        )
        return Section("Connect", description=CONNECTION, commands=commands)

    def _tool(self, tool: JsonObject) -> Entry:
        schemas = Schemas(tool["inputSchema"])
        inputs = list(_inputs(schemas, tool["inputSchema"]))
        arguments = schemas.required_sample(tool["inputSchema"])
        return Entry(
            name=tool["name"],
            effect=_effect(tool.get("annotations", {})),
            title=tool.get("title") or "",
            description=tool.get("description", ""),
            inputs=inputs,
            answers=list(_answers(tool.get("outputSchema"))),
            command=self._call("tools/call", name=tool["name"], arguments=arguments),
            request={"tool": tool["name"]},
        )

    def _resource(self, resource: JsonObject) -> Entry:
        uri = resource.get("uri")
        media_type = resource.get("mimeType", "")
        return Entry(
            name=uri or resource["uriTemplate"],
            badge="" if uri else "template",
            title=resource.get("title") or "",
            description=resource.get("description", ""),
            answers=[Answer("", media_type, "")] if media_type else [],
            command=self._call("resources/read", uri=uri) if uri else "",
        )

    def _prompt(self, prompt: JsonObject) -> Entry:
        arguments = prompt.get("arguments") or []
        inputs = [
            Input(
                one["name"],
                "argument",
                is_required=bool(one.get("required")),
                description=one.get("description") or "",
            )
            for one in arguments
        ]
        sent = {one.name: "example" for one in inputs if one.is_required}
        return Entry(
            name=prompt["name"],
            title=prompt.get("title") or "",
            description=prompt.get("description", ""),
            inputs=inputs,
            command=self._call("prompts/get", name=prompt["name"], arguments=sent),
        )

    def _call(self, method: str, **params: Any) -> str:
        """Return a command for a shell that sends a request of JSON-RPC."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        body = json.dumps(message, ensure_ascii=False)
        parts = (
            "curl",
            *self.credential,
            shlex.quote(f"{ROOT}/mcp"),
            *("-H", "'Content-Type: application/json'"),
            *("-H", "'Accept: application/json, text/event-stream'"),
            *("-d", shlex.quote(body)),
        )
        return in_lines(*parts)


def _named(name: str, described: JsonObject) -> JsonObject:
    return {"name": name, "description": described.get("description") or ""}


def _members(schema: JsonObject) -> Mapping[str, JsonObject]:
    members: Mapping[str, JsonObject] = schema.get("properties", {})
    return members


def _inputs(schemas: Schemas, schema: JsonObject) -> Iterator[Input]:
    required = schemas.required(schema)
    for name, member in schemas.members(schema).items():
        is_required = name in required
        yield schemas.input(name, "argument", member, "", is_required=is_required)


def _answers(schema: JsonObject | None) -> Iterator[Answer]:
    if schema:
        yield Answer("", "structured content", Schemas(schema).shape(schema))


def _effect(hints: JsonObject) -> Effect:
    """Return the effect by the hints, whose defaults are those of the protocol."""
    if hints.get("readOnlyHint"):
        return "read-only"
    return "destructive" if hints.get("destructiveHint", True) else "changes"


def _tokens(tools: Sequence[JsonObject]) -> int:
    """Return about how many tokens a list has: two for each nine bytes."""
    text = json.dumps(list(tools), ensure_ascii=False, separators=(",", ":"))
    return -(-len(text.encode()) * 2 // 9)


def _rounded(number: int) -> int:
    """Return a number in the three digits that matter."""
    return round(number, min(0, 3 - len(str(number))))
