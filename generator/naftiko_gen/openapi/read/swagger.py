"""Read the parts of Swagger 2.0 that differ from OpenAPI 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naftiko_gen.openapi.prose import prose
from naftiko_gen.openapi.read.api import (
    JSON,
    REPEATED,
    Body,
    Encoding,
    Media,
    Place,
    Response,
    Server,
    Style,
    is_json,
    media_parameters,
    media_type,
)
from naftiko_gen.openapi.read.document import as_typed
from naftiko_gen.openapi.read.examples import response_text
from naftiko_gen.openapi.read.facts import schema_name
from naftiko_gen.openapi.read.references import References
from naftiko_gen.openapi.read.shapes import Member, Shape, Shapes
from naftiko_gen.syntax.tree import Mapping, Scalar

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_SCHEMES = ("https", "http")
_STYLES = {
    "ssv": Style("spaceDelimited"),
    "tsv": Style("tabs"),
    "pipes": Style("pipeDelimited"),
    "multi": REPEATED,
}


def servers(root: Mapping) -> Iterator[Server]:
    """Yield the API's server, with the safest of its schemes."""
    host, path = root.text("host") or "", root.text("basePath") or ""
    schemes = root.get("schemes")
    value = schemes.plain() if schemes else None
    names = value if isinstance(value, list) else []
    scheme = next((scheme for scheme in _SCHEMES if scheme in names), "https")
    if host or path:
        span = root.value_span("host" if host else "basePath")
        yield Server(f"{scheme}://{host}{path}" if host else path, (), span)


def style(parameter: Mapping, place: Place = Place.QUERY) -> Style:
    """Return how the items of a parameter are sent; `csv` unless it says otherwise."""
    is_simple = place in (Place.PATH, Place.HEADER)
    fallback = Style("simple" if is_simple else "form")
    return _STYLES.get(parameter.text("collectionFormat") or "", fallback)


@dataclass(frozen=True)
class Bodies:
    """Reads the request and response bodies of an operation."""

    root: Mapping
    node: Mapping
    references: References
    shapes: Shapes

    def body(self, parameters: Sequence[Mapping]) -> Body | None:
        """Return the body that the parameters `in: body` or `in: formData` form."""
        body = next((p for p in parameters if p.text("in") == "body"), None)
        if body is not None:
            return self._whole(body)
        fields = {
            as_typed(parameter.get("name")): parameter
            for parameter in parameters
            if parameter.text("in") == "formData"
        }
        # Nothing can be sent under an empty name.
        fields.pop("", None)
        return self._form(fields) if fields else None

    def _whole(self, body: Mapping) -> Body:
        shape = self.shapes.shape(body.get("schema"))
        media = tuple(
            Media(media_type(name), shape, parameters=media_parameters(name))
            for name in self._names("consumes") or (JSON,)
        )
        about = prose(body.text("description"))
        return Body(media, body.is_true("required"), about, body.span)

    def response(self, status: int, response: Mapping) -> Response:
        """Return a response with its body."""
        shape = self.shapes.shape(response.get("schema"))
        types = self._types("produces") or (JSON,)
        examples = self.references.mapping(response.get("examples"))
        media = tuple(
            Media(
                type_,
                shape,
                example=_body(examples, type_, shape),
                schema_name=schema_name(response.get("schema")),
            )
            for type_ in types
        )
        is_empty = "schema" not in response
        span = response.key_span("schema")
        return Response(() if is_empty else media, span, status)

    def _form(self, fields: dict[str, Mapping]) -> Body:
        members = tuple(
            Member(name, self.shapes.shape(field), field.is_true("required"))
            for name, field in fields.items()
        )
        encodings = {
            name: Encoding(style=style(field))
            for name, field in fields.items()
            if field.text("type") == "array"
        }
        shape = Shape("object", members=members)
        media = tuple(
            Media(kind, shape, encodings) for kind in self._form_types(members)
        )
        required = any(member.required for member in members)
        return Body(media, required, "", next(iter(fields.values())).span)

    def _form_types(self, members: Sequence[Member]) -> list[str]:
        types = self._types("consumes")
        # Files are parts of a multipart body, even if another form is declared.
        if any(member.shape.is_binary for member in members):
            return [MULTIPART]
        return [kind for kind in (FORM, MULTIPART) if kind in types] or [FORM]

    def _types(self, key: str) -> tuple[str, ...]:
        return tuple(map(media_type, self._names(key)))

    def _names(self, key: str) -> tuple[str, ...]:
        """Return media types with their parameters."""
        holder = self.node if key in self.node else self.root
        items = self.references.items(holder.get(key))
        texts = (item.value for item in items if isinstance(item, Scalar))
        return tuple(str(text) for text in texts if text)


def _body(examples: Mapping | None, media_type: str, shape: Shape) -> str:
    """Return the example of a media type."""
    node = examples.get(media_type) if examples else None
    return response_text(node, shape.kind, is_json=is_json(media_type))
