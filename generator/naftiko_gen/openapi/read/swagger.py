"""Rewrite the parts of Swagger 2.0 that differ in the form of OpenAPI 3.

Rewritten parts have the positions of the parts that they come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from naftiko_gen.diagnostics.span import Span
from naftiko_gen.openapi.read.api import JSON, media_type
from naftiko_gen.openapi.read.document import as_typed
from naftiko_gen.openapi.read.references import References
from naftiko_gen.openapi.read.shapes import is_binary
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, mapping

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_STYLES = {
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}


def convert_root(root: Mapping) -> Mapping:
    """Return a document with a server, at the safest scheme, and security schemes."""
    host, path = root.text("host") or "", root.text("basePath") or ""
    schemes = [node.plain() for node in root.items("schemes")]
    scheme = "http" if "http" in schemes and "https" not in schemes else "https"
    span = root.value_span("host" if host else "basePath")
    url = Scalar(f"{scheme}://{host}{path}" if host else path, span)
    servers = (mapping({"url": url}, span),) if url.value else ()
    definitions = root.get("securityDefinitions") or mapping({}, root.span)
    components = mapping({"securitySchemes": definitions}, definitions.span)
    return root.put("servers", Sequence(servers, span)).put("components", components)


def convert_parameter(parameter: Mapping) -> Mapping:
    """Return a parameter with a style, and with itself as its schema."""
    is_simple = parameter.text("in") in ("path", "header")
    fallback = ("simple" if is_simple else "form", False)
    style, explode = _STYLES.get(parameter.text("collectionFormat") or "", fallback)
    copy = parameter.put("style", Scalar(style, parameter.span))
    copy = copy.put("explode", Scalar(explode, parameter.span))
    return copy.put("schema", parameter)


@dataclass(frozen=True)
class Bodies:
    """Converts the request and the response of an operation."""

    root: Mapping
    node: Mapping
    references: References

    def request(self, parameters: Iterable[Mapping]) -> Mapping | None:
        """Return the body that parameters `in: body` or `in: formData` form."""
        by_place: dict[str | None, list[Mapping]] = {}
        for parameter in parameters:
            by_place.setdefault(parameter.text("in"), []).append(parameter)
        if bodies := by_place.get("body"):
            body = bodies[0]
            schema = body.get("schema")
            keys = {"schema": schema} if schema else {}
            content = _content(self._types("consumes") or [JSON], keys, body.span)
            return body.put("content", content)
        forms = by_place.get("formData", ())
        # Nothing can be sent under an empty name.
        fields = {name: p for p in forms if (name := as_typed(p.get("name")))}
        return self._form(fields) if fields else None

    def _form(self, fields: dict[str, Mapping]) -> Mapping:
        span = next(iter(fields.values())).span
        lists = (
            name for name, field in fields.items() if field.text("type") == "array"
        )
        encodings = {name: convert_parameter(fields[name]) for name in lists}
        required = [name for name, field in fields.items() if field.is_true("required")]
        schema = mapping(
            {
                "type": Scalar("object", span),
                "properties": mapping(fields, span),
                "required": Sequence(tuple(Scalar(n, span) for n in required), span),
            },
            span,
        )
        keys: dict[str, Node] = {"schema": schema, "encoding": mapping(encodings, span)}
        content = _content(self._form_types(fields.values()), keys, span)
        is_required = Scalar(bool(required), span)
        return mapping({"content": content, "required": is_required}, span)

    def _form_types(self, fields: Iterable[Mapping]) -> list[str]:
        types = [media_type(name) for name in self._types("consumes")]
        # Files are parts of a multipart body, even if another form is declared.
        if any(is_binary(field) for field in fields):
            return [MULTIPART]
        return [kind for kind in (FORM, MULTIPART) if kind in types] or [FORM]

    def response(self, response: Mapping) -> Mapping:
        """Return a response with its content."""
        schema = response.entry("schema")
        copy = response.drop("content")
        if schema is None:
            return copy
        types = [media_type(name) for name in self._types("produces") or [JSON]]
        examples = self.references.mapping(response.get("examples"))
        content = _content(types, {"schema": schema.value}, schema.span, examples)
        return copy.put("content", content)

    def _types(self, key: str) -> list[str]:
        holder = self.node if key in self.node else self.root
        items = self.references.items(holder.get(key))
        texts = (item.value for item in items if isinstance(item, Scalar))
        return [str(text) for text in texts if text]


def _content(
    types: Iterable[str],
    keys: dict[str, Node],
    span: Span,
    examples: Mapping | None = None,
) -> Mapping:
    """Return the media types of a body, each with its example."""
    entries = []
    for type_ in types:
        example = examples.get(type_) if examples else None
        own_keys = {**keys, "example": example} if example else keys
        entries.append(Entry(type_, span, mapping(own_keys, span)))
    return Mapping(tuple(entries), span)
