"""The names of the runtime that emitted modules import, and their modules."""

from __future__ import annotations

from naftiko_gen.emit.signers import SIGNER_KINDS

_NAMES = {
    "auth.alternatives": "FirstSet",
    "auth.basic": "basic",
    "auth.body_key": "BodyKey",
    "auth.cookies": "OneCookieHeader",
    "auth.keys": "HeaderKeys QueryKeys",
    "auth.oauth1": "hmac_signature",
    "auth.rsa": "rsa_signature",
    "bodies.base64": "BASE64 base64_body base64_text decoded",
    "bodies.form": "form_body form_escaped",
    "bodies.graphql": "graphql_block graphql_text graphql_value",
    "bodies.multipart": (
        "checked_file_name deep_parts field_parts file_parts multipart_body"
    ),
    "bodies.multipart_object": "FieldMember FileMember multipart_object",
    "bodies.object_form": "object_form",
    "bodies.parsed": "parsed",
    "bodies.media_ranges": "listed_type",
    "bodies.schemas": "Types",
    "bodies.text": "bare_media_type bytes_body text_body written",
    "bodies.xml": "xml_escaped",
    "bound_files": "BoundFile FileSettings",
    "checks": "shallow unchecked",
    "configuration": (
        "BaseSettings alternative_credential base_uri credential templated_base_uri "
        "text"
    ),
    "enumerations": "one_of",
    "errors": "CallError NaftikoError",
    "flows.clients": "unless_gone",
    "flows.lookups": "find lookup",
    "flows.mocks": "mock",
    "flows.steps": "answer flow together unread",
    "flows.values": "EACH as_array needed pick_each with_declared",
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
    "mcp.answers": "AnsweringTool",
    "mcp.cache_hints": "add_cache_hints",
    "mcp.defaults": "DefaultArgument",
    "mcp.http": "McpApp create_mcp_app",
    "mcp.prompts": "Message Prompt Value add_prompts",
    "mcp.resources": "FileResource Resource ServedResource add_resources",
    "mcp.server": "ServerOptions ToolServer",
    "mcp.tool_tables": "ToolTable",
    "mcp.tools": "Argument Tool",
    "mcp_config.options": "add_mcp_config",
    "outputs.avro": "avro_reader",
    "outputs.filters": "at at_most equal length less only where",
    "outputs.binary": "binary_reply typed_reply",
    "outputs.html": "html_document html_tables",
    "outputs.markdown": "markdown_document markdown_sections",
    "outputs.objects": "nested",
    "outputs.path_patterns": "contains matches",
    "outputs.protobuf": "protobuf_reader",
    "outputs.queries": "below either every nodes piece",
    "outputs.selectors": "Part",
    "outputs.shapes": "each elements members pick shape",
    "outputs.tables": "csv_rows psv_rows tsv_rows",
    "outputs.xml": "xml_document",
    "outputs.xml_roots": "xml_below",
    "outputs.yaml": "yaml_document",
    "patterns": "matching",
    "refinements": "nullable refined",
    "reply": "BodyValue Content FileContent Reply StatusError",
    "rest.app": "AppOptions create_rest_app",
    "rest.cookies": "Cookie",
    "rest.default_cookies": "DefaultCookie",
    "rest.defaults": "DefaultHeader DefaultMember DefaultQuery",
    "rest.forward": "Forward",
    "rest.input_tables": "InputTable",
    "rest.inputs": "Body Header JsonBody Member Path Query RawBody TextBody",
    "rest.reference": "reference",
    "rest.routes": "Route",
    "scripts.script": "Script",
    "serving.command": "run_command",
    "serving.control": "ControlAdapter",
    "serving.file_program": "FileProgram",
    "serving.program": "McpAdapter Program RestAdapter",
    "serving.skills": "SkillAdapter",
    "serving.standalone": "StandaloneProgram",
    "settings": "Usual",
    "styles": "Deep delimited_items delimited_text exploded_members reserved "
    "reserved_parts",
    "tables": "read_table",
    "testing.expected": "Prefix",
    "testing.files": "file_reply",
    "testing.flows": "assert_received_all request",
    "testing.formats": "content_reply table_reply xml_reply",
    "testing.keys": "rsa_key",
    "testing.mock": "MockUpstream Sample",
    "testing.plugin": "anyio_backend",
    "testing.replies": "CREATED EMPTY json_reply",
    "transport": "Transport TransportMiddleware",
    "unions": "any_of just_one_of",
    "upstream.client": "Upstream",
    "upstream.client_pool": "open_pool",
    "upstream.cookies": "cookie_header",
    "upstream.forwarding": "Forwarded forward",
    "upstream.streaming_pool": "open_streaming_pool",
    "upstream.styled_segments": "label_segment matrix_segment simple_segment "
    "simple_text",
    "upstream.urls": "path_text reserved_path segment",
    "values": "joined joined_if_present without_absent",
}
"""The names by module, which is relative to the runtime's package."""

_PAIRS = (
    *((name, module) for module, names in _NAMES.items() for name in names.split()),
    *((str(kind.name), f"auth.{kind.module}") for kind in SIGNER_KINDS),
)
MODULES = dict(_PAIRS)
"""The module of each name."""


def functions_of(*subjects: str) -> frozenset[str]:
    """Return the functions of modules, and of all modules in subpackages."""
    return frozenset(
        name
        for name, module in _PAIRS
        if name.islower() and (module in subjects or module.split(".")[0] in subjects)
    )


PUBLIC_MODULES = ("errors", "http.guards")
"""The modules of the runtime that every package exports, for code that extends it."""

CLIENT_MODULES = ("transport",)
"""Further ones that packages with an API client export."""


def runtime_origins(package: str) -> dict[str, tuple[str, str]]:
    """Return where each name is defined; `package` is the runtime's, as imported."""
    modules = (
        f"{package}.{module}".rpartition(".")
        for module in (*PUBLIC_MODULES, *CLIENT_MODULES)
    )
    return {
        **{name: (f"{package}.{module}", name) for name, module in _PAIRS},
        **{name: (parent, name) for parent, _, name in modules},
    }
