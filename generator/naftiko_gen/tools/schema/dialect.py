"""Forms of published specs that the language lacks, each with its official form.

The rules of `naftiko_gen.dialects` rewrite these forms. Tables of spellings are theirs.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import get_args

from naftiko_gen.dialects.detection import NAFTIKO_ALPHA3, SNAPSHOT, Dialect
from naftiko_gen.dialects.forms import OBJECT, TEXT, Alias
from naftiko_gen.dialects.rules import (
    ALIASES,
    EXTRAS,
    adapters,
    authentication,
    documents,
    parameters,
)
from naftiko_gen.dialects.rules.adapters import OLDER_TYPE
from naftiko_gen.language import models
from naftiko_gen.tools.schema.language import (
    DEFINITIONS,
    ROOT,
    Fragment,
    definition,
    definitions,
    deprecate,
    reference,
)

_ANNOTATIONS = ("description", "deprecated", "doNotSuggest")
_LIST: Fragment = {"type": "array"}


_BODY = "Write the 'body' of the operation."
_INPUT = "Declare it on the input that feeds the parameter."
_KEPT = (
    *(("ConsumedInput", key, _INPUT) for key in ("type", "required", "description")),
    ("ConsumedInput", "schema", _INPUT),
    ("Rest", "description", "Leave the key out: the official language lacks it."),
)
"""Keys that only this compiler supports."""
_OPTIONAL = (
    ("ConsumedResource", "name"),
    ("ConsumedInput", "in"),
    ("RestInput", "in"),
    ("Rest", "namespace"),
    ("Rest", "port"),
    ("Mcp", "namespace"),
    ("Skills", "namespace"),
    ("Control", "namespace"),
    ("Control", "port"),
    ("ApiKey", "key"),
    ("ApiKey", "value"),
)
"""Keys whose value the compiler can infer."""


def _text(description: str) -> Fragment:
    return {**TEXT, "description": description}


_IMPORT: Fragment = {
    "type": "object",
    "description": "An API that another file declares.",
    "properties": {
        "location": _text("The file: a path relative to this one."),
        "import": _text("The namespace of the API in the file."),
        "as": _text("The namespace of the API in this spec."),
        "description": _text("A description for people and agents."),
        "authentication": _text(
            "The credential of an OpenAPI document's API: bearer, basic,"
            " apikey:HEADER or apikey:query:NAME."
        ),
    },
    "required": ["location"],
    "additionalProperties": False,
}


def with_dialect(schema: Fragment) -> Fragment:
    """Add every form of the dialects to the schema of the language, and return it."""
    schema[DEFINITIONS]["Import"] = deepcopy(_IMPORT)
    schema[DEFINITIONS]["PartImport"] = _part_import()
    for alias in ALIASES:
        for name in alias.models:
            _add_alias(definition(schema, name), alias)
    for extra in EXTRAS:
        for name in extra.models:
            properties = definition(schema, name)["properties"]
            properties[extra.key] = deprecate(extra.fragment, extra.instead)
    for name, key, instead in _KEPT:
        properties = definition(schema, name)["properties"]
        properties[key] = deprecate(properties[key], instead)
    _add_imports(definition(schema, "Capability"), definition(schema, ROOT))
    _add_credentials(schema)
    _add_parameters(definition(schema, "ConsumedInput"))
    _add_bodies(schema)
    _add_snapshots(definition(schema, ROOT))
    _add_listed_items(definition(schema, "Output"))
    _add_listed_properties(schema)
    _add_spellings(definition(schema, "Rest")["properties"], "rest", [OLDER_TYPE])
    text = deprecate(TEXT, "Write a list of messages.")
    _add_alternative(definition(schema, "Prompt")["properties"], "template", text)
    # A tool with `ref` has the name of its function.
    _make_optional(definition(schema, "Tool"), "name")
    _accept_loose_values(schema)
    return schema


def _add_snapshots(root: Fragment) -> None:
    key, alpha3 = NAFTIKO_ALPHA3
    _add_alternative(root["properties"], key, snapshots(key))
    older = deprecate({"const": alpha3}, f"Write '{Dialect.ALPHA2.version}'.")
    _add_alternative(root["properties"], key, older)


def snapshots(key: str) -> Fragment:
    """Return the schema of the versions of a root key that aren't released yet."""
    names = [f"{version}{SNAPSHOT}" for version in Dialect.versions(key)]
    return deprecate({"type": "string", "enum": names}, "Write a released version.")


