"""What the keys of the language mean, in a sentence each, as editors show it."""

from __future__ import annotations

_NOT_YET = "Can't be compiled yet."

_COMMON = {
    "name": "How it is called.",
    "label": "Its name for people.",
    "description": "What it is, for people and agents.",
    "namespace": "The name by which other places refer to it.",
    "type": "The type of the value.",
    "value": "A constant, or a template such as {{NAME}}.",
    "required": "Whether it has to be given.",
    "username": "The user name: a template such as {{NAME}}, or a text.",
    "password": "The password: a template such as {{NAME}}.",
    "inputParameters": "The inputs that it takes.",
    "outputParameters": "What the answer looks like; without any, it passes through.",
    "binds": "Names that templates use, and the environment variables they stand for.",
    "address": "Where an adapter listens. Its package listens on this machine alone, "
    "unless <NAMESPACE>_HOST says otherwise.",
    "authentication": _NOT_YET,
    "steps": _NOT_YET,
    "mappings": _NOT_YET,
    "ref": _NOT_YET,
    "forward": _NOT_YET,
    "prompts": _NOT_YET,
    "aggregates": _NOT_YET,
    "outputSchema": _NOT_YET,
    "call": "The upstream operation that it calls: namespace.operation.",
    "with": "What the operation's parameters are given: a reference such as"
    " {namespace}.input, a template such as {{input}}, or a constant.",
    "method": "The HTTP method.",
    "port": "The port on which the adapter listens, unless <NAMESPACE>_PORT says"
    " otherwise.",
}

_OF_MODELS = {
    "Spec": {
        "naftiko": "The version of the language.",
        "info": "What the capability is.",
        "consumes": "Upstreams stand below 'capability'.",
        "capability": "What is consumed and what is exposed.",
    },
    "About": {
        "label": "The capability's name for people.",
        "tags": "Words to find it by.",
        "created": "The day on which it was written: YYYY-MM-DD.",
        "modified": "The day of its last change, which becomes the package's version"
        " if 'version' doesn't say another one.",
        "version": "The version of the package.",
        "stakeholders": "Those who have a stake in it.",
    },
    "Person": {
        "role": "What the person is to the capability.",
        "fullName": "First and last name.",
        "email": "The address of the person.",
    },
    "Capability": {
        "consumes": "The upstream APIs.",
        "exposes": "The adapters: a REST API, an MCP server, Agent Skills.",
    },
    "Binding": {
        "location": "A file that holds the values.",
        "keys": "A name for templates each, and the environment variable that it"
        " stands for.",
    },
    "Consumes": {
        "type": "The kind of API.",
        "baseUri": "Where the API is: http or https, a host, perhaps a path.",
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
        "outputRawFormat": "The format of the answer; only JSON can be shaped.",
        "outputParameters": "Names for parts of the answer.",
        "body": "The request's body; {{name}} in it is a parameter.",
    },
    "ConsumedInput": {
        "name": "The parameter's name on the wire.",
        "in": "Where the parameter is sent.",
        "value": "Makes the parameter fixed: a constant or a template.",
    },
    "ConsumedOutput": {"value": "A JSONPath into the answer."},
    "JsonBody": {
        "type": "The kind of body.",
        "data": "A template of the JSON; without it the caller gives the body.",
    },
    "TextBody": {
        "type": "text, xml, sparql, or a media type.",
        "data": "The text; {{name}} in it is a parameter.",
    },
    "BytesBody": {
        "type": "A media type.",
        "data": "A template such as {{name}}; the value is base64.",
    },
    "FormBody": {"type": "The kind of body.", "data": "The fields, or a text."},
    "MultipartBody": {"type": "The kind of body.", "data": "The parts."},
    "Part": {
        "filename": "The name of the file that the part is.",
        "contentType": "The media type of the file that the part is.",
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
        "token": "The token of who the client acts for.",
        "tokenSecret": "The secret of the token.",
        "signatureMethod": "How requests are signed.",
    },
    "OAuth2": {
        "type": "The kind of credential.",
        "grantType": "How the token is got.",
        "tokenEndpoint": "The URL that gives tokens.",
        "clientId": "The client's identity.",
        "clientSecret": "The client's secret.",
        "scopes": "What the token is to allow.",
        "audience": "Who the token is for.",
        "resource": "The API that the token is for.",
        "authorizationServerUri": "The server that gives tokens.",
    },
    "SigV4": {
        "type": "The kind of credential.",
        "accessKeyId": "The identity of the key.",
        "secretKey": "The key.",
        "sessionToken": "The token of a temporary key.",
        "region": "The region of the service.",
        "service": "The service as signatures name it.",
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
        "operations": "What the path answers, a method each.",
    },
    "RestInput": {
        "in": "Where the caller gives the input.",
        "pattern": "A regular expression for the value.",
        "value": "A JSONPath into the request's body.",
    },
    "Mcp": {
        "type": "The kind of adapter.",
        "transport": "How clients connect.",
        "description": "What the server is, which clients get as its instructions.",
        "tools": "The tools.",
        "resources": _NOT_YET,
    },
    "Tool": {"hints": "What the tool says of its effects."},
    "Hints": {
        "readOnly": "Whether calls change nothing.",
        "destructive": "Whether calls may delete or overwrite something.",
        "idempotent": "Whether a second equal call changes nothing more.",
        "openWorld": "Whether calls reach things beyond the server.",
    },
    "Skills": {
        "type": "The kind of adapter.",
        "port": "Ignored: skills are files.",
        "skills": "The skills.",
    },
    "Skill": {
        "license": "The license of the skill.",
        "compatibility": "What the skill needs.",
        "metadata": "Values of the author's own.",
        "allowed-tools": "Tools that may be used without asking.",
        "argument-hint": "What to give when the skill is called by its name.",
        "user-invocable": "Whether people may call the skill by its name.",
        "disable-model-invocation": "Whether only people may call the skill.",
        "location": "A directory with further files.",
        "tools": "The tools and routes that the skill is about.",
    },
    "SkillTool": {
        "from": "The tool or route that is meant.",
        "instruction": "A file of instructions.",
    },
    "Source": {
        "sourceNamespace": "The adapter's namespace.",
        "action": "The name of the tool or of the route's operation.",
    },
    "Output": {
        "type": "The type of the value.",
        "mapping": "A JSONPath into the answer.",
        "value": "The value, if it is always the same.",
        "const": "The value, if it is always the same.",
        "properties": "The members of an object.",
        "items": "What each element of an array looks like.",
    },
}


def description(model: str, key: str) -> str:
    """Return what a key of a model means; each has a description."""
    own = _OF_MODELS.get(model, {})
    return own[key] if key in own else _COMMON[key]
