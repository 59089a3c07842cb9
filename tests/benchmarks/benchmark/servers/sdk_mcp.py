"""An MCP server written by hand on the official SDK's low-level server, and tuned.

Exact schema without a listing for each call, text content, frozen garbage collector,
JSON answers without sessions, one aiohttp session. Arguments aren't checked.
"""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

UPSTREAM = os.environ["UPSTREAM"]
Session = aiohttp.ClientSession
GET_DOCUMENT = Tool(
    name="get_document",
    description="Read a document.",
    input_schema={
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "additionalProperties": False,
    },
)
TOOLS = ListToolsResult(tools=[GET_DOCUMENT])
SCHEMAS = {GET_DOCUMENT.name: GET_DOCUMENT.input_schema}


@asynccontextmanager
async def lifespan(_: Server[Session]) -> AsyncIterator[Session]:
    connector = aiohttp.TCPConnector(limit=1000)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        gc.collect()
        gc.freeze()
        yield session


async def list_tools(
    _: ServerRequestContext[Session], __: PaginatedRequestParams | None
) -> ListToolsResult:
    return TOOLS


async def call_tool(
    context: ServerRequestContext[Session], params: CallToolRequestParams
) -> CallToolResult:
    name = (params.arguments or {})["name"]
    url = f"{UPSTREAM}/documents/{quote(name, safe='')}"
    async with context.lifespan_context.get(url) as answer:
        text = await answer.text()
    return CallToolResult(content=[TextContent(text=text)], is_error=not answer.ok)


server = Server(
    "documents",
    version="1",
    lifespan=lifespan,
    get_tool_input_schema=SCHEMAS.get,
    on_list_tools=list_tools,
    on_call_tool=call_tool,
)
app = server.streamable_http_app(json_response=True, stateless_http=True)
