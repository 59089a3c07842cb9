"""The names of the runtime that emitted modules import, and their modules."""

from __future__ import annotations

_NAMES = {
    "bodies": (
        "bare_media_type BASE64 base64_body base64_text bytes_body checked_file_name "
        "decode_base64 deep_parts field_parts FieldMember file_parts FileMember "
        "form_body form_escaped graphql_block graphql_text graphql_value listed_type "
        "multipart_body multipart_object object_form parse_body text_body write_text "
        "xml_escaped"
    ),
    "bound_files": "BoundFile",
    "errors": "CallError NaftikoError",
    "http.access_token": "AccessTokenAuthentication",
    "http.guards": "BearerAuthentication Joined NoAuthentication Variable",
    "http.routes": "reference",
    "http.keys": (
        "BasicAuthentication CookieKeyAuthentication DigestAuthentication "
        "HeaderKeyAuthentication QueryKeyAuthentication"
    ),
    "forwards": "Forward",
    "inputs": (
        "ANYTHING ARRAY BOOLEAN INTEGER NUMBER OBJECT Property STRING array object_of"
    ),
    "mcp.answers": "AnsweringTool ItemList ToolTable with_limit",
    "mcp.dispatching": "GroupedToolset SearchToolset",
    "mcp.http": "McpApp create_mcp_app",
    "mcp.offers": "CacheHints Offer ServerInfo ServerOptions",
    "mcp.paging": "Cursor LastItem NextLink NextUrl Offset PageNumber",
    "mcp.resources": (
        "FileResource Message Prompt PromptArgument Prompts Resource Resources "
        "ServedResource Value"
    ),
    "mcp.sdk": "server_factory",
    "mcp.stdio": "speak",
    "mcp.tools": (
        "ADDS ALTERS Argument BodyArguments ConstantArgument LeanToolset READS "
        "REPLACES Tool"
    ),
    "outputs.avro": "avro_reader",
    "outputs.flows": (
        "answer as_array as_step EACH find flow lookup mock pick_each pick_needed "
        "together unless_gone unread with_declared"
    ),
    "outputs.html": "Part html_document html_tables",
    "outputs.markdown": "markdown_document markdown_sections",
    "outputs.protobuf": "protobuf_reader",
    "outputs.script": "Script",
    "outputs.shapes": (
        "at at_most below binary_reply csv_rows each either elements equal every "
        "length less members within nodes only pick piece psv_rows shape "
        "shape_or_pass tsv_rows "
        "typed_reply where"
    ),
    "outputs.xml": "xml_below xml_document",
    "outputs.yaml": "yaml_document",
    "patterns": "contains matches matching",
    "pytest_plugin": "Recorder anyio_backend",
    "rest": (
        "AppOptions Body Cookie Header JsonBody Member Path Query RawBody Route "
        "TextBody create_rest_app"
    ),
    "schemas": (
        "any_of InputTable just_one_of nullable one_of refine shallow Types "
        "without_check"
    ),
    "serving.command": "run_command",
    "serving.mcp_setup": "add_mcp_config",
    "serving.program": (
        "ControlAdapter McpAdapter Program RestAdapter StandaloneProgram"
    ),
    "serving.skills": "SkillAdapter",
    "observing.stop": "Stop",
    "settings": (
        "BaseSettings Usual alternative_credential base_uri credential "
        "templated_base_uri text"
    ),
    "testing": (
        "content_reply CREATED EMPTY file_reply json_reply MockUpstream Sample "
        "table_reply xml_reply"
    ),
    "transport": (
        "BodyValue Content FileContent Reply StatusError Transport "
        "TransportMiddleware"
    ),
    "upstream.client": "ClientPool Upstream open_client",
    "upstream.credentials": (
        "BodyKey Digest FirstSet HeaderKeys Hmac OAuth1 OAuth2 OneCookieHeader "
        "QueryKeys SigV4 hmac_signature"
    ),
    "upstream.forwarding": "Forwarded forward",
    "upstream.private_keys": "Certificate rsa_signature",
    "upstream.requests": (
        "basic cookie_header label_segment matrix_segment path_text reserved_path "
        "segment simple_segment simple_text"
    ),
    "values": (
        "Deep JsonObject JsonValue delimited_items delimited_text exploded_members "
        "join_if_present join_values keep_reserved read_table reserved_parts "
        "without_absent"
    ),
}
"""The names by module, which is relative to the runtime's package."""

_PAIRS = tuple(
    (name, module) for module, names in _NAMES.items() for name in names.split()
)
MODULES = dict(_PAIRS)
"""The module of each name."""


def functions_of(*modules: str) -> frozenset[str]:
    """Return the functions of modules."""
    return frozenset(
        name for name, module in _PAIRS if name.islower() and module in modules
    )


_PUBLIC_MODULES = ("errors", "http.guards", "transport")
"""The modules of the runtime that packages export, for code that extends them."""


def runtime_origins(package: str) -> dict[str, tuple[str, str]]:
    """Return where each name is defined; `package` is the runtime's, as imported."""
    modules = (f"{package}.{module}".rpartition(".") for module in _PUBLIC_MODULES)
    return {
        **{name: (f"{package}.{module}", name) for name, module in _PAIRS},
        **{name: (parent, name) for parent, _, name in modules},
    }
