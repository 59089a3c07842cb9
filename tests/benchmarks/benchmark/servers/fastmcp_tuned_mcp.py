"""The same server with plain JSON answers, which take FastMCP less time."""

from fastmcp_mcp import server

app = server.http_app(json_response=True, stateless_http=True)