def _add_listed_items(output: Fragment) -> None:
    """Accept the list of members by which outputs of steps describe items."""
    array = {"type": "array", "items": reference("Output")}
    _add_alternative(output["properties"], "items", array)


def _add_listed_properties(schema: Fragment) -> None:
    """Accept lists of single keys in place of properties."""
    for model in definitions(schema).values():
        properties = model.get("properties", {})
        members = properties.get("properties", {}).get("additionalProperties")
        if members:
            item = {**OBJECT, "maxProperties": 1, "additionalProperties": members}
            array = deprecate({**_LIST, "items": item}, "Write a mapping.")
            _add_alternative(properties, "properties", array)


def _accept_loose_values(schema: Fragment) -> None:
    """Accept absent keys, null, and values of a similar type."""
    for name, key in _OPTIONAL:
        _make_nullable(definition(schema, name), key)
    for model in definitions(schema).values():
        _add_loose_values(model.get("properties", {}))


def _add_alias(model: Fragment, alias: Alias) -> None:
    fragment = {**model["properties"][alias.key]}
    instead = f"The official key is '{alias.key}'."
    model["properties"].setdefault(alias.alias, deprecate(fragment, instead))
    _make_optional(model, alias.key)


def _make_optional(model: Fragment, key: str) -> None:
    """Make a key optional."""
    if key in model.get("required", ()):
        model["required"].remove(key)


def _make_nullable(model: Fragment, key: str) -> None:
    """Make a key optional, and accept null."""
    _make_optional(model, key)
    absent = deprecate({"type": "null"}, "Leave the key out.")
    _add_alternative(model["properties"], key, absent)


def _add_alternative(
    properties: dict[str, Fragment], key: str, fragment: Fragment
) -> None:
    """Accept one more kind of value; keep the annotations of the key."""
    current = properties[key]
    annotations = {k: v for k, v in current.items() if k in _ANNOTATIONS}
    values = {k: v for k, v in current.items() if k not in _ANNOTATIONS}
    alternatives = values["anyOf"] if set(values) == {"anyOf"} else [values]
    properties[key] = {**annotations, "anyOf": [*alternatives, fragment]}


def _part_import() -> Fragment:
    """Return the schema of an import of an adapter, an aggregate or a bind."""
    fragment = deepcopy(_IMPORT)
    fragment["description"] = "A part that another file declares."
    properties = fragment["properties"]
    properties["import"]["description"] = "The namespace of the part in the file."
    properties["as"]["description"] = "The namespace of the part in this spec."
    fragment["required"] = ["location", "import"]
    del properties["authentication"]
    return fragment


def _add_imports(capability: Fragment, root: Fragment) -> None:
    properties = capability["properties"]
    path = deprecate(TEXT, "Write a mapping with 'location'.")
    _accept_items(properties["consumes"], reference("Import"), path)
    for section in ("exposes", "aggregates", "binds"):
        _accept_items(properties[section], reference("PartImport"))
    _accept_items(root["properties"]["binds"], reference("PartImport"))
    for section in ("consumes", "exposes", "aggregates"):
        root["properties"][section] = deepcopy(properties[section])


def _accept_items(section: Fragment, *others: Fragment) -> None:
    section["items"] = {"anyOf": [section["items"], *others]}


# --- credentials -------------------------------------------------


def _add_credentials(schema: Fragment) -> None:
    """Accept other spellings of types, and the place of an API key as its type."""
    for name in _names_of_credentials(schema):
        properties = definition(schema, name)["properties"]
        official = properties["type"]["const"]
        types = authentication.TYPES.items()
        words = sorted(word for word, type_ in types if type_ == official)
        if official == "apikey":
            words += ["header", "query"]
        _add_spellings(properties, official, list(map(_letters, words)))
    scopes = deprecate(TEXT, "Write a list.")
    for name in ("OAuth2", "ResourceServer"):
        _add_alternative(definition(schema, name)["properties"], "scopes", scopes)


