"""Request bodies."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, has_placeholders
from naftiko_gen.resolve.consumed.declarations import style_of
from naftiko_gen.resolve.consumed.parameters import Fields, Parameters
from naftiko_gen.resolve.consumed.places import is_token, is_value
from naftiko_gen.resolve.templates import Fill, json_text, node_template, text_template
from naftiko_gen.resolve.usage import BODY
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BYTES = "application/octet-stream"
_ANY = ir.Anything()
_TYPE = "content-type"
_OF_PARTS = frozenset({"content-disposition", "content-type"})
"""The headers of parts that other keys set."""
_MEDIA_TYPES = {
    "text": "text/plain",
    "xml": "application/xml",
    "sparql": "application/sparql-query",
}


def type_header(model: models.ConsumedOperation, headers: Fields) -> Fields:
    """Return a `Content-Type` header for a special media type of JSON."""
    kind = model.body.type if isinstance(model.body, models.JsonBody) else "json"
    is_named = any(name.lower() == "content-type" for name, _ in headers)
    return () if kind == "json" or is_named else (("Content-Type", ir.Constant(kind)),)


@dataclass(frozen=True)
class BodyBuilder:
    """Builder of an operation's body."""

    operation: models.ConsumedOperation
    fields: Fields
    headers: Fields
    parameters: Parameters
    fixed: frozenset[str]
    """Names of parameters whose types don't follow from the format of the body.

    They are also sent elsewhere, or mentioned before.
    """
    is_alternative: bool = False

    @property
    def report(self) -> Report:
        """Return the report of the operation."""
        return self.parameters.report

    @property
    def media_type(self) -> str | None:
        """Return the media type in a header, which overrides the type of the body."""
        for name, value in self.headers:
            if name.lower() == _TYPE and isinstance(value, ir.Constant):
                return str(value.value).partition(";")[0].strip().lower()
        return None

    @property
    def _has_choice(self) -> bool:
        """Return whether a client can choose another body."""
        model = self.operation.body
        return isinstance(model, models.DescribedBody) and bool(model.alternatives)

    def body(self) -> ir.Body | None:
        """Return the body, or None if the operation sends none.

        The types of its parameters follow from its format. A `body` block overrides
        body parameters, but its template may use them.
        """
        content = self._body()
        mentions = content.placeholders if content else ()
        if self.parameters.note(mentions):
            return content
        # The first mention fixes the type for the others.
        fixed_names = self.fixed | {mention.name for mention in mentions}
        return replace(self, fixed=fixed_names)._body()

    def _body(self) -> ir.Body | None:
        model = self.operation.body
        usual = self._single(model)
        if usual is None or not isinstance(model, models.DescribedBody):
            return usual
        return self._with_alternatives(usual, model)

    def _with_alternatives(
        self, usual: ir.SingleBody, model: models.DescribedBody
    ) -> ir.Body:
        """Return the body with its alternatives, one of which a header chooses."""
        if not model.alternatives:
            return usual
        message = "the official language has no 'alternatives'"
        span = model.node.key_span("alternatives")
        self.report.add(Code.BODY_ALTERNATIVES, message, span)
        choice = next((v for n, v in self.headers if n.lower() == _TYPE), None)
        if choice is None or isinstance(choice, ir.Constant):
            message = "no parameter 'Content-Type' chooses an alternative"
            hint = "declare `{name: Content-Type, in: header}`"
            self.report.add(Code.UNUSABLE_ALTERNATIVE, message, span, hint)
            return usual
        others = sorted(self._alternatives(usual, model), key=_breadth)
        return ir.ChosenBody(usual, tuple(others), choice) if others else usual

    def _alternatives(
        self, usual: ir.SingleBody, model: models.DescribedBody
    ) -> Iterator[ir.SingleBody]:
        """Yield the alternatives that can be sent; report the others."""
        reader = replace(self, is_alternative=True)
        types = {usual.media_type}
        for alternative in model.alternatives:
            kind = reader._single(alternative)
            problem = _problem(kind, alternative, types)
            if problem:
                span = alternative.node.key_span("type")
                self.report.add(Code.UNUSABLE_ALTERNATIVE, problem, span)
            elif kind is not None:
                types.add(kind.media_type)
                yield kind

    def _single(self, model: models.Body | None) -> ir.SingleBody | None:
        """Return the body that a model describes, without its alternatives."""
        match model:
            case None:
                return self._declared_body()
            case "":
                return None
            case str() as text:
                return self._raw(text, self.operation.at("body"))
            case models.JsonBody() as model:
                return self._json(model)
            case models.TextBody() as model:
                return self._text(model)
            case models.BytesBody() as model:
                return self._bytes(model)
            case models.FormBody() as model:
                return self._form(model)
            case models.MultipartBody() as model:
                return self._multipart(model)
            case _:
                assert_never(model)

    # --- JSON ---

    def _json(self, model: models.JsonBody) -> ir.SingleBody | None:
        """Return a JSON body; without `data`, it is built from parameters."""
        match _data_node(model.node):
            case None if self.fields:
                return self._declared_body()
            case None:
                return self._structured_body(self._callers(model, ir.Anything()))
            case Scalar(value=str() as text, span=span) if text.lstrip()[:1] in "{[":
                template = json_text(text, span, self._fill(ir.Anything()))
                if template is None:
                    template = text_template(text, span, self._fill(ir.Anything()))
                return self._structured_body(template)
            case data:
                return self._structured_body(self._structure(data))

    def _declared_body(self) -> ir.SingleBody | None:
        """Return a body of the declared parameters: an object of them, or a single one.

        A single parameter is the whole body if it is an object, or if it is called
        `body` and may have a structure.
        """
        match self.fields:
            case ():
                return None
            case ((name, template),) if _is_whole(name, template):
                return self._structured_body(template)
            case ((name, template),) if _is_array(template):
                self._note_member(name)
        return ir.BodyTemplate(ir.ObjectTemplate(tuple(self.fields)))

    def _note_member(self, name: str) -> None:
        """Report an array that could be the whole body, if its name were `body`."""
        models_of_name = (m for m in self.operation.inputs if m.name == name)
        model = next(models_of_name, None)
        span = model.at("name") if model else self.operation.at("name")
        message = f"the array {quote(name)} is sent as a member of the body's object"
        hint = "if it is the whole body, call the parameter `body`"
        self.report.add(Code.MEMBER_OF_BODY, message, span, hint)

    def _structured_body(self, template: ir.Template) -> ir.SingleBody:
        """Return a body of a structure; a single placeholder is passed on unparsed."""
        match template:
            case ir.Argument(source=ir.Parameter() as parameter):
                if parameter.name in self.fixed:
                    return ir.Entity(parameter)
                return ir.Entity(self.parameters.passed_on(parameter))
            case _:
                return ir.BodyTemplate(template)

    def _raw(self, text: str, span: Span) -> ir.SingleBody:
        """Return a body written as text: JSON, unless a header has another type.

        Placeholders become JSON values; a text without any is sent unchanged.
        """
        media_type = self.media_type or JSON
        if _is_json(media_type):
            template = json_text(text, span, self._fill(ir.Anything()))
            if template is not None and has_placeholders(text):
                return self._structured_body(template)
            # A value could add members if no JSON string encloses it.
            if has_placeholders(text):
                message = "the body has placeholders, but isn't JSON"
                self.report.add(Code.UNUSABLE_JSON, message, span)
            elif template is None:
                message = "the body isn't JSON: it is sent unchanged"
                self.report.add(Code.NO_JSON, message, span)
        return self._text_of(media_type, self._fill_text(text, span))

    def _text_of(self, media_type: str, template: ir.Template) -> ir.TextBody:
        """Return a text body with escaped values."""
        if media_type.endswith("/graphql") and isinstance(template, ir.Joined):
            return ir.TextBody(media_type, ir.GraphQL(template.parts))
        return ir.TextBody(media_type, template, _escaping(template, media_type))

    def _structure(self, data: Node, kind: ir.Type = _ANY) -> ir.Template:
        return node_template(data, partial(text_template, fill=self._fill(kind)))

    # --- text and bytes ---

    def _text(self, model: models.TextBody) -> ir.SingleBody:
        media_type = self._text_type(model)
        if model.data is None:
            return ir.TextBody(media_type, self._callers(model, ir.Primitive.STRING))
        span = model.at("data")
        if self.media_type is not None and _is_json(self.media_type):
            return self._raw(model.data, span)
        template = self._fill_text(model.data, span)
        self._check_text(model, template)
        return self._text_of(self.media_type or media_type, template)

    def _text_type(self, model: models.TextBody) -> str:
        """Return the media type of a text; an alternative may have it beside `type`."""
        if model.media_type is not None and not self.is_alternative:
            message = "only a body of 'alternatives' can have 'contentType'"
            hint = "write the media type into a header `Content-Type`"
            span = model.node.key_span("contentType")
            self.report.add(Code.UNSUPPORTED, message, span, hint)
        return model.media_type or _MEDIA_TYPES.get(model.type, model.type)

    def _check_text(
        self, model: models.TextBody | models.BytesBody, template: ir.Template
    ) -> None:
        """Report placeholders in a JSON text: they can't be escaped there."""
        if isinstance(template, ir.Joined) and _is_json(self.media_type or model.type):
            message = f"a text of the type {quote(model.type)} can't hold placeholders"
            hint = "write `type: json`, and the type into a header `Content-Type`"
            self.report.add(Code.UNSUPPORTED, message, model.at("data"), hint)

    def _bytes(self, model: models.BytesBody) -> ir.SingleBody:
        data = _data_node(model.node)
        if isinstance(data, Scalar) and isinstance(data.value, str):
            template = self._structure(data, ir.Bytes())
        else:
            template = self._callers(model, ir.Bytes())
        match template:
            # If another kind of body has fixed its type, it is text in base64.
            case ir.Argument(source=ir.Parameter(type=kind) as parameter) if (
                kind == ir.Bytes() or self.is_alternative
            ):
                return ir.BytesBody(model.type, parameter)
            case _:
                self._check_text(model, template)
                return self._text_of(self.media_type or model.type, template)

    def _fill_text(self, text: str, span: Span) -> ir.Template:
        return text_template(text, span, self._fill(ir.Primitive.STRING))

    def _callers(self, model: models.DescribedBody, kind: ir.Type) -> ir.Template:
        """Return the only body parameter, else an undeclared one called `body`."""
        span = model.node.key_span("type")
        names = [name for name, _ in self.fields]
        if len(names) != 1:
            message = "a body without 'data' becomes the parameter 'body'"
            self.report.add(Code.CALLERS_BODY, message, span)
        name = names[0] if len(names) == 1 else BODY
        parameter = self.parameters.by_name.get(name)
        return self._argument(parameter or self.parameters.infer_body(name, kind), kind)

    # --- forms ---

    def _form(self, model: models.FormBody) -> ir.SingleBody:
        match _data_node(model.node):
            case None if self.fields:
                return self._form_of(ir.ObjectTemplate(tuple(self.fields)), model)
            case None:
                return ir.FormBody(self._callers(model, ir.Object()))
            case Scalar(value=str()) as data:
                template = self._structure(data)
                if isinstance(template, ir.Argument):
                    return self._form_of(template, model)
                return ir.TextBody(FORM, template, ir.Escaping.FORM)
            case data:
                entries = ir.FormBody(self._structure(data)).open_members or ()
                fields = ir.ObjectTemplate((*entries, *self._unused_fields(entries)))
                return self._form_of(fields, model)

    def _form_of(self, form: ir.Template, model: models.FormBody) -> ir.FormBody:
        """Return a form with the styles of its fields; report those of others."""
        names, encodings = {*model.encoding}, model.encoding.items()
        if isinstance(form, ir.ObjectTemplate):
            names = {name for name, _ in form.entries}
        styles = tuple(self._field_styles(model, names))
        reserved = (n for n, e in encodings if e.allow_reserved and n in names)
        base64 = tuple(n for n, e in encodings if e.content_encoding)
        return ir.FormBody(form, styles, tuple(reserved), base64)

    def _field_styles(
        self, model: models.FormBody, names: Collection[str]
    ) -> Iterator[tuple[str, ir.Style]]:
        for name, encoding in model.encoding.items():
            style = style_of(encoding, self.report)
            if name not in names:
                message = f"the form has no field {quote(name)}"
                self.report.add(Code.IGNORED_STYLE, message, encoding.node.span)
            elif style is not None:
                yield name, style

    def _multipart(self, model: models.MultipartBody) -> ir.SingleBody:
        if isinstance(model.data, str):
            return self._multipart_object(model, model.data)
        if not model.data and not self.fields:
            self.report.add(Code.MISSING_KEY, "'data' is missing", model.at("type"))
        body = ir.MultipartBody(tuple(map(self._part, model.data)))
        values = (
            (v.name if v.place == "part" else "", v.template) for v in body.values
        )
        fields = (ir.FieldPart(*pair) for pair in self._unused_fields(tuple(values)))
        return replace(body, parts=(*body.parts, *fields))

    def _multipart_object(
        self, model: models.MultipartBody, data: str
    ) -> ir.MultipartObject:
        """Return a multipart body of an object's members, some of which are files."""
        kind = ir.Anything() if self._has_choice else ir.Object()
        template = text_template(data, model.at("data"), self._fill(kind))
        if not isinstance(template, ir.Argument):
            message = "a multipart body is a list of parts, or one placeholder"
            self.report.add(Code.WRONG_TYPE, message, model.at("data"))
        members = (
            (
                ir.FileMember(name, *self._about_file(encoding, name))
                if _is_file(encoding)
                else ir.FieldMember(name, *self._about_field(encoding))
            )
            for name, encoding in model.encoding.items()
        )
        return ir.MultipartObject(template, tuple(members))

    def _about_field(
        self, model: models.EncodedField
    ) -> tuple[ir.Style | None, str | None, Fields]:
        """Return the style or the type of a field, and the headers of its part."""
        style = style_of(model, self.report)
        # Members of an object have no parts of their own.
        style = None if style is ir.Style.MEMBERS else style
        media_type = None if style else model.media_type
        if media_type is not None and not is_value(media_type):
            message = f"{quote(media_type)} can't be the type of a part"
            self.report.add(Code.UNUSABLE_HEADER, message, model.at("contentType"))
        return style, media_type, self._part_headers(model)

    def _about_file(
        self, model: models.EncodedField, name: str
    ) -> tuple[ir.Template, ir.Template, Fields]:
        """Return the name and the type of a file, and the headers of its part."""
        return (
            self._text_or_default(model, "filename", name),
            self._text_or_default(model, "contentType", BYTES),
            self._part_headers(model),
        )

    def _part(self, model: models.Part) -> ir.Part:
        is_file = _is_file(model)
        node = model.node.get("value") or model.node
        kind = ir.Bytes() if is_file and isinstance(node, Scalar) else ir.Anything()
        value = self._structure(node, kind)
        if not is_file:
            return ir.FieldPart(model.name, value, *self._about_field(model))
        return ir.FilePart(model.name, value, *self._about_file(model, model.name))

    def _part_headers(self, model: models.EncodedField) -> Fields:
        """Return the headers of a part, and report the extension."""
        if not model.headers:
            return ()
        message = "the official language has no headers of parts"
        self.report.add(Code.PART_HEADERS, message, model.node.key_span("headers"))
        return tuple(map(self._part_header, model.node.members("headers")))

    def _part_header(self, entry: Entry) -> tuple[str, ir.Template]:
        if not is_token(entry.key) or entry.key.lower() in _OF_PARTS:
            message = f"{quote(entry.key)} can't be a header of a part"
            self.report.add(Code.UNUSABLE_HEADER, message, entry.span)
        text = entry.value.value if isinstance(entry.value, Scalar) else ""
        return entry.key, self._fill_text(str(text), entry.value.span)

    def _text_or_default(
        self, model: models.EncodedField, key: str, default: str
    ) -> ir.Template:
        """Return the template of a file's name or type, or a default."""
        data = model.node.get(key)
        text = data.value if isinstance(data, Scalar) else None
        if data is None or not isinstance(text, str):
            return ir.Constant(default)
        return self._fill_text(text, data.span)

    def _unused_fields(self, entries: Fields) -> Iterator[tuple[str, ir.Template]]:
        """Yield the body parameters that the template of a form doesn't use.

        If a client can choose another body, that one may use them.
        """
        names = {name for name, _ in entries}
        used_names = {s.name for _, value in entries for s in ir.placeholders(value)}
        for name, value in () if self._has_choice else self.fields:
            sources = {source.name for source in ir.placeholders(value)}
            if name not in names and used_names.isdisjoint(sources):
                yield name, value

    # --- placeholders ---

    def _fill(self, kind: ir.Type) -> Fill:
        """Return a function that fills placeholders, with `kind` as default type.

        Bytes override a declared type.
        """

        def fill(placeholder: Placeholder, span: Span) -> ir.Template:
            template = self.parameters.fill(ir.Place.BODY, placeholder, span)
            match template:
                case ir.Argument(source=ir.Parameter() as parameter):
                    return self._argument(parameter, kind)
                case _:
                    return template

        return fill

    def _argument(self, parameter: ir.Parameter, kind: ir.Type) -> ir.Argument:
        if parameter.name in self.fixed:
            return ir.Argument(parameter)
        return ir.Argument(self.parameters.narrow_type(parameter, kind))


