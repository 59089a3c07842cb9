"""Forms of published specs that the language lacks, each with its official form.

The rules of `naftiko_gen.dialects` rewrite these forms. Tables of spellings are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import get_args

from naftiko_gen.dialects.detection import NAFTIKO_ALPHA3, SNAPSHOT, Dialect
from naftiko_gen.dialects.forms import (
    DEFINITIONS,
    OBJECT,
    TEXT,
    Fragment,
    list_of,
    reference,
)
from naftiko_gen.dialects.rules import (
    ALIASES,
    EXTRAS,
    adapters,
    authentication,
    documents,
    parameters,
)
from naftiko_gen.language import models
from naftiko_gen.tools.schema.language import ROOT, definitions, deprecate

_ANNOTATIONS = ("description", "deprecated", "doNotSuggest")


def snapshots(key: str) -> Fragment:
    """Return the schema of the versions of a root key that aren't released yet."""
    names = [f"{version}{SNAPSHOT}" for version in Dialect.versions(key)]
    return deprecate({"type": "string", "enum": names}, "Write a released version.")


def _import(noun: str, *required: str, **more: str) -> Fragment:
    """Return the schema of an import of an API or of another part."""
    texts = {
        "location": "The file: a path relative to this one.",
        "import": f"The namespace of the {noun} in the file.",
        "as": f"The namespace of the {noun} in this spec.",
        "description": "A description for people and agents.",
        **more,
    }
    return {
        "type": "object",
        "description": f"A{'n' * (noun == 'API')} {noun} that another file declares.",
        "properties": {key: {**TEXT, "description": t} for key, t in texts.items()},
        "required": [*required],
        "additionalProperties": False,
    }


def _spelling(official: str, patterns: Iterable[str]) -> Fragment:
    """Return the schema of other spellings of a type."""
    other = {"type": "string", "pattern": f"^(?:{'|'.join(patterns)})$"}
    return deprecate(other, f"The official spelling is '{official}'.")


_CREDENTIAL = (
    "The credential of an OpenAPI document's API: bearer, basic, apikey:HEADER or"
    " apikey:query:NAME."
)
_ABSENT = deprecate({"type": "null"}, "Leave the key out.")
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
_ROOT_KEY, _ALPHA3 = NAFTIKO_ALPHA3
_BODY = "Write the 'body' of the operation."
_FIELD = "Write the value of the only field."
_ALTERNATIVES: tuple[tuple[str, str, Fragment], ...] = (
    ("OAuth2", "scopes", deprecate(TEXT, "Write a list.")),
    ("ResourceServer", "scopes", deprecate(TEXT, "Write a list.")),
    ("ConsumedInput", "value", deprecate({"type": ["object", "array"]}, _BODY)),
    ("TextBody", "data", deprecate(OBJECT, _FIELD)),
    ("BytesBody", "data", deprecate(OBJECT, _FIELD)),
    ("MultipartBody", "data", deprecate(OBJECT, "Write a list of parts.")),
    (ROOT, _ROOT_KEY, snapshots(_ROOT_KEY)),
    (
        ROOT,
        _ROOT_KEY,
        deprecate({"const": _ALPHA3}, f"Write '{Dialect.ALPHA2.version}'."),
    ),
    ("Output", "items", list_of(reference("Output"))),
    ("Rest", "type", _spelling("rest", [adapters.OLDER_TYPE])),
    ("Prompt", "template", deprecate(TEXT, "Write a list of messages.")),
    *((name, key, _ABSENT) for name, key in _OPTIONAL),
)
"""Values of other kinds; outputs of steps describe items by a list of members."""


def with_dialect(schema: Fragment) -> Fragment:
    """Add every form of the dialects to the schema of the language, and return it."""
    schema[DEFINITIONS]["Import"] = _import(
        "API", "location", authentication=_CREDENTIAL
    )
    schema[DEFINITIONS]["PartImport"] = _import("part", "location", "import")
    forms = definitions(schema)
    keys = {name: form.get("properties", {}) for name, form in forms.items()}
    for alias in ALIASES:
        for name in alias.models:
            instead = f"The official key is '{alias.key}'."
            fragment = deprecate(keys[name][alias.key], instead)
            keys[name].setdefault(alias.alias, fragment)
            _make_optional(forms[name], alias.key)
    for extra in EXTRAS:
        for name in extra.models:
            keys[name][extra.key] = deprecate(extra.fragment, extra.instead)
    for name, key, instead in _KEPT:
        keys[name][key] = deprecate(keys[name][key], instead)
    _add_imports(keys["Capability"], keys[ROOT])
    _add_credentials(keys)
    _add_bodies(keys)
    # A parameter may have an empty name.
    del keys["ConsumedInput"]["name"]["minLength"]
    for name, key, fragment in _ALTERNATIVES:
        _add_alternative(keys[name], key, fragment)
    # A tool with `ref` has the name of its function.
    for name, key in (*_OPTIONAL, ("Tool", "name")):
        _make_optional(forms[name], key)
    for properties in keys.values():
        _add_listed_properties(properties)
        _add_loose_values(properties)
    return schema


