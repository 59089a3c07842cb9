"""The official language as a JSON Schema, generated from the models of specs."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from naftiko_gen.dialects.forms import DEFINITIONS, Fragment, reference
from naftiko_gen.language import models
from naftiko_gen.language.models import NODE, SHARED, Spec
from naftiko_gen.syntax import tree

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
    fields, texts = getattr(models, name).model_fields, field_texts(name)
    keys = {field: info.alias or field for field, info in fields.items()}
    return {
        key: texts.get(field) or DESCRIPTIONS[key]
        for field, key in keys.items()
        if key not in _UNTYPED
    }


def field_texts(name: str) -> dict[str, str]:
    """Return the texts below the fields of a model, and of those that it extends."""
    texts: dict[str, str] = {}
    for parent in reversed(getattr(models, name).__mro__[:-2]):
        [declaration] = ast.parse(inspect.getsource(parent)).body
        for field, text in pairwise(ast.iter_child_nodes(declaration)):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=key)),
                    ast.Expr(value=ast.Constant(value=str() as below)),
                ):
                    texts[key] = " ".join(below.split())
                case _:
                    pass
    return texts


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


ROOT = "Spec"
"""The name of the root schema among the definitions."""


def definitions(schema: Fragment) -> dict[str, Fragment]:
    """Return every definition by its name, the root included."""
    return {ROOT: schema, **schema[DEFINITIONS]}


def deprecate(fragment: Fragment, instead: str) -> Fragment:
    """Return a fragment that editors accept but don't suggest, with the official form.

    There is no `deprecationMessage`: the YAML language server shows it as an error.
    """
    # In draft 7, keys beside a reference are ignored.
    base = {"allOf": [fragment]} if "$ref" in fragment else fragment
    return {
        **base,
        "description": instead,
        "deprecated": True,
        "doNotSuggest": True,
    }


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
