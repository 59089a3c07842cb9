"""An MCP server that FastMCP makes from the upstream's OpenAPI document."""

import os

import httpx2
from fastmcp import FastMCP

OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Documents", "version": "1"},
    "paths": {
        "/documents/{name}": {
            "get": {
                "operationId": "get_document",
                "description": "Read a document.",
                "parameters": [
                    {
                        "name": "name",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string"},
                    }
                ],
                "responses": {"200": {"description": "The document."}},
            }
        }
    },
}

client = httpx2.AsyncClient(base_url=os.environ["UPSTREAM"], trust_env=False)
server = FastMCP.from_openapi(openapi_spec=OPENAPI, client=client, name="documents")
app = server.http_app(stateless_http=True)
with_json_answers = server.http_app(json_response=True, stateless_http=True)
