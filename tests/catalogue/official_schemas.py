"""The official JSON Schemas: verdicts on documents, and the rules that they break.

A rule is a definition of a schema, perhaps one of its properties, and a keyword:
`ExposesRest.port maximum`. A rule on types names the type of the wrong value.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"
NAMES = ("naftiko-1.0.0-alpha1", "naftiko-1.0.0-alpha2", "ikanos-1.0.0-beta5")
Json = Any
JsonPath = tuple[str | int, ...]


@dataclass(frozen=True)
class View:
    """A part of a schema, and the definition that it belongs to."""

    definition: str
    node: Any


@dataclass(frozen=True)
class OfficialSchema:
    """A version of the official schema."""

    name: str

    @cached_property
    def root(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(
            (SCHEMAS / f"{self.name}.schema.json").read_text("utf-8")
        )
        return document

    @cached_property
    def validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.root)

    @cached_property
    def _quick_validator(self) -> jsonschema_rs.Draft202012Validator:
        """Return a validator that is a hundred times as fast, but names no rules."""
        return jsonschema_rs.Draft202012Validator(self.root)

    def is_valid(self, document: Json) -> bool:
        """Return whether a document fits the schema."""
        return self._quick_validator.is_valid(document)

    def broken_rules(self, document: Json) -> set[str]:
        """Return the rules that a document breaks, which isn't valid."""
        errors = [*self.validator.iter_errors(document)]
        assert errors, f"two libraries differ about {document}"
        return {rule for error in errors for rule in self._rules(error)}

    def _fits(self, value: Json, part: Any) -> bool:
        return self.validator.evolve(schema=part).is_valid(value)

    def resolve(self, reference: str) -> View:
        name = reference.removeprefix("#/$defs/")
        return View(name, self.root["$defs"][name])

    # --- broken rules ---

    def _rules(self, error: ValidationError) -> Iterator[str]:
        branch = _closest(error.context or ())
        if branch:
            for inner in branch:
                yield from self._rules(inner)
            return
        definition = self._definition(error)
        match error.validator:
            case "required":
                required: Any = error.validator_value
                present: Any = error.instance
                missing = [name for name in required if name not in present]
                yield from (f"{definition}.{name} required" for name in missing)
            case keyword:
                names = [key for key in error.path if isinstance(key, str)]
                if keyword in OF_OBJECTS:
                    names.clear()
                place = ".".join((definition, *names[-1:]))
                kind = f" {_kind(error.instance)}" if keyword == "type" else ""
                yield f"{place} {keyword}{kind}"

    def _definition(self, error: ValidationError) -> str:
        """Return the innermost definition on the way to a rule."""
        name = "Document"
        node: Any = self.root
        key: Any
        for key in error.absolute_schema_path:
            # The paths of this library leave references out.
            while isinstance(node, dict) and "$ref" in node and key not in node:
                view = self.resolve(node["$ref"])
                node = view.node
                name = name if node.get("type") in SCALARS else view.definition
            node = node[key]
        return name

    # --- rules at a place ---

    def place(self, document: Json, path: JsonPath) -> str:
        """Return the definition and the property that describe a place."""
        views = list(self._views(View("Document", self.root), document))
        label = "Document"
        value = document
        for key in path:
            following = [
                (view, child) for view in views for child in _child(view, value, key)
            ]
            if not following:
                return label
            if isinstance(key, str):
                of = next((v for v, _ in following if _declares(v, key)), None)
                label = f"{(of or following[0][0]).definition}.{key if of else '*'}"
            value = value[key]
            views = [
                view
                for parent, child in following
                for view in self._views(View(parent.definition, child), value)
            ]
        return label

    def _views(self, view: View, value: Json) -> Iterator[View]:
        """Yield all parts of a schema that a value has to fit."""
        if not isinstance(view.node, dict):
            return
        yield view
        if "$ref" in view.node:
            yield from self._views(self.resolve(view.node["$ref"]), value)
        for part in view.node.get("allOf", ()):
            yield from self._views(View(view.definition, part), value)
        for keyword in ("oneOf", "anyOf"):
            parts = view.node.get(keyword, ())
            fitting = [part for part in parts if self._fits(value, part)]
            for part in fitting or parts:
                yield from self._views(View(view.definition, part), value)


SCALARS = ("string", "integer", "number", "boolean")
OF_OBJECTS = ("additionalProperties", "unevaluatedProperties", "oneOf", "anyOf", "not")


@cache
def official_schema(name: str) -> OfficialSchema:
    """Return a version of the schema, which is read once."""
    return OfficialSchema(name)


def _closest(context: Iterable[ValidationError]) -> list[ValidationError]:
    """Return the errors of the alternative that a value comes closest to.

    Alternatives of another `type` don't count, so there may be none.
    """
    branches = [
        list(errors)
        for _, errors in groupby(context, lambda error: error.schema_path[0])
    ]
    fitting = [errors for errors in branches if not any(map(_is_other_kind, errors))]
    return min(fitting, key=len, default=[])


def _is_other_kind(error: ValidationError) -> bool:
    is_type = (
        list(error.relative_path)[-1:] == ["type"] and len(error.relative_path) == 1
    )
    is_kind = error.validator in ("const", "enum") and is_type
    return is_kind or (error.validator == "type" and not error.relative_path)


def _kind(value: Json) -> str:
    """Return the word of JSON Schema for the kind of a value."""
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", dict: "object", list: "array", type(None): "null"}
    return kinds.get(type(value), "number")


def _declares(view: View, key: str | int) -> bool:
    return key in view.node.get("properties", {})


def _child(view: View, value: Json, key: str | int) -> Iterator[Any]:
    if isinstance(value, list):
        if "items" in view.node:
            yield view.node["items"]
    elif _declares(view, key):
        yield view.node["properties"][key]
    elif isinstance(view.node.get("additionalProperties"), dict):
        yield view.node["additionalProperties"]
