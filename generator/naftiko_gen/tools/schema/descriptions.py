"""Descriptions of keys that several models have, a sentence each."""

DESCRIPTIONS = {
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
    "username": "The user name: a template such as {{NAME}}, or a text.",
    "password": "The password: a template such as {{NAME}}.",
    "inputParameters": "The inputs.",
    "binds": "Names for templates, and the environment variables that they read.",
    "ref": "A function of an aggregate: namespace.function.",
    "outputMediaType": "The media type of successful answers that pass unchanged.",
    "maxBinarySize": "The size up to which binary answers pass, such as 5MiB.",
    "schema": "A JSON Schema of the body.",
    "method": "The HTTP method.",
    "port": (
        "The port on which the adapter listens, unless <NAMESPACE>_PORT sets another"
        " one."
    ),
}
"""The descriptions by key; a model's own description of a key comes first."""
