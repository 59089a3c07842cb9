"""The page of an MCP server for browsers."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..http.page import (
    ROOT,
    Answer,
    Contents,
    Effect,
    Entry,
    Input,
    Schemas,
    Section,
    count_of,
    curl,
)
from ..values import JsonObject

CONNECTION = (
    "Give an MCP client the address, or the member of its configuration. Or let the"
    " command print the configuration of a client, and add --install to write it into"
    " the client's file. Without a name it lists the clients. With --http the client"
    " calls a server that runs; without, it starts one of its own."
)
JSON_RPC = (
    ("-H", "Content-Type: application/json"),
    ("-H", "Accept: application/json, text/event-stream"),
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

    def contents(self) -> Contents:
        """Return how to connect, and the tools, resources and prompts."""
        lists = self.lists()
        tools = lists.get("tools", ())
        resources = *lists.get("resources", ()), *lists.get("resourceTemplates", ())
        sections = (
            Section("Tools", [self._tool(tool) for tool in tools]),
            Section("Resources", [self._resource(resource) for resource in resources]),
            Section(
                "Prompts", [self._prompt(prompt) for prompt in lists.get("prompts", ())]
            ),
        )
        size = f"{count_of(len(tools), 'tool')}, about {_tokens(tools):,} tokens"
        return Contents(
            "MCP server",
            self.name,
            self.description,
            [self._connection(), *(section for section in sections if section.entries)],
            facts=[size] if tools else [],
        )

    def index(self, root: str) -> JsonObject:
        """Return the URL, the command that configures clients, and the lists."""
        lists = self.lists()
        tools = [
            {
                **_summary(tool),
                "inputs": list(tool["inputSchema"].get("properties", {})),
            }
            for tool in lists.get("tools", ())
        ]
        resources = *lists.get("resources", ()), *lists.get("resourceTemplates", ())
        others = {"resources": resources, "prompts": lists.get("prompts", ())}
        return {
            "name": self.name,
            "description": self.description,
            "url": f"{root}/mcp",
            "configure": self.configure,
            "tools": tools,
            **{
                key: [_summary(item) for item in rows]
                for key, rows in others.items()
                if rows
            },
        }

    def _connection(self) -> Section:
        member = {self.name: {"type": "http", "url": f"{ROOT}/mcp"}}
        text = json.dumps({"mcpServers": member}, indent=2, ensure_ascii=False)
        commands = (
            ("Address (Streamable HTTP)", f"{ROOT}/mcp"),
            ("Command", self.configure),
            ("Configuration", text.replace(json.dumps(ROOT)[1:-1], ROOT)),
        )
        return Section("Connect", description=CONNECTION, commands=commands)

    def _tool(self, tool: JsonObject) -> Entry:
        name, schema, shape = (
            tool["name"],
            tool["inputSchema"],
            tool.get("outputSchema"),
        )
        schemas = Schemas(schema)
        arguments = schemas.required_sample(schema)
        answer = shape and Answer("", "structured content", Schemas(shape).shape(shape))
        return Entry(
            name,
            effect=_effect(tool.get("annotations", {})),
            title=tool.get("title") or "",
            description=tool.get("description", ""),
            inputs=schemas.inputs(schema, "argument"),
            answers=[answer] if answer else [],
            command=self._call("tools/call", name=name, arguments=arguments),
            request={"tool": name},
        )

    def _resource(self, resource: JsonObject) -> Entry:
        uri = resource.get("uri")
        media_type = resource.get("mimeType", "")
        return Entry(
            uri or resource["uriTemplate"],
            badge="" if uri else "template",
            title=resource.get("title") or "",
            description=resource.get("description", ""),
            answers=[Answer("", media_type, "")] if media_type else [],
            command=self._call("resources/read", uri=uri) if uri else "",
        )

    def _prompt(self, prompt: JsonObject) -> Entry:
        inputs = [
            Input(
                argument["name"],
                "argument",
                is_required=bool(argument.get("required")),
                description=argument.get("description") or "",
            )
            for argument in prompt.get("arguments") or ()
        ]
        arguments = {
            argument.name: "example" for argument in inputs if argument.is_required
        }
        return Entry(
            prompt["name"],
            title=prompt.get("title") or "",
            description=prompt.get("description", ""),
            inputs=inputs,
            command=self._call("prompts/get", name=prompt["name"], arguments=arguments),
        )

    def _call(self, method: str, **params: Any) -> str:
        """Return a command for a shell that sends a request of JSON-RPC."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        body = json.dumps(message, ensure_ascii=False)
        address = shlex.quote(f"{ROOT}/mcp")
        return curl(*self.credential, address, options=(*JSON_RPC, ("-d", body)))


def _summary(item: JsonObject) -> JsonObject:
    """Return the name of a tool or prompt, or the URI of a resource, and its text."""
    name = item.get("uri") or item.get("uriTemplate") or item["name"]
    return {"name": name, "description": item.get("description") or ""}


def _effect(hints: JsonObject) -> Effect:
    """Return the effect by the hints, whose defaults are those of the protocol."""
    if hints.get("readOnlyHint"):
        return "read-only"
    return "destructive" if hints.get("destructiveHint", True) else "changes"


def _tokens(tools: Sequence[JsonObject]) -> int:
    """Return about how many tokens a list has, in the three digits that matter.

    There are two for each nine bytes.
    """
    text = json.dumps(list(tools), ensure_ascii=False, separators=(",", ":"))
    number = -(-len(text.encode()) * 2 // 9)
    return round(number, min(0, 3 - len(str(number))))
