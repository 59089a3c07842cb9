"""Rules for the parameters and bodies of consumed operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.forms import OBJECT, Extra
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    at,
    mappings,
    name_of,
    respell,
    rewrite,
    rewrite_all,
)
from naftiko_gen.dialects.rules.authentication import SECRET_HEADERS, headers_set_by
from naftiko_gen.dialects.rules.paths import variables
from naftiko_gen.language.names import env_name
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, mapping

_HOLDERS = (CONSUMES, CONSUMED_RESOURCES, CONSUMED_OPERATIONS)
_PARAMETERS = tuple((*holder, "inputParameters") for holder in _HOLDERS)
_WITHIN = tuple(path[len(CONSUMES) :] for path in _PARAMETERS)

EXTRAS = tuple(
    Extra(("ConsumedInput",), key, fragment, "Write the 'body' of the operation.")
    for key, fragment in (("properties", OBJECT), ("items", {}))
)
_METADATA = ("type", "required", "description")
_PLACEHOLDER = re.compile(
    r"\{\{\s*(?!env\.|[A-Z][A-Z0-9_]*\s*\})(?:tools\.|rest\.)?([^{}\s]+)\s*\}\}"
)
"""A template of a single name that doesn't look like a variable."""


@at(*_HOLDERS)
def empty_name(holder: Mapping, report: Report) -> Mapping:
    """Drop parameters with an empty name."""
    parameters = holder.get("inputParameters")
    if not isinstance(parameters, Sequence):
        return holder
    nameless = [model for model in parameters.items if name_of(model) == ""]
    for parameter in nameless:
        message = "a parameter without a name is ignored"
        report.add(Code.EMPTY_NAME, message, parameter.span)
    others = parameters.with_items(p for p in parameters.items if p not in nameless)
    return holder.put("inputParameters", others) if nameless else holder


WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


@at(CONSUMED_RESOURCES)
def parameter_place(resource: Mapping, report: Report) -> Mapping:
    """Infer the place of parameters without `in`.

    A parameter is in the path if the path has a variable of its name. Otherwise it is
    in the body if the method has one, or else in the query.
    """
    code, names = Code.PARAMETER_PLACE, variables(resource.text("path") or "")

    def place_inputs(operation: Mapping) -> Mapping:
        method = operation.text("method") or "GET"
        place = "query" if method in WITHOUT_BODY else "body"
        return write_places(operation, names, lambda _: place, code, report)

    new_resource = write_places(resource, names, lambda _: "query", code, report)
    return rewrite(new_resource, ("operations",), place_inputs)


def write_places(
    holder: Mapping,
    variables_of_path: list[str],
    find_place: Callable[[Mapping], str],
    code: Code,
    report: Report,
) -> Mapping:
    """Give the inputs of a holder that lack a place the one that is found for them."""

    def change(model: Mapping) -> Mapping:
        name = model.text("name")
        if name is None or "in" in model:
            return model
        place = "path" if name in variables_of_path else find_place(model)
        span = model.value_span("name")
        report.add(code, f"{quote(name)} has no 'in', so it is in the {place}", span)
        return model.put("in", Scalar(place, span))

    return rewrite(holder, ("inputParameters",), change)


@at(CONSUMES)
def credential_header(consumes: Mapping, report: Report) -> Mapping:
    """Read a required header with a credential from a variable, not from clients.

    Optional headers, and those that `authentication` sets, stay unchanged.
    """
    names = SECRET_HEADERS - headers_set_by(consumes.get("authentication"))

    def fill(parameter: Mapping) -> Mapping:
        name = parameter.text("name") or ""
        is_asked = parameter.text("in") == "header" and parameter.is_true("required")
        if name.lower() not in names or not is_asked or "value" in parameter:
            return parameter
        variable = env_name(f"{consumes.text('namespace')}_{name}")
        message = f"{quote(name)} is a credential, so it is the variable {variable}"
        span = parameter.value_span("name")
        report.add(Code.CREDENTIAL_SETTING, message, span)
        return parameter.put("value", Scalar(f"{{{{{variable}}}}}", span))

    return rewrite_all(consumes, _WITHIN, fill)


@at(CONSUMED_OPERATIONS)
def structured_value(operation: Mapping, report: Report) -> Mapping:
    """Build a body template from the body's parameters, if one has a structure."""
    parameters = list(mappings(operation, ("inputParameters",)))
    in_body = [parameter for parameter in parameters if parameter.text("in") == "body"]
    body_parameters = [
        p for p in in_body if isinstance(p.get("value"), Mapping | Sequence)
    ]
    if not body_parameters or "body" in operation:
        return operation
    span = operation.key_span("inputParameters")
    for parameter in body_parameters:
        message = "the value becomes a part of the body's template"
        report.add(Code.STRUCTURED_VALUE, message, parameter.key_span("value"))
    body = mapping({"type": Scalar("json", span), "data": _template(in_body)}, span)
    others = [parameter for parameter in parameters if parameter not in in_body]
    new_inputs = [parameter for model in in_body for parameter in _declarations(model)]
    inputs = Sequence((*others, *new_inputs), operation.value_span("inputParameters"))
    return operation.put("inputParameters", inputs).put("body", body)