def _breadth(kind: ir.SingleBody) -> tuple[bool, int]:
    """Return how much a media type leaves open: the widest range is the last."""
    return ir.is_range(kind.media_type), -len(kind.media_type)


def _problem(
    kind: ir.SingleBody | None, model: models.DescribedBody, types: Collection[str]
) -> str | None:
    """Return why an alternative can't be sent, or None."""
    if kind is None:
        return "an alternative has to describe a body"
    if model.alternatives:
        return "an alternative has no alternatives of its own"
    if kind.media_type in types:
        return f"another body has the type {quote(kind.media_type)}"
    if _loses_bytes(kind):
        return f"the type {quote(kind.media_type)} can't hold the bytes of another body"
    return None


def _loses_bytes(kind: ir.SingleBody) -> bool:
    """Return whether a parameter of bytes is no whole body, file or field of a form."""
    match kind:
        case ir.BytesBody():
            return False
        case ir.MultipartBody(parts=parts):
            fields = [part.value for part in parts if isinstance(part, ir.FieldPart)]
            sources = [s for value in fields for s in ir.placeholders(value)]
        case ir.FormBody(template=ir.ObjectTemplate(entries=entries)):
            inner = [v for _, v in entries if not isinstance(v, ir.Argument)]
            sources = [s for value in inner for s in ir.placeholders(value)]
        case _:
            sources = list(kind.placeholders)
    return any(source.type in (ir.Bytes(), ir.Array(ir.Bytes())) for source in sources)