def _make_optional(form: Fragment, key: str) -> None:
    if key in form.get("required", ()):
        form["required"].remove(key)


def _add_alternative(
    properties: dict[str, Fragment], key: str, fragment: Fragment
) -> None:
    """Accept one more kind of value; keep the annotations of the key."""
    current = properties[key]
    annotations = {k: v for k, v in current.items() if k in _ANNOTATIONS}
    values = {k: v for k, v in current.items() if k not in _ANNOTATIONS}
    alternatives = values["anyOf"] if set(values) == {"anyOf"} else [values]
    properties[key] = {**annotations, "anyOf": [*alternatives, fragment]}


def _add_imports(capability: Fragment, root: Fragment) -> None:
    path = deprecate(TEXT, "Write a mapping with 'location'.")
    part = reference("PartImport")
    for properties, section, *imports in (
        (capability, "consumes", reference("Import"), path),
        (capability, "exposes", part),
        (capability, "aggregates", part),
        (capability, "binds", part),
        (root, "binds", part),
    ):
        items = properties[section]["items"]
        properties[section]["items"] = {"anyOf": [items, *imports]}
    for section in ("consumes", "exposes", "aggregates"):
        root[section] = capability[section].copy()


# --- credentials and bodies ------------------------------------------------------


def _add_credentials(keys: dict[str, Fragment]) -> None:
    """Accept other spellings of types, and the place of an API key as its type."""
    alternatives = (
        leaf["$ref"].rpartition("/")[2]
        for owner in ("Consumes", "Rest")
        for option in keys[owner]["authentication"]["anyOf"]
        for leaf in option.get("anyOf", [option])
        if "$ref" in leaf
    )
    for name in dict.fromkeys(alternatives):
        official = keys[name]["type"]["const"]
        types = authentication.TYPES.items()
        words = sorted(word for word, type_ in types if type_ == official)
        if official == "apikey":
            words += ["header", "query"]
        patterns = ("[^A-Za-z0-9]*".join(map(_any_case, word)) for word in words)
        _add_alternative(keys[name], "type", _spelling(official, patterns))


def _add_bodies(keys: dict[str, Fragment]) -> None:
    """Accept other names of types, with marks between letters."""
    for model in get_args(models.DescribedBody):
        properties = keys[model.__name__]
        for word, official in parameters.ALIASES.items():
            if _accepts_type(properties["type"], official):
                mark = "" if "/" in word else "[-_ ]*"
                pattern = mark.join(map(_any_case, word))
                _add_alternative(properties, "type", _spelling(official, [pattern]))


def _accepts_type(kind: Fragment, official: str) -> bool:
    """Return whether a definition accepts a type."""
    first = kind.get("anyOf", [kind])[0]
    if "const" in first:
        return bool(first["const"] == official)
    return re.fullmatch(first["pattern"], official) is not None


def _any_case(character: str) -> str:
    """Return a pattern for a character in either case: JSON Schema has no flags."""
    if character.isalpha():
        return f"[{character}{character.upper()}]"
    return re.escape(character)


# --- values that were typed as something else ------------------------------------


def _add_listed_properties(properties: dict[str, Fragment]) -> None:
    """Accept lists of single keys in place of properties."""
    members = properties.get("properties", {}).get("additionalProperties")
    if members:
        item = {**OBJECT, "maxProperties": 1, "additionalProperties": members}
        array = deprecate(list_of(item), "Write a mapping.")
        _add_alternative(properties, "properties", array)


def _add_loose_values(properties: dict[str, Fragment]) -> None:
    """Accept null for a list, a number for a text, and a text for a port."""
    for key, fragment in tuple(properties.items()):
        if key in documents.COLLECTIONS:
            _add_alternative(properties, key, _ABSENT)
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
