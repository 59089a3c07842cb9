"""The names of the runtime that emitted modules import, and their modules."""

from __future__ import annotations

_NAMES = {
    "auth.alternatives": "FirstSet",
    "auth.basic": "basic",
    "auth.body_key": "BodyKey",
    "auth.certificate": "Certificate",
    "auth.digest": "Digest",
    "auth.hmac": "Hmac",
    "auth.keys": "HeaderKeys QueryKeys",
    "auth.oauth1": "OAuth1 hmac_signature",
    "auth.oauth2": "OAuth2",
    "auth.rsa": "rsa_signature",
    "auth.sigv4": "SigV4",
    "bodies.base64": "BASE64 decoded",
    "bodies.form": "form_body form_escaped",
    "bodies.graphql": "graphql_block graphql_text graphql_value",
    "bodies.multipart": "field_parts file_parts multipart_body",
    "bodies.text": "bytes_body text_body written",
    "bodies.xml": "xml_escaped",
    "bound_files": "BoundFile FileSettings",
    "configuration": (
        "BaseSettings alternative_credential base_uri credential templated_base_uri "
        "text"
    ),
    "errors": "CallError NaftikoError",
    "flows.clients": "unless_gone",
    "flows.lookups": "find lookup",
    "flows.steps": "answer flow together unread",
    "flows.values": "EACH as_array needed pick_each",
    "guards.access_token": "AccessTokenAuthentication",
    "guards.authentication": "NoAuthentication",
    "guards.basic": "BasicAuthentication",
    "guards.bearer": "BearerAuthentication",
    "guards.bound_files": "FileAuthentication",
    "guards.digest": "DigestAuthentication",
    "guards.keys": (
        "CookieKeyAuthentication HeaderKeyAuthentication QueryKeyAuthentication"
    ),
    "guards.texts": "Joined Variable",
    "inputs": (
        "ANYTHING ARRAY BOOLEAN INTEGER NUMBER OBJECT STRING Property array object_of"
    ),
    "json": "JsonObject JsonValue",
    "mcp.cache_hints": "add_cache_hints",
    "mcp.http": "McpApp create_mcp_app",
    "mcp.prompts": "Message Prompt Value add_prompts",
    "mcp.resources": "FileResource Resource ServedResource add_resources",
    "mcp.server": "ServerOptions ToolServer",
    "mcp.tools": "Argument Tool",
    "mcp_config.options": "add_mcp_config",
    "outputs.objects": "nested",
    "outputs.shapes": "each elements members pick shape",
    "outputs.tables": "csv_rows psv_rows tsv_rows",
    "outputs.xml": "xml_document",
    "outputs.xml_roots": "xml_below",
    "reply": "BodyValue Content FileContent Reply StatusError",
    "rest.app": "AppOptions create_rest_app",
    "rest.forward": "Forward",
    "rest.inputs": "Body Header JsonBody Member Path Query RawBody TextBody",
    "rest.reference": "reference",
    "rest.routes": "Route",
    "scripts.script": "Script",
    "serving.command": "run_command",
    "serving.control": "ControlAdapter",
    "serving.file_program": "FileProgram",
    "serving.program": "McpAdapter Program RestAdapter",
    "serving.skills": "SkillAdapter",
    "testing.expected": "Prefix",
    "testing.flows": "assert_received_all request",
    "testing.formats": "table_reply xml_reply",
    "testing.keys": "rsa_key",
    "testing.mock": "MockUpstream Sample",
    "testing.plugin": "anyio_backend",
    "testing.replies": "CREATED EMPTY json_reply",
    "transport": "Transport TransportMiddleware",
    "upstream.client": "Upstream",
    "upstream.client_pool": "open_pool",
    "upstream.forwarding": "Forwarded forward",
    "upstream.streaming_pool": "open_streaming_pool",
    "upstream.urls": "path_text segment",
    "values": "joined joined_if_present without_absent",
}
"""The names by module, which is relative to the runtime's package."""

MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}
"""The module of each name."""
