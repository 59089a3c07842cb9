"""What published documents have beyond the language: each form with what to write.

The rules of `naftiko_gen.dialects` say what becomes of the forms; where they have a
table of spellings, it is the one that is used here.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import NamedTuple

from naftiko_gen.dialects import (
    adapters,
    authentication,
    bodies,
    document,
    imports,
    names,
)
from naftiko_gen.tools.schema.fragments import (
    DEFINITIONS,
    Fragment,
    definition,
    definitions,
    deprecated,
    reference,
)

_SAID = ("description", "deprecated", "doNotSuggest")
_ANYTHING: Fragment = {}
_OBJECT: Fragment = {"type": "object"}
_TEXT: Fragment = {"type": "string"}
_LIST: Fragment = {"type": "array"}


class _Alias(NamedTuple):
    """A key that is read as another one, which then need not be there."""

    model: str
    alias: str
    key: str


class _Extra(NamedTuple):
    """A key that the language doesn't have, or not there; what its values may be."""

    model: str
    key: str
    fragment: Fragment
    instead: str


_MODELS_OF_CREDENTIALS = {
    "aws-sig-v4": "SigV4",
    "oauth1": "OAuth1",
    "oauth2": "OAuth2",
}
_ALIASES = (
    _Alias("About", "title", "label"),
    _Alias("About", "name", "label"),
    _Alias("Consumes", "auth", "authentication"),
    _Alias("Bearer", "value", "token"),
    _Alias("ApiKey", "header", "key"),
    _Alias("ApiKey", "name", "key"),
    _Alias("ApiKey", "token", "value"),
    _Alias("ApiKey", "in", "placement"),
    _Alias("ConsumedOperation", "id", "name"),
    _Alias("RestOperation", "id", "name"),
    _Alias("Tool", "id", "name"),
    *(_Alias("Import", alias, "location") for alias in imports.LOCATIONS),
    _Alias("Import", "namespace", "import"),
    _Alias("Import", "name", "import"),
    _Alias("Import", "openapi", "import"),
    *(
        _Alias(_MODELS_OF_CREDENTIALS[kind], alias, key)
        for kind, fields in authentication.FIELDS.items()
        for alias, key in fields.items()
    ),
)
_OF_A_CALL = {
    "call": _TEXT,
    "with": _OBJECT,
    "hints": reference("Hints"),
    "inputParameters": {"type": "array", "items": reference("ToolInput")},
    "outputParameters": {"type": "array", "items": reference("Output")},
}
_STATIC = ("Bearer", "Basic", "ApiKey")
_NONE: Fragment = {
    "type": "object",
    "properties": {"type": {"const": "none"}},
    "required": ["type"],
    "additionalProperties": False,
}
_CREDENTIALS: Fragment = {
    "type": "array",
    "items": {"anyOf": [*map(reference, _STATIC), _NONE]},
}
_BODY = "Write the 'body' of the operation."
_EXTRAS = (
    _Extra("About", "personas", _ANYTHING, "It has no meaning: leave it out."),
    _Extra("Bearer", "placement", {"const": "header"}, "Leave it out."),
    *(
        _Extra("ApiKey", key, {"type": ["object", "array"]}, "One key is official.")
        for key in authentication.LISTS
    ),
    *(
        _Extra(model, "alternatives", _CREDENTIALS, "One credential is official.")
        for model in _STATIC
    ),
    _Extra("ConsumedOperation", "path", _TEXT, "Give the path a resource."),
    _Extra("RestOperation", "path", _TEXT, "Give the path a resource."),
    _Extra("RestOperation", "hints", _OBJECT, "Hints are for tools: leave them out."),
    _Extra("RestInput", "mapping", _TEXT, "Write 'with' of the operation."),
    _Extra("ToolInput", "mapping", _TEXT, "Write 'with' of the tool."),
    _Extra(
        "ConsumedInput", "properties", _OBJECT, "Write the 'body' of the operation."
    ),
    _Extra("ConsumedInput", "items", _ANYTHING, "Write the 'body' of the operation."),
    _Extra("Skills", "tools", _LIST, "Give the tools a skill."),
    *(
        _Extra(model, key, fragment, "Refer to a tool by 'from'.")
        for model in ("Skill", "SkillTool")
        for key, fragment in _OF_A_CALL.items()
    ),
    *(
        _Extra(model, key, _ANYTHING, "Write an entry of 'capability.consumes'.")
        for model in ("Spec", "Capability")
        for key in imports.LISTS
    ),
)
_KEPT = (
    ("ConsumedInput", "type", "Say it of the input that feeds the parameter."),
    ("ConsumedInput", "required", "Say it of the input that feeds the parameter."),
    ("ConsumedInput", "description", "Say it of the input that feeds the parameter."),
    ("Rest", "description", "The official language has none here."),
)
"""Keys that mean something to the compiler alone."""
_OPTIONAL = (
    ("ConsumedResource", "name"),
    ("ConsumedInput", "in"),
    ("RestInput", "in"),
    ("Rest", "namespace"),
    ("Rest", "port"),
    ("Mcp", "namespace"),
    ("Skills", "namespace"),
    ("ApiKey", "key"),
    ("ApiKey", "value"),
)
"""What is made up, or found elsewhere, where it is missing."""
_IMPORT: Fragment = {
    "type": "object",
    "description": "An API that another file declares.",
    "properties": {
        "location": {
            "type": "string",
            "description": "The file: a path relative to this one.",
        },
        "import": {
            "type": "string",
            "description": "The namespace that the API has in the file.",
        },
        "as": {
            "type": "string",
            "description": "The namespace that the API has here.",
        },
        "description": {
            "type": "string",
            "description": "What it is, for people and agents.",
        },
    },
    "required": ["location"],
    "additionalProperties": False,
}