def _names_of_credentials(schema: Fragment) -> dict[str, None]:
    """Return the definitions of credentials and guards, each once."""
    references = (
        alternative["$ref"]
        for owner in ("Consumes", "Rest")
        for alternative in _alternatives(definition(schema, owner), "authentication")
    )
    return dict.fromkeys(path.rpartition("/")[2] for path in references)


def _alternatives(model: Fragment, key: str) -> list[Fragment]:
    """Return references to the alternative definitions of a key."""
    options = model["properties"][key]["anyOf"]
    flat = (leaf for option in options for leaf in option.get("anyOf", [option]))
    return [fragment for fragment in flat if "$ref" in fragment]


def _add_spellings(properties: Fragment, official: str, words: list[str]) -> None:
    other = {"type": "string", "pattern": f"^(?:{'|'.join(words)})$"}
    instead = f"The official spelling is '{official}'."
    _add_alternative(properties, "type", deprecate(other, instead))


def _letters(word: str) -> str:
    """Return a pattern that matches a word, ignoring case and punctuation."""
    return "[^A-Za-z0-9]*".join(map(_any_case, word))


def _any_case(character: str) -> str:
    """Return a pattern for a character in either case: JSON Schema has no flags."""
    if character.isalpha():
        return f"[{character}{character.upper()}]"
    return re.escape(character)


# --- parameters and bodies ---------------------------------------


def _add_parameters(parameter: Fragment) -> None:
    """Accept a structure as a value, and parameters with an empty name."""
    properties = parameter["properties"]
    del properties["name"]["minLength"]
    structure = {"type": ["object", "array"]}
    _add_alternative(properties, "value", deprecate(structure, _BODY))


def _add_bodies(schema: Fragment) -> None:
    """Accept other names of types, and fields in bodies that have no fields."""
    for model in get_args(models.DescribedBody):
        properties = definition(schema, model.__name__)["properties"]
        for word, official in parameters.ALIASES.items():
            if _accepts_type(properties["type"], official):
                _add_spellings(properties, official, [_body_word(word)])
    for name in ("TextBody", "BytesBody"):
        field = deprecate(OBJECT, "Write the value of the only field.")
        _add_alternative(definition(schema, name)["properties"], "data", field)
    fields = deprecate(OBJECT, "Write a list of parts.")
    _add_alternative(definition(schema, "MultipartBody")["properties"], "data", fields)


def _accepts_type(kind: Fragment, official: str) -> bool:
    """Return whether a definition accepts a type."""
    first = kind.get("anyOf", [kind])[0]
    if "const" in first:
        return bool(first["const"] == official)
    return re.fullmatch(first["pattern"], official) is not None


def _body_word(word: str) -> str:
    """Return a pattern for a type of body, ignoring marks between letters."""
    return ("" if "/" in word else "[-_ ]*").join(map(_any_case, word))


# --- values that were typed as something else --------------------


def _add_loose_values(properties: dict[str, Fragment]) -> None:
    """Accept null for a list, a number for a text, and a text for a port."""
    for key, fragment in tuple(properties.items()):
        if key in documents.COLLECTIONS:
            absent = deprecate({"type": "null"}, "Leave the key out.")
            _add_alternative(properties, key, absent)
        elif key in documents.TEXTS and "string" in _types(fragment):
            number = {"type": ["number", "boolean"]}
            scalar = deprecate(number, "Put it into quotes.")
            _add_alternative(properties, key, scalar)
        elif key == "port":
            text = {"type": "string", "pattern": f"^{adapters.PORT.pattern}$"}
            bare = deprecate(text, "Write it without quotes.")
            _add_alternative(properties, key, bare)


def _types(fragment: Fragment) -> set[str]:
    """Return the types that a fragment names."""
    options = fragment.get("anyOf", [fragment])
    types = (option.get("type") for option in options)
    return {type_ for type_ in types if isinstance(type_, str)}
