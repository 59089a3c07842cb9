"""Descriptions of the language's keys, a sentence each, which editors show."""

from __future__ import annotations

_NOT_OBSERVED = "For other programs: the package has health and status only."

_ITEMS = "The type of an array's items."
_MEMBERS = "The members of an object."
_COMMON = {
    "name": "The name by which the spec refers to it.",
    "label": "The name shown to people.",
    "description": "A description for people and agents.",
    "namespace": "The name by which other parts of the spec refer to it.",
    "type": "The type of the value.",
    "value": "A constant, or a template such as {{NAME}}.",
    "required": "Whether a value is required.",
    "style": "How a list or an object is sent, as in OpenAPI.",
    "allowReserved": "Whether reserved characters of URLs are sent as they are.",
    "explode": "Whether items or members are parameters of their own, as in OpenAPI.",
    "encoding": "The styles of fields, by their names.",
    "data": "A template of the request's body.",
    "alternatives": "Bodies of other types; the header Content-Type chooses one.",
    "username": "The user name: a template such as {{NAME}}, or a text.",
    "password": "The password: a template such as {{NAME}}.",
    "inputParameters": "The inputs.",
    "outputParameters": "The shape of the response. Without it, the upstream"
    " response is returned unchanged.",
    "binds": "Names for templates, and the environment variables that they read.",
    "address": "The address of the adapter. Its package listens on this machine alone, "
    "unless <NAMESPACE>_HOST sets another address.",
    "authentication": "How clients of the adapter are authenticated.",
    "enum": "The values that are accepted.",
    "pattern": "A regular expression that matches somewhere in the value.",
    "default": "The value if the client passes none.",
    "apiDefault": "The value that the upstream assumes if it gets none.",
    "additionalProperties": "The type of members that 'properties' doesn't list, or "
    "whether there may be some.",
    "format": "The form of the value, such as date-time. It isn't checked.",
    "minimum": "The least value.",
    "maximum": "The greatest value.",
    "exclusiveMinimum": "A bound that the value exceeds.",
    "exclusiveMaximum": "A bound that the value stays below.",
    "minLength": "The least number of characters.",
    "maxLength": "The greatest number of characters.",
    "minItems": "The least number of items.",
    "maxItems": "The greatest number of items.",
    "anyOf": "Types of which the value has at least one.",
    "oneOf": "Types of which the value has exactly one.",
    "nullable": "Whether the value may also be null.",
    "steps": "Calls and lookups, whose answers later steps refer to.",
    "mappings": "The members of the answer, made of the answers of steps.",
    "ref": "A function of an aggregate: namespace.function.",
    "forward": "The API that gets all requests that no operation of the route takes.",
    "targetNamespace": "The namespace of the consumed API.",
    "trustedHeaders": "The headers of clients that are passed on.",
    "prompts": "The prompts.",
    "uri": "The address of the resource; {name} in it is an input.",
    "mimeType": "The media type of the content.",
    "binary": "Whether the content is bytes, even if they are text.",
    "template": "The messages.",
    "arguments": "The arguments, which are texts.",
    "role": "Who says the message.",
    "content": "The text; {{name}} in it is an argument.",
    "aggregates": "Functions that several routes and tools share.",
    "outputSchema": "For JSON, the schema of the response. For Avro and Protocol "
    "Buffers, the path of the schema. For HTML a CSS selector, for Markdown the start "
    "of headings.",
    "outputExample": "A response, with which the mock answers.",
    "outputMediaType": "The media type of successful answers that pass unchanged.",
    "maxBinarySize": "The size up to which binary answers pass, such as 5MiB.",
    "responses": "The responses, by status, for OpenAPI.",
    "responseBinary": "The successful response, which is bytes.",
    "mediaType": "The media type.",
    "status": "The status of the response.",
    "schema": "A JSON Schema of the body.",
    "ttlMs": "How long clients may keep lists and contents, in milliseconds.",
    "cacheScope": "Whether others may share them: public or private.",
    "call": "The upstream operation to call: namespace.operation.",
    "with": "Values for the operation's parameters: a reference such as"
    " {namespace}.input, a template such as {{input}}, or a constant.",
    "method": "The HTTP method.",
    "port": "The port on which the adapter listens, unless <NAMESPACE>_PORT sets"
    " another one.",
}