def with_dialect(schema: Fragment) -> Fragment:
    """Add every form of the dialect to the schema of the language, and return it."""
    schema[DEFINITIONS]["Import"] = deepcopy(_IMPORT)
    for alias in _ALIASES:
        _add_alias(definition(schema, alias.model), alias)
    for extra in _EXTRAS:
        properties = definition(schema, extra.model)["properties"]
        properties[extra.key] = deprecated(extra.fragment, extra.instead)
    for name, key, instead in _KEPT:
        properties = definition(schema, name)["properties"]
        properties[key] = deprecated(properties[key], instead)
    _add_imports(definition(schema, "Capability"))
    _add_credentials(schema)
    _add_parameters(definition(schema, "ConsumedInput"))
    _add_bodies(schema)
    _loosen(schema)
    return schema


def _loosen(schema: Fragment) -> None:
    """Accept what is missing, null, or typed as something else."""
    for name, key in _OPTIONAL:
        _let_miss(definition(schema, name), key)
    for model in definitions(schema).values():
        _add_loose_values(model.get("properties", {}))


def _add_alias(model: Fragment, alias: _Alias) -> None:
    fragment = {**model["properties"][alias.key]}
    instead = f"The official key is '{alias.key}'."
    model["properties"].setdefault(alias.alias, deprecated(fragment, instead))
    _release(model, alias.key)


def _release(model: Fragment, key: str) -> None:
    """Let a key be missing."""
    if key in model.get("required", ()):
        model["required"].remove(key)


def _let_miss(model: Fragment, key: str) -> None:
    """Let a key be missing, or null."""
    _release(model, key)
    absent = deprecated({"type": "null"}, "Leave the key out.")
    _add_alternative(model["properties"], key, absent)


def _add_alternative(
    properties: dict[str, Fragment], key: str, fragment: Fragment
) -> None:
    """Accept one more kind of value; what is said of the key stays said of it."""
    held = properties[key]
    said = {k: v for k, v in held.items() if k in _SAID}
    whole = {k: v for k, v in held.items() if k not in _SAID}
    alternatives = whole["anyOf"] if set(whole) == {"anyOf"} else [whole]
    properties[key] = {**said, "anyOf": [*alternatives, fragment]}


def _add_imports(capability: Fragment) -> None:
    consumes = capability["properties"]["consumes"]
    path = deprecated(_TEXT, "Write a mapping with 'location'.")
    consumes["items"] = {"anyOf": [consumes["items"], reference("Import"), path]}


# --- credentials -------------------------------------------------


