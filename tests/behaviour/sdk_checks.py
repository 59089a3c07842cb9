"""The official SDK's handling of tool calls over HTTP, as digests of its source."""

import inspect
import re
from collections.abc import Iterator
from hashlib import sha256
from pkgutil import resolve_name

READ = {
    "mcp.server.lowlevel.server": {
        "Server.streamable_http_app": "3f3ae56022c2",
        "Server.server_info_stamp": "e0a338abaf6f",
    },
    "mcp.server.streamable_http_manager": {
        "StreamableHTTPSessionManager._handle_request": "029ee60679a1",
        "StreamableHTTPSessionManager._handle_stateless_request": "5d9968605b9d",
    },
    "mcp.server.transport_security": {
        "TransportSecurityMiddleware.validate_request": "eca70bc853fc",
        "TransportSecurityMiddleware._validate_host": "fccdb26b39ed",
        "TransportSecurityMiddleware._validate_origin": "d074481b4181",
        "TransportSecurityMiddleware._validate_content_type": "de7426d8000a",
        "RequestBodyLimitMiddleware.__call__": "38b65f74b288",
    },
    "mcp.server.streamable_http": {
        "check_accept_headers": "81a48ed329ac",
        "StreamableHTTPServerTransport._handle_request": "74cb9c32b35a",
        "StreamableHTTPServerTransport._handle_post_request": "3b7a2ff77870",
        "StreamableHTTPServerTransport._check_content_type": "33e79a2efbe1",
        "StreamableHTTPServerTransport._validate_accept_header": "72e5e4243348",
        "StreamableHTTPServerTransport._validate_request_headers": "3fc6df12aa3f",
        "StreamableHTTPServerTransport._create_json_response": "4bd588f70208",
    },
    "mcp.server._streamable_http_modern": {
        "handle_modern_request": "888cf9b70260",
        "_mcp_param_rejection": "cc430e81fc3e",
        "_to_jsonrpc_response": "8e6e2ae16ce9",
        "_write": "aff4f4c9b7c7",
    },
    "mcp.shared.inbound": {
        "find_duplicated_routing_header": "840568b673b2",
        "classify_inbound_request": "b08febac8cbd",
        "decode_header_value": "404046f0a03c",
        "validate_mcp_param_headers": "f3d67db86e80",
    },
    "mcp.shared.jsonrpc_dispatcher": {
        "JSONRPCDispatcher._dispatch_request": "fab5a2fa1745",
        "JSONRPCDispatcher._handle_request": "2ce88f77a573",
    },
    "mcp.server.runner": {
        "ServerRunner._on_request": "4d74f344783c",
        "ServerRunner._serialize": "28fca2614cc5",
        "ServerRunner._stamp_server_info": "0b7c71a8ab15",
    },
    "mcp_types.methods": {
        "validate_client_request": "062a528717f5",
        "serialize_server_result": "82775e32709b",
    },
    "mcp_types._types": {
        "CallToolRequestParams": "681325317103",
        "CallToolResult": "f9bde3ebf29e",
    },
    "mcp_types.jsonrpc": {
        "JSONRPCRequest": "d2805e397c0f",
        "JSONRPCResponse": "33e9c5fd399e",
    },
}
"""The source that was read for it, by module: functions and models, with digests."""

ADVICE = """\
The SDK does something else with tool calls than the short way was written by. Read what
has changed, and templates/runtime/naftiko_runtime/mcp/fast_path.py again: a call that
it answers must still get the SDK's answer, and one that the SDK refuses must not be
answered. Compare many
requests (NAFTIKO_DIRECT_CALLS=50000 pytest tests/behaviour/test_direct_calls.py), then
write the new digests into tests/behaviour/sdk_checks.py."""


def changed() -> Iterator[str]:
    """Yield the names whose source has changed, with the new digests."""
    for module, digests in READ.items():
        for name, digest in digests.items():
            now = _digest(resolve_name(f"{module}:{name}"))
            if now != digest:
                yield f"{module}:{name} {now}"


def _digest(member: object) -> str:
    """Return a digest of source code without comments, docstrings and layout."""
    code = member.fget if isinstance(member, property) else member
    assert inspect.isclass(code) or inspect.isfunction(code)
    source = re.sub(r'"""[\s\S]*?"""|#.*|\s+', "", inspect.getsource(code))
    return sha256(source.encode()).hexdigest()[:12]
