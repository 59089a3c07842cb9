"""The official language as a JSON Schema, generated from the models of specs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic.json_schema import GenerateJsonSchema

from naftiko_gen.language import models
from naftiko_gen.language.models import NODE, SHARED, Spec
from naftiko_gen.syntax import tree
from naftiko_gen.tools.schema.descriptions import DESCRIPTIONS
from naftiko_gen.tools.schema.fragments import DEFINITIONS, definitions, reference

if TYPE_CHECKING:
    from pydantic_core import core_schema

    from naftiko_gen.tools.schema.fragments import Fragment

_DRAFT = "http://json-schema.org/draft-07/schema#"
_NOISE = ("title", "default")
_UNTYPED = (NODE, SHARED)
"""Keys that no author can type."""
_MADE_BY_RULES = ("Alternatives", "Anonymous", "ApiKeys", "Key")
_MADE = tuple(map(reference, _MADE_BY_RULES))


class _Generator(GenerateJsonSchema):
    """Writes a syntax tree as the JSON that it was read from."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Fragment:
        """Return the schema of a mapping with arbitrary keys: any object."""
        if schema["cls"] is tree.Mapping:
            return {"type": "object"}
        return super().dataclass_schema(schema)


def language() -> Fragment:
    """Return the schema of the official language, without the dialects."""
    schema = Spec.model_json_schema(
        by_alias=True,
        ref_template=f"#/{DEFINITIONS}/{{model}}",
        schema_generator=_Generator,
    )
    schema[DEFINITIONS] = schema.pop("$defs")
    for name in _MADE_BY_RULES:
        del schema[DEFINITIONS][name]
    for name, model in definitions(schema).items():
        if "properties" in model:
            _clean(model, _descriptions(name))
    return {"$schema": _DRAFT, "title": "Naftiko capability", **schema}


def _descriptions(name: str) -> dict[str, str]:
    """Return the description of each key of a model."""
    fields = getattr(models, name).model_fields
    by_key = {field.alias or key: field for key, field in fields.items()}
    return {
        key: field.description or DESCRIPTIONS[key]
        for key, field in by_key.items()
        if key not in _UNTYPED
    }


def _clean(model: Fragment, descriptions: dict[str, str]) -> None:
    """Remove the keys that an author can't type, and describe the others."""
    for key in _UNTYPED:
        model["properties"].pop(key, None)
    model["required"].remove(NODE)
    model.pop("title", None)
    for key, fragment in model["properties"].items():
        # Not every release of pydantic keeps the description beside a reference.
        fragment.pop("description", None)
        plain = {**_plain(fragment), "description": descriptions[key]}
        model["properties"][key] = plain


def _plain(fragment: Fragment) -> Fragment:
    """Drop pydantic's titles and defaults, and let alternatives overlap."""
    match fragment:
        case {"$ref": _}:
            return {"allOf": [fragment]}
        case {"oneOf": alternatives}:
            return {"anyOf": [option for option in alternatives if option not in _MADE]}
        case {"anyOf": alternatives}:
            return {"anyOf": list(map(_plain, alternatives))}
        case {"items": {"oneOf": _} as items, **others}:
            return _plain({**others, "items": {**_plain(items)}})
        case _:
            return {k: v for k, v in fragment.items() if k not in _NOISE}