_OF_MODELS = {
    "Spec": {
        "naftiko": "The version of the language.",
        "info": "Facts about the capability.",
        "consumes": "Write upstreams below 'capability'.",
        "capability": "The consumed APIs and the exposed adapters.",
    },
    "About": {
        "label": "The name of the capability, shown to people.",
        "tags": "Keywords for search.",
        "created": "The day of creation: YYYY-MM-DD.",
        "modified": "The day of the last change: YYYY-MM-DD. It is the version of the"
        " package if 'version' is absent.",
        "version": "The version of the package.",
        "stakeholders": "The people who have a stake in the capability.",
    },
    "Person": {
        "role": "The person's role.",
        "fullName": "First and last name.",
        "email": "The address of the person.",
    },
    "Capability": {
        "consumes": "The upstream APIs.",
        "exposes": "The adapters: a REST API, an MCP server, Agent Skills, and the"
        " health of the process.",
    },
    "Binding": {
        "location": "The source of the values: a file (`file:///./x.yaml`) or a"
        " provider (`vault://`); the environment if left out.",
        "keys": "Names for templates, each with its environment variable, or with its"
        " key in the file or at the provider.",
        "defaults": "The values of variables that aren't set.",
        "choices": "The values that variables may have.",
    },
    "Consumes": {
        "type": "The kind of API.",
        "baseUri": "The base URI of the API: http or https, a host,"
        " and optionally a path.",
        "authentication": "How requests are authenticated.",
        "inputParameters": "Parameters of every operation.",
        "resources": "The paths of the API.",
    },
    "ConsumedResource": {
        "path": "The path below the base URI; {{name}} is a variable in it.",
        "inputParameters": "Parameters of every operation of the path.",
        "operations": "The operations of the path.",
    },
    "ConsumedOperation": {
        "inputParameters": "The operation's parameters.",
        "outputRawFormat": "The format of the response.",
        "outputParameters": "Names for parts of the response.",
        "body": "The request's body; {{name}} in it is a parameter.",
    },
    "ResponseExample": {
        "status": "The status, 200 by default.",
        "mediaType": "The media type; by default JSON, of the operation's schema.",
        "text": "The body. An empty one without a media type is no body; without this "
        "key, the body is any of its media type.",
    },
    "ConsumedInput": {
        "name": "The parameter's name on the wire.",
        "in": "Where the parameter is sent.",
        "value": "Makes the parameter fixed: a constant or a template.",
    },
    "ConsumedOutput": {"value": "A JSONPath into the response."},
    "JsonBody": {
        "type": "The kind of body.",
        "data": "A template of the JSON; without it, the client provides the body.",
    },
    "TextBody": {
        "type": "text, xml, sparql, or a media type.",
        "data": "The text; {{name}} in it is a parameter.",
        "contentType": "The media type, if it isn't the type.",
    },
    "BytesBody": {
        "type": "A media type; an alternative may have a range, such as image/*.",
        "data": "A template such as {{name}}; the value is base64.",
    },
    "FormBody": {"type": "The kind of body.", "data": "The fields, or a text."},
    "MultipartBody": {
        "type": "The kind of body.",
        "data": "The parts, or a template of an object, whose members are parts.",
        "encoding": "How members of the object are sent, by their names.",
    },
    "Encoding": {
        "contentEncoding": "The text of a field that is bytes.",
        "filename": "The name of a file.",
        "contentType": "The media type of the part.",
        "headers": "Other headers of the part; {{name}} in them is a parameter.",
    },
    "Part": {
        "filename": "The file name of the part.",
        "contentType": "The media type of the part.",
        "headers": "Other headers of the part; {{name}} in them is a parameter.",
    },
    "Bearer": {"type": "The kind of credential.", "token": "A template: {{NAME}}."},
    "Basic": {"type": "The kind of credential."},
    "Digest": {"type": "The kind of credential."},
    "ApiKey": {
        "type": "The kind of credential.",
        "key": "The name of the header, parameter, cookie, member or variable.",
        "placement": "Where the key is sent.",
    },
    "OAuth1": {
        "type": "The kind of credential.",
        "consumerKey": "The client's identity.",
        "signingKey": "An RSA key: a template of PEM, or of the path of its file.",
        "consumerSecret": "The client's secret, for HMAC.",
        "token": "The token of the user for whom the client acts.",
        "tokenSecret": "The secret of the token.",
        "signatureMethod": "How requests are signed.",
    },
    "OAuth2": {
        "type": "The kind of credential.",
        "grantType": "How the token is obtained.",
        "tokenEndpoint": "The URL that issues tokens.",
        "clientId": "The client's identity.",
        "clientSecret": "The client's secret.",
        "scopes": "The permissions that the token grants.",
        "audience": "The audience of the token.",
        "resource": "The API that the token is for.",
        "authorizationServerUri": "The server that issues tokens.",
    },
    "ResourceServer": {
        "type": "The kind of credential.",
        "authorizationServerUri": "The server that issues tokens: their issuer.",
        "resource": "The URL of this adapter, and the audience of tokens.",
        "audience": "The audience of tokens, if it isn't 'resource'.",
        "scopes": "The permissions that a token must grant.",
        "tokenEndpoint": "The URL that issues tokens, for the OpenAPI document.",
        "tokenValidation": "How tokens are checked: by the keys of their issuer.",
    },
    "SigV4": {
        "type": "The kind of credential.",
        "accessKeyId": "The identity of the key.",
        "secretKey": "The key.",
        "sessionToken": "The token of a temporary key.",
        "region": "The region of the service.",
        "service": "The name of the service in signatures.",
    },
    "Hmac": {
        "type": "The kind of credential.",
        "apiId": "The identity of the key.",
        "apiKey": "The key.",
    },
    "Certificate": {
        "type": "The kind of credential.",
        "certPath": "A file of PEM or PKCS #12 that holds certificate and key.",
        "certPassword": "The password of the file.",
    },
    "Rest": {"type": "The kind of adapter.", "resources": "The routes."},
    "RestResource": {
        "path": "The path of the routes; {name} is a variable in it.",
        "inputParameters": "Inputs of every operation of the path.",
        "operations": "The operations of the path, one per method.",
    },
    "InputPart": {"items": _ITEMS, "properties": _MEMBERS},
    "ToolInput": {"items": _ITEMS, "properties": _MEMBERS},
    "RestInput": {
        "in": "Where the client sends the input.",
        "items": _ITEMS,
        "properties": _MEMBERS,
        "value": "A JSONPath into the body of the request.",
    },
    "Mcp": {
        "type": "The kind of adapter.",
        "transport": "How clients connect.",
        "description": "A description of the server, given to clients as instructions.",
        "tools": "The tools.",
        "resources": "The resources: files, and answers of operations.",
    },
    "Resource": {
        "location": "A file or a directory of files, below the spec.",
    },
    "DeclaredResponse": {"content": "The bodies, by their media types."},
    "ResponseContent": {"binary": "Whether the body is bytes."},
    "Prompt": {"location": "A file with the only message."},
    "CallStep": {
        "type": "The kind of step.",
        "name": "The name by which later steps and mappings refer to the answer.",
        "call": "The operation: namespace.name.",
        "with": "The arguments; {{step.member}} is a part of an earlier answer.",
    },
    "LookupStep": {
        "type": "The kind of step.",
        "name": "The name by which later steps and mappings refer to the answer.",
        "index": "The earlier step whose answer is searched.",
        "match": "The member of its entries that is compared.",
        "lookupValue": "The wanted value or values: a JSONPath that starts with a"
        " step, or a template.",
        "outputParameters": "The members of an entry that are returned.",
    },
    "ScriptStep": {
        "type": "The kind of step.",
        "name": "The name by which later steps and mappings refer to the result.",
        "language": "The language of the script: python.",
        "location": "The directory of the script, inside the spec's directory.",
        "file": "The script, which assigns to 'result'.",
        "dependencies": "Scripts that run before it and share their names with it.",
        "with": "Further members of the script's 'context'.",
    },
    "StepMapping": {
        "targetName": "A member of the answer; dots nest objects.",
        "value": "A JSONPath that starts with a step, or a template.",
    },
    "Aggregate": {"functions": "The functions."},
    "Function": {"semantics": "The effects of the function."},
    "Semantics": {
        "safe": "Whether calls change nothing.",
        "idempotent": "Whether a second equal call changes nothing more.",
        "cacheable": "For documentation.",
    },
    "Tool": {"hints": "Hints about the tool's effects."},
    "Hints": {
        "readOnly": "Whether calls change nothing.",
        "destructive": "Whether calls may delete or overwrite something.",
        "idempotent": "Whether a second equal call changes nothing more.",
        "openWorld": "Whether calls reach things beyond the server.",
    },
    "Skills": {
        "type": "The kind of adapter.",
        "skills": "The skills.",
    },
    "Control": {
        "type": "The kind of adapter.",
        "management": "The pages of the adapter.",
        "observability": _NOT_OBSERVED,
    },
    "Management": {
        "health": "Whether /health/live and /health/ready are served.",
        "info": "Whether /status is served.",
        "reload": _NOT_OBSERVED,
        "validate": _NOT_OBSERVED,
        "logs": _NOT_OBSERVED,
        "scripting": "Defaults and limits of scripts.",
    },
    "LogPages": {
        "level-control": _NOT_OBSERVED,
        "stream": _NOT_OBSERVED,
        "max-subscribers": _NOT_OBSERVED,
    },
    "Scripting": {
        "enabled": "Whether scripts may run, if the environment permits them.",
        "defaultLocation": "The directory of scripts.",
        "defaultLanguage": "The language of scripts: python.",
        "timeout": "The milliseconds that a script may take.",
        "statementLimit": "For other programs: packages limit time and memory.",
        "allowedLanguages": "The allowed languages: python has to be among them.",
    },
    "Observability": {
        "enabled": "Whether other programs observe calls.",
        "metrics": _NOT_OBSERVED,
        "traces": _NOT_OBSERVED,
        "exporters": _NOT_OBSERVED,
    },
    "Metrics": {"local": _NOT_OBSERVED},
    "Traces": {
        "sampling": _NOT_OBSERVED,
        "propagation": _NOT_OBSERVED,
        "local": _NOT_OBSERVED,
    },
    "LocalEndpoint": {"enabled": _NOT_OBSERVED, "buffer-size": _NOT_OBSERVED},
    "Exporters": {"otlp": _NOT_OBSERVED},
    "Exporter": {"endpoint": _NOT_OBSERVED},
    "Skill": {
        "license": "The license of the skill.",
        "compatibility": "Requirements of the skill.",
        "metadata": "Additional values; their meaning is up to the author.",
        "allowed-tools": "Tools that may be used without asking.",
        "argument-hint": "The arguments to give when calling the skill by its name.",
        "user-invocable": "Whether people may call the skill by its name.",
        "disable-model-invocation": "Whether only people may call the skill.",
        "location": "A directory with further files.",
        "tools": "The tools and routes that the skill describes.",
    },
    "SkillTool": {
        "from": "The tool or route.",
        "instruction": "A file of instructions.",
    },
    "Source": {
        "sourceNamespace": "The adapter's namespace.",
        "action": "The name of the tool or of the route's operation.",
    },
    "Output": {
        "type": "The type of the value.",
        "mapping": "A JSONPath into the response.",
        "value": "The value, if it is always the same.",
        "const": "The value, if it is always the same.",
        "properties": "The members of an object.",
        "items": "The shape of each element of an array.",
    },
}


def description(model: str, key: str) -> str:
    """Return the description of a key of a model."""
    own = _OF_MODELS.get(model, {})
    return own[key] if key in own else _COMMON[key]
