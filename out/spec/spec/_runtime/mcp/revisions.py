"""Names and numbers of MCP, as the official SDK has them.

The SDK isn't imported for them, because a server mostly answers without it.
"""

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""The revisions that begin with `initialize`; their results have the same members."""
UNNAMED = "2025-03-26"
"""The revision of an HTTP request that names none."""
MODERN = "2026-07-28"

META = "io.modelcontextprotocol/"
PROTOCOL_VERSION_META_KEY = f"{META}protocolVersion"
CLIENT_CAPABILITIES_META_KEY = f"{META}clientCapabilities"
CLIENT_INFO_META_KEY = f"{META}clientInfo"
SERVER_INFO_META_KEY = f"{META}serverInfo"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020

LONGEST_BODY = 4 * 1024 * 1024
"""The most bytes of a request over HTTP."""
