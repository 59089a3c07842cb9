"""The schema of Ikanos specs, made from that of Naftiko specs by the reading rules."""

from __future__ import annotations

import json
from collections.abc import Iterator

from naftiko_gen.dialects.detection import WORDS, Dialect
from naftiko_gen.dialects.forms import DEFINITIONS, Fragment, reference
from naftiko_gen.dialects.rules import ikanos
from naftiko_gen.tools.schema.dialect import snapshots
from naftiko_gen.tools.schema.language import ROOT, definitions, deprecate

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
    path = f"#/{DEFINITIONS}/"
    models = definitions(json.loads(json.dumps(schema).replace(path, path + _PREFIX)))
    models[ROOT] = _without_head(models[ROOT])
    with_names = frozenset(_named_models(models))
    for name, model in models.items():
        if "properties" in model:
            _respell(name, model, has_name_as_key=name in with_names)
    return {
        "$schema": schema["$schema"],
        "title": schema["title"],
        "type": "object",
        "if": {"required": [Dialect.IKANOS_BETA5.key]},
        "then": reference(f"{_PREFIX}{ROOT}"),
        "else": _without_head(schema),
        DEFINITIONS: {
            **schema[DEFINITIONS],
            **{f"{_PREFIX}{name}": model for name, model in models.items()},
        },
    }


def _without_head(root: Fragment) -> Fragment:
    return {key: value for key, value in root.items() if key not in _KEYS_OF_ROOT}


def _respell(name: str, model: Fragment, *, has_name_as_key: bool) -> None:
    """Change the definition of a model to the spelling of Ikanos."""
    properties, required = model["properties"], model.get("required", [])
    _add_maps(properties)
    if name in _LISTS_TOO:
        _add_map_of_items(properties["items"])
    for word, older in WORDS.items():
        is_here = (word == _IN_IMPORTS) == (name in _IMPORTS)
        if older in properties and is_here:
            properties[word] = properties[older]
            properties[older] = deprecate(properties[older], f"Write '{word}'.")
            if older in required:
                required.remove(older)
    if name == ROOT:
        _rename_root(model)
    if has_name_as_key and "name" in required:
        required.remove("name")
    if has_name_as_key and "name" in properties:
        instead = "The name is the key of the mapping."
        properties["name"] = deprecate(properties["name"], instead)
    if name in _TAGGED:
        properties["tags"] = _TAGS


def _rename_root(model: Fragment) -> None:
    """Replace the version of Naftiko by that of Ikanos."""
    naftiko, key = Dialect.ALPHA2.key, Dialect.IKANOS_BETA5.key
    about = model["properties"].pop(naftiko)
    release = {"type": "string", "enum": Dialect.versions(key)}
    alternatives = [release, snapshots(key)]
    version = {"description": about["description"], "anyOf": alternatives}
    model["properties"] = {key: version, **model["properties"]}
    model["required"] = [key if name == naftiko else name for name in model["required"]]


# --- mappings of names -----------------------------------------------------------


def _add_maps(properties: dict[str, Fragment]) -> None:
    for key in _NAMED & set(properties):
        fragment = properties[key]
        if "anyOf" not in fragment:
            about = fragment.pop("description")
            fragment = {"description": about, "anyOf": [fragment]}
        forms = [form for option in fragment["anyOf"] for form in _forms(option)]
        properties[key] = {**fragment, "anyOf": forms}


def _add_map_of_items(items: Fragment) -> None:
    """Accept a mapping of members where outputs of steps describe items by a list."""
    items["anyOf"] += [
        form
        for option in items["anyOf"]
        if set(_models_of_items(option)) & _LISTS_TOO
        for form in _forms(option)
        if form != option
    ]


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
            yield option["$ref"].rpartition("/")[2].removeprefix(_PREFIX)


def _named_models(models: dict[str, Fragment]) -> Iterator[str]:
    """Yield the names of models whose names are keys in Ikanos."""
    for model in models.values():
        properties = model.get("properties", {})
        for key in _NAMED & set(properties):
            for option in properties[key].get("anyOf", [properties[key]]):
                yield from _models_of_items(option)