def _add_credentials(schema: Fragment) -> None:
    """Accept other spellings of types, and types that are the place of a key."""
    for alternative in _alternatives(definition(schema, "Consumes"), "authentication"):
        name = alternative["$ref"].rpartition("/")[2]
        properties = definition(schema, name)["properties"]
        official = properties["type"]["const"]
        found = [w for w, meant in authentication.TYPES.items() if meant == official]
        if official == "apikey":
            found += ["header", "query"]
        _add_spellings(properties, official, [_letters(word) for word in found])
    scopes = deprecated(_TEXT, "Write a list.")
    _add_alternative(definition(schema, "OAuth2")["properties"], "scopes", scopes)


def _alternatives(model: Fragment, key: str) -> list[Fragment]:
    """Return the definitions among which a key chooses."""
    options = model["properties"][key]["anyOf"]
    flat = (each for option in options for each in option.get("anyOf", [option]))
    return [each for each in flat if "$ref" in each]


def _add_spellings(properties: Fragment, official: str, words: list[str]) -> None:
    other = {"type": "string", "pattern": f"^(?:{'|'.join(words)})$"}
    instead = f"The official spelling is '{official}'."
    _add_alternative(properties, "type", deprecated(other, instead))


def _letters(word: str) -> str:
    """Return an expression of a word whose case and punctuation mean nothing."""
    return "[^A-Za-z0-9]*".join(map(_any_case, word))


def _any_case(character: str) -> str:
    """Return an expression of a character in either case; editors know no flags."""
    if character.isalpha():
        return f"[{character}{character.upper()}]"
    return re.escape(character)


# --- parameters and bodies ---------------------------------------


def _add_parameters(parameter: Fragment) -> None:
    """Accept a structure as a value, and parameters without a name."""
    properties = parameter["properties"]
    del properties["name"]["minLength"]
    structure = {"type": ["object", "array"]}
    _add_alternative(properties, "value", deprecated(structure, _BODY))


def _add_bodies(schema: Fragment) -> None:
    """Accept other names of types, and fields where a body has none."""
    for name in ("JsonBody", "TextBody", "BytesBody", "FormBody", "MultipartBody"):
        properties = definition(schema, name)["properties"]
        for word, official in bodies.ALIASES.items():
            if _is_taken(properties["type"], official):
                _add_spellings(properties, official, [_body_word(word)])
    for name in ("TextBody", "BytesBody"):
        field = deprecated(_OBJECT, "Write the value of the only field.")
        _add_alternative(definition(schema, name)["properties"], "data", field)
    fields = deprecated(_OBJECT, "Write a list of parts.")
    _add_alternative(definition(schema, "MultipartBody")["properties"], "data", fields)


def _is_taken(kind: Fragment, official: str) -> bool:
    """Say whether a type is one of those that a definition has."""
    first = kind.get("anyOf", [kind])[0]
    if "const" in first:
        return bool(first["const"] == official)
    return re.fullmatch(first["pattern"], official) is not None


def _body_word(word: str) -> str:
    """Return an expression of a type of body; words may have marks between letters."""
    if "/" in word:
        return "".join(
            f"[{c}{c.upper()}]" if c.isalpha() else re.escape(c) for c in word
        )
    return "[-_ ]*".join(f"[{c}{c.upper()}]" for c in word)


# --- values that were typed as something else --------------------


def _add_loose_values(properties: dict[str, Fragment]) -> None:
    """Accept null for what may be absent, numbers for texts, and texts for a port."""
    for key, fragment in tuple(properties.items()):
        if key in document.COLLECTIONS:
            absent = deprecated({"type": "null"}, "Leave the key out.")
            _add_alternative(properties, key, absent)
        elif key in names.TEXTS and "string" in _types(fragment):
            number = {"type": ["number", "boolean"]}
            quoted = deprecated(number, "Put it into quotes.")
            _add_alternative(properties, key, quoted)
        elif key == "port":
            text = {"type": "string", "pattern": f"^{adapters.PORT.pattern}$"}
            bare = deprecated(text, "Write it without quotes.")
            _add_alternative(properties, key, bare)


def _types(fragment: Fragment) -> set[str]:
    """Return the types that a value may have, as far as they are named."""
    options = fragment.get("anyOf", [fragment])
    return {each["type"] for each in options if isinstance(each.get("type"), str)}