def _is_file(model: models.EncodedField) -> bool:
    """Return whether a part is a file; an empty name makes a field with a type."""
    is_typed = model.filename is None and model.media_type is not None
    return bool(model.filename) or is_typed


def _data_node(model: Mapping) -> Node | None:
    """Return the `data` of a body, None if it is absent or null."""
    data = model.get("data")
    return None if data is None or data.plain() is None else data


def _is_whole(name: str, template: ir.Template) -> bool:
    match template:
        case ir.Argument(source=ir.Parameter(type=ir.Object())):
            return True
        case ir.Argument(source=ir.Parameter(type=ir.Primitive())):
            # A member called `body` is likelier than a body that is a single string.
            return False
        case _:
            return name == "body"


def _is_array(template: ir.Template) -> bool:
    match template:
        case ir.Argument(source=ir.Parameter(type=kind)):
            return isinstance(ir.base_type(kind), ir.Array)
        case _:
            return False


def _is_json(media_type: str) -> bool:
    return "json" in media_type


def _escaping(template: ir.Template, media_type: str) -> ir.Escaping:
    """Return the escaping of values; a value that is the whole text needs none."""
    if not isinstance(template, ir.Joined):
        return ir.Escaping.NONE
    if media_type.endswith(("/xml", "+xml", "/html")):
        return ir.Escaping.XML
    return ir.Escaping.FORM if media_type == FORM else ir.Escaping.NONE