def _template(in_body: list[Mapping]) -> Node:
    """Return the template of the body; a single parameter `body` is the whole body."""
    members = tuple(
        Entry(str(model.text("name")), model.span, _value(model)) for model in in_body
    )
    is_whole = [member.key for member in members] == ["body"]
    return members[0].value if is_whole else Mapping(members, in_body[0].span)


def _value(model: Mapping) -> Node:
    placeholder = Scalar(f"{{{{{model.text('name')}}}}}", model.span)
    return model.get("value") or placeholder


def _declarations(model: Mapping) -> Iterator[Mapping]:
    """Yield a body's parameter, or the parameters that its structure uses."""
    value = model.get("value")
    match value:
        case None:
            yield model
        case Mapping():
            for schema in model.members("properties"):
                yield from _named_by(value.get(schema.key), schema.value)
        case _:
            yield from _named_by(value, model)


def _named_by(value: Node | None, schema: Node) -> Iterator[Mapping]:
    """Yield the parameter that is the whole value, with the keys of its schema."""
    text = value.value if isinstance(value, Scalar) else None
    placeholder = _PLACEHOLDER.fullmatch(text) if isinstance(text, str) else None
    if placeholder and isinstance(schema, Mapping):
        name, place = Scalar(placeholder[1], schema.span), Scalar("body", schema.span)
        metadata = {e.key: e.value for e in schema.entries if e.key in _METADATA}
        yield mapping({"name": name, "in": place, **metadata}, schema.span)


@at(*_PARAMETERS)
def parameter_metadata(parameter: Mapping, report: Report) -> Mapping:
    """Report `type`, `required` and `description` of consumed parameters."""
    keys = [key for key in _METADATA if key in parameter]
    if keys:
        names = ", ".join(map(quote, keys))
        message = f"the inputs that feed this parameter take over {names}"
        report.add(Code.PARAMETER_METADATA, message, parameter.key_span(keys[0]))
    return parameter


_BODIES = (*CONSUMED_OPERATIONS, "body")
ALIASES = {
    "application/json": "json",
    "form": "formUrlEncoded",
    "formdata": "multipartForm",
    "urlencoded": "formUrlEncoded",
    "formurlencoded": "formUrlEncoded",
    "xwwwformurlencoded": "formUrlEncoded",
    "application/x-www-form-urlencoded": "formUrlEncoded",
    "multipart": "multipartForm",
    "multipartform": "multipartForm",
    "multipartformdata": "multipartForm",
    "multipart/form-data": "multipartForm",
    "plain": "text",
    "text/plain": "text",
    "application/xml": "xml",
    "application/sparql-query": "sparql",
    "binary": "application/octet-stream",
    "octetstream": "application/octet-stream",
    "yaml": "application/yaml",
    "cbor": "application/cbor",
}
"""Other names of body types, in lower case; words without `-`, `_` and spaces."""
_HELD_APART = ("json", "formUrlEncoded", "multipartForm")
_FILES = frozenset(
    ("attachment", "file", "files", "image", "images", "photo", "photos", "picture")
)
"""Last words of the names of fields that are files."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


@at(_BODIES)
def body_type(body: Mapping, report: Report) -> Mapping:
    """Respell the type of a body as the language's word or as its media type."""
    kind = body.text("type") or ""
    name = kind.lower()
    official = ALIASES.get(name if "/" in name else re.sub(r"[-_ ]", "", name), kind)
    if official == kind:
        return body
    return respell(body, "type", official, Code.BODY_TYPE_ALIAS, report)


@at(_BODIES)
def single_field(body: Mapping, report: Report) -> Mapping:
    """Read the value of the only field as the body, if the body can't have fields."""
    kind, data = body.get("type"), body.get("data")
    name = kind.plain() if kind is not None else "json"
    has_fields = name in _HELD_APART or str(name).endswith("+json")
    if has_fields or not isinstance(data, Mapping) or len(data.entries) != 1:
        return body
    (only,) = data.entries
    message = f"the value of {quote(only.key)} is the body, which has no fields"
    report.add(Code.SINGLE_FIELD_BODY, message, only.span)
    return body.put("data", only.value)


@at(_BODIES)
def multipart_fields(body: Mapping, report: Report) -> Mapping:
    """Read each field of a multipart body as a part; file-like names mean files."""
    kind, data = body.get("type"), body.get("data")
    is_multipart = kind is not None and kind.plain() == "multipartForm"
    if not is_multipart or not isinstance(data, Mapping):
        return body
    message = "each field is read as a part of the body"
    report.add(Code.MULTIPART_FIELDS, message, body.key_span("data"))
    parts = tuple(_part(entry, report) for entry in data.entries)
    return body.put("data", Sequence(parts, data.span))


def _part(entry: Entry, report: Report) -> Mapping:
    name = Scalar(entry.key, entry.span)
    part = mapping({"name": name, "value": entry.value}, entry.span)
    if not _FILES.intersection(word.lower() for word in _WORD.findall(entry.key)[-1:]):
        return part
    message = f"{quote(entry.key)} is sent as a file, because of its name"
    report.add(Code.FILE_PART, message, entry.span)
    return part.put("filename", name)


RULES = (
    empty_name,
    parameter_place,
    credential_header,
    structured_value,
    parameter_metadata,
    body_type,
    single_field,
    multipart_fields,
)
