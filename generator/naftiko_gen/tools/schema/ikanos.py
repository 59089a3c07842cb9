"""The schema of Ikanos specs, made from that of Naftiko specs by the reading rules."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from naftiko_gen.dialects.detection import WORDS, Dialect
from naftiko_gen.dialects.rules import ikanos
from naftiko_gen.tools.schema.dialect import snapshots
from naftiko_gen.tools.schema.language import (
    DEFINITIONS,
    ROOT,
    Fragment,
    definitions,
    deprecate,
    reference,
)

_PREFIX = "Ikanos"
_KEYS_OF_ROOT = ("$schema", "title", DEFINITIONS)
_NAMED = frozenset(key for _, key in (*ikanos.NAMED, *ikanos.SHAPED))
_LISTS_TOO = frozenset({"Output"})
"""Models of list items that Ikanos has in lists as well."""
_IN_IMPORTS = "from"
_IMPORTS = ("Import", "PartImport")
_TAGGED = (
    "ConsumedResource",
    *("RestResource", "RestOperation", "Tool", "Resource", "Function"),
)
_TAGS: Fragment = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Keywords, for readers of the spec.",
}


def with_ikanos(schema: Fragment) -> Fragment:
    """Return a schema of both languages; the root key tells which one a spec is in."""
    naftiko = definitions(schema)
    named_models = frozenset(_named_models(naftiko))
    ikanos_models = {
        f"{_PREFIX}{name}": _ikanos_definition(
            name, model, has_name_as_key=name in named_models
        )
        for name, model in naftiko.items()
    }
    root = {key: value for key, value in schema.items() if key not in _KEYS_OF_ROOT}
    return {
        "$schema": schema["$schema"],
        "title": schema["title"],
        "type": "object",
        "if": {"required": [Dialect.IKANOS_BETA5.key]},
        "then": reference(f"{_PREFIX}{ROOT}"),
        "else": root,
        DEFINITIONS: {**schema[DEFINITIONS], **ikanos_models},
    }


def _ikanos_definition(
    name: str, naftiko: Fragment, *, has_name_as_key: bool
) -> Fragment:
    """Return the definition of a model in the spelling of Ikanos."""
    keys = _KEYS_OF_ROOT if name == ROOT else ()
    model = deepcopy({k: v for k, v in naftiko.items() if k not in keys})
    if "properties" in model:
        _add_maps(model["properties"])
        if name in _LISTS_TOO:
            _add_map_of_items(model["properties"]["items"])
        _rename_words(name, model)
        if has_name_as_key:
            _make_name_optional(model)
    if name in _TAGGED:
        model["properties"]["tags"] = _TAGS
    fragment: Fragment = _with_references(model)
    return fragment


# --- mappings of names -------------------------------------------


def _add_maps(properties: dict[str, Fragment]) -> None:
    for key in _NAMED & set(properties):
        fragment = properties[key]
        alternatives = fragment.pop("anyOf", None)
        if alternatives is None:
            values = {k: v for k, v in fragment.items() if k != "description"}
            fragment = {"description": fragment["description"]}
            alternatives = [values]
        forms = [
            option for alternative in alternatives for option in _forms(alternative)
        ]
        properties[key] = {**fragment, "anyOf": forms}


def _add_map_of_items(items: Fragment) -> None:
    """Accept a mapping of members where outputs of steps describe items by a list."""
    lists = [
        alternative
        for alternative in items["anyOf"]
        if set(_models_of_items(alternative)) & _LISTS_TOO
    ]
    items["anyOf"] += (
        form
        for alternative in lists
        for form in _forms(alternative)
        if form != alternative
    )


def _forms(fragment: Fragment) -> Iterator[Fragment]:
    """Yield the mapping of names for a list of models, and the list."""
    models = set(_models_of_items(fragment))
    if not models or fragment.get("deprecated"):
        yield fragment
        return
    yield {"type": "object", "additionalProperties": fragment["items"]}
    is_official = models <= _LISTS_TOO
    yield fragment if is_official else deprecate(fragment, "Write a mapping of names.")


def _models_of_items(fragment: Fragment) -> Iterator[str]:
    """Yield the names of the models that the items of a list may have."""
    items = fragment.get("items", {})
    for option in items.get("oneOf", items.get("anyOf", [items])):
        if "$ref" in option:
            yield option["$ref"].rpartition("/")[2]


def _named_models(models: dict[str, Fragment]) -> Iterator[str]:
    """Yield the names of models whose names are keys in Ikanos."""
    for model in models.values():
        properties = model.get("properties", {})
        for key in _NAMED & set(properties):
            for option in properties[key].get("anyOf", [properties[key]]):
                yield from _models_of_items(option)


def _make_name_optional(model: Fragment) -> None:
    """Let the key of a mapping be the name."""
    required, properties = model.get("required", []), model["properties"]
    if "name" in required:
        required.remove("name")
    if "name" in properties:
        instead = "The name is the key of the mapping."
        properties["name"] = deprecate(properties["name"], instead)


# --- words -------------------------------------------------------


def _rename_words(name: str, model: Fragment) -> None:
    properties = model["properties"]
    for word, older in WORDS.items():
        is_here = (word == _IN_IMPORTS) == (name in _IMPORTS)
        if older not in properties or not is_here:
            continue
        properties[word] = properties[older]
        properties[older] = deprecate(properties[older], f"Write '{word}'.")
        if older in model.get("required", []):
            model["required"].remove(older)
    if name == ROOT:
        _rename_root(model)


def _rename_root(model: Fragment) -> None:
    """Replace the version of Naftiko by that of Ikanos."""
    naftiko, key = Dialect.ALPHA2.key, Dialect.IKANOS_BETA5.key
    about = model["properties"].pop(naftiko)
    release = {"type": "string", "enum": Dialect.versions(key)}
    alternatives = [release, snapshots(key)]
    version = {"description": about["description"], "anyOf": alternatives}
    model["properties"] = {key: version, **model["properties"]}
    model["required"] = [key if name == naftiko else name for name in model["required"]]


def _with_references(fragment: Any) -> Any:
    """Refer to the definitions of Ikanos in place of Naftiko's."""
    match fragment:
        case {"$ref": str() as target}:
            return reference(f"{_PREFIX}{target.rpartition('/')[2]}")
        case dict():
            return {key: _with_references(value) for key, value in fragment.items()}
        case list():
            return list(map(_with_references, fragment))
        case _:
            return fragment
