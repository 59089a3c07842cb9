"""From an operation of an API to the request that a capability makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_plus

from naftiko_gen.expressions import json_path
from naftiko_gen.openapi.api import Place, Remark, Spread
from naftiko_gen.openapi.block import Block
from naftiko_gen.openapi.names import distinct, input_name
from naftiko_gen.openapi.outline import described, outlined
from naftiko_gen.openapi.prose import brief, sentence
from naftiko_gen.openapi.swagger import FORM, MULTIPART
from naftiko_gen.quoting import shown
from naftiko_gen.resolve import headers
from naftiko_gen.resolve.descriptions import humanised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from naftiko_gen.openapi.api import Body, Media, Operation, Parameter
    from naftiko_gen.openapi.block import Value
    from naftiko_gen.openapi.credentials import Credential
    from naftiko_gen.openapi.shapes import Member, Shape
    from naftiko_gen.spec import Kind

_INPUTS = 250
_OUTPUTS = 200
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_TEXTS = {
    "text/plain": "text",
    "application/xml": "xml",
    "application/sparql-query": "sparql",
}
_RAW_FORMATS = {
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/yaml": "yaml",
    "text/html": "html",
    "text/markdown": "markdown",
    "application/avro": "avro",
    "application/x-protobuf": "protobuf",
}
_SEPARATORS = {
    Spread.COMMAS: "commas",
    Spread.SPACES: "spaces",
    Spread.TABS: "tabs",
    Spread.PIPES: "|",
    Spread.LABEL: "dots",
    Spread.MATRIX: "commas",
}


@dataclass(frozen=True)
class Input:
    """What a caller gives, and the parameter that it feeds.

    Attributes:
        wire: The parameter's name; in a path and in a body it is a name of ours.
        name: What callers call it.
    """

    wire: str
    place: str
    name: str
    kind: Kind
    required: bool
    description: str


@dataclass(frozen=True)
class Constant:
    """A parameter that always has one value."""

    name: str
    place: Place
    value: str


@dataclass(frozen=True)
class Output:
    """A part of the answer."""

    name: str
    kind: Kind
    value: str


@dataclass(frozen=True)
class Request:
    """A request, as the language says it.

    Attributes:
        path: With a template for each variable.
        route: The same for callers.
    """

    path: str
    route: str
    inputs: tuple[Input, ...]
    constants: tuple[Constant, ...] = ()
    body: Value = None
    raw_format: str = "json"
    outputs: tuple[Output, ...] = ()
    remarks: tuple[Remark, ...] = ()


def request(operation: Operation, credential: Credential | None) -> Request:
    """Return the request of an operation."""
    return _Composer(operation, credential).request()


@dataclass
class _Composer:
    """Puts the parts of a request together; parameters that names clash with go last.

    What stands in the query or in a header is called there as the API calls it. What
    stands in the path or in the body has a name of ours, as all inputs of callers.
    """

    operation: Operation
    credential: Credential | None
    remarks: list[Remark] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    body: Block = field(default_factory=Block)
    taken: set[str] = field(default_factory=set)

    def request(self) -> Request:
        """Compose the request."""
        path, _, query = self.operation.path.partition("#")[0].partition("?")
        parameters = self.operation.parameters
        self.taken |= {p.name for p in parameters if p.place is not Place.PATH}
        for parameter in parameters:
            if parameter.place is not Place.PATH:
                self._add(parameter)
        self._fix_query(query)
        consumed, route = self._paths(path, parameters)
        self._add_body()
        return Request(
            consumed,
            route,
            tuple(sorted(self.inputs, key=lambda each: _ORDER[each.place])),
            tuple(self.constants),
            self._said_body(),
            self._raw_format(),
            tuple(self._outputs()),
            tuple(self.remarks),
        )

    def _leave_out(self, parameter: Parameter, why: str) -> None:
        place, name = parameter.place, shown(parameter.name)
        text = f"the {place} parameter {name} is left out: {why}"
        self.remarks.append(Remark(text, parameter.span))

    # --- query and headers ---

    def _add(self, parameter: Parameter) -> None:
        why = self._problem(parameter)
        if why is not None:
            self._leave_out(parameter, why)
        elif not self._is_credential(parameter):
            for input_ in self._spread(parameter):
                self._declare(input_, parameter)

    def _problem(self, parameter: Parameter) -> str | None:
        """Return why a parameter can't be one of the language, or None."""
        name = parameter.name.lower()
        match parameter.place:
            case Place.COOKIE:
                return "the language sends no cookies"
            case Place.HEADER if not headers.is_token(name):
                return "it is no name of a header"
            case Place.HEADER if headers.is_framing(name):
                return "only the HTTP client sets it"
            case Place.HEADER if name == "cookie" or (
                name == "authorization" and not self._is_credential(parameter)
            ):
                return "credentials aren't the caller's to give"
            case _ if len(self.inputs) >= _INPUTS:
                return "there are too many"
            case _:
                return None

    def _is_credential(self, parameter: Parameter) -> bool:
        """Say whether the authentication sets it."""
        held = self.credential
        if held is None:
            return False
        in_header = parameter.place is Place.HEADER
        names = held.headers if in_header else held.queries
        return (parameter.name.lower() if in_header else parameter.name) in names

    def _declare(self, input_: Input, parameter: Parameter) -> None:
        """Add an input, unless the language can't tell it from another one."""
        if input_.wire.lower() in {each.wire.lower() for each in self.inputs}:
            in_header = parameter.place is Place.HEADER
            is_same = input_.wire in {each.wire for each in self.inputs}
            if in_header or is_same:
                self._leave_out(parameter, "another one has its name")
                return
        is_usable = input_name(input_.wire) == input_.wire
        place = input_.place
        name = input_.wire if is_usable else self._free(input_.wire, place)
        self.inputs.append(replace(input_, name=name))
        self.taken.add(input_.wire)

    def _spread(self, parameter: Parameter) -> Iterator[Input]:
        """Yield the inputs that a parameter is: an object is one for each member."""
        shape = parameter.shape
        name, place = parameter.name, parameter.place.value
        if parameter.spread is Spread.JSON:
            text = f"{sentence(outlined(parameter.description, shape))} As JSON."
            yield Input(name, place, "", "string", parameter.required, text.strip())
        elif shape.kind == "object" or shape.members:
            yield from self._members(parameter)
        else:
            kind, text = self._flat(parameter)
            yield Input(name, place, "", kind, parameter.required, text)

    def _flat(self, parameter: Parameter) -> tuple[Kind, str]:
        """Return type and description of a single value, or of a list."""
        shape = parameter.shape
        text = described(parameter.description, shape)
        separator = _SEPARATORS.get(parameter.spread)
        if shape.kind == "array" and separator:
            return "string", f"{sentence(text)} Several are separated by {separator}."
        text = text or f"{humanised(parameter.name)}."
        return shape.kind or "string", text

    def _members(self, parameter: Parameter) -> Iterator[Input]:
        is_open = parameter.spread in (Spread.DEEP, Spread.REPEATED)
        if not is_open:
            text = f"{sentence(parameter.description)} Names and values, all separated"
            text = f"{text} by {_SEPARATORS[parameter.spread]}.".strip()
            place = parameter.place.value
            yield Input(parameter.name, place, "", "string", parameter.required, text)
            return
        if not parameter.shape.members:
            self._leave_out(parameter, "nothing says what is in the object")
        for member in parameter.shape.members:
            is_deep = parameter.spread is Spread.DEEP
            wire = f"{parameter.name}[{member.name}]" if is_deep else member.name
            shape = member.shape
            yield Input(
                wire,
                parameter.place.value,
                "",
                shape.kind or "string",
                parameter.required and member.required,
                described(shape.description, shape) or f"{humanised(member.name)}.",
            )

    def _fix_query(self, query: str) -> None:
        """Make parameters with a value of what the path itself has behind its `?`."""
        for pair in query.split("&") if query else ():
            name, _, value = (unquote_plus(part) for part in pair.partition("="))
            if name and "{" not in pair and name not in self.taken:
                self.constants.append(Constant(name, Place.QUERY, value))
                self.taken.add(name)

    # --- path ---

    def _paths(self, path: str, parameters: Sequence[Parameter]) -> tuple[str, str]:
        """Return the path of the request, and that of the route."""
        declared = {p.name: p for p in parameters if p.place is Place.PATH}
        consumed, route = [], []
        met: set[str] = set()
        for at, piece in enumerate(_VARIABLE.split(path)):
            if at % 2 == 0:
                text = quote(piece, safe=_SAFE_IN_PATH)
                consumed.append(text)
                route.append(text)
                continue
            parameter = declared.get(piece)
            # A variable that stands twice is two: a route can't have it twice.
            name = self._variable(piece, parameter)
            before = _prefix(parameter)
            consumed.append(f"{before}{{{{{name}}}}}")
            route.append(f"{before}{{{name}}}")
            met.add(piece)
        for name in sorted(declared.keys() - met):
            self._leave_out(declared[name], "the path has no such variable")
        return _rooted(consumed), _rooted(route)

    def _variable(self, name: str, parameter: Parameter | None) -> str:
        ours = self._free(name, "path")
        kind: Kind = "string"
        text = f"{humanised(name)}."
        if parameter is None:
            text_ = f"the path's variable {shown(name)} isn't described: it is a string"
            self.remarks.append(Remark(text_, self.operation.span))
        elif parameter.shape.kind in ("object", "array") or parameter.shape.members:
            kind, text = self._listed(parameter)
        else:
            kind = parameter.shape.kind or "string"
            text = described(parameter.description, parameter.shape) or text
        self.inputs.append(
            Input(ours, "path", ours, kind, required=True, description=text)
        )
        return ours

    def _listed(self, parameter: Parameter) -> tuple[Kind, str]:
        separator = _SEPARATORS.get(parameter.spread, "commas")
        text = described(parameter.description, parameter.shape)
        return "string", f"{sentence(text)} Several are separated by {separator}."

    def _free(self, name: str, tail: str) -> str:
        """Return a name for callers that nothing else has, and take it."""
        wanted = input_name(name)
        short = wanted[:50]
        numbered = (f"{short}-{number}" for number in count(2))
        names = chain((wanted, f"{short}-{tail}"), numbered)
        free = next(each for each in names if each not in self.taken)
        self.taken.add(free)
        return free

    # --- body ---

    def _add_body(self) -> None:
        body = self.operation.body
        media = preferred(body.media) if body else None
        if body is None:
            return
        if self.operation.method == "GET":
            self._refuse(body, "a GET has none")
        elif media is None:
            self._refuse(body, "nothing says what it is")
        else:
            self._mention(body, [each.type for each in body.media if each is not media])
            self._compose(body, media)

    def _said_body(self) -> Value:
        """Return the body; a method that could have one has to say that it has none."""
        is_open = self.operation.method in ("POST", "PUT", "PATCH")
        return "" if is_open and not self.body.entries else self.body

    def _mention(self, body: Body, others: Sequence[str]) -> None:
        """Say what else the body could be."""
        if others:
            listed = ", ".join(brief(each, 60) for each in others[:8])
            text = f"the body could be {listed} as well"
            self.remarks.append(Remark(text, body.span))

    def _refuse(self, body: Body, why: str) -> None:
        self.remarks.append(Remark(f"the body is left out: {why}", body.span))

    def _compose(self, body: Body, media: Media) -> None:
        if media.is_json or "*" in media.type.partition("/")[0]:
            self._json(body, media)
        elif media.type == FORM:
            self._form(body, media)
        elif media.type == MULTIPART:
            self._multipart(body, media)
        else:
            self._content(body, media)

    def _json(self, body: Body, media: Media) -> None:
        kind = media.shape.kind or "object"
        self._whole(body, media, kind, "json")
        if media.is_json and media.type != "application/json":
            constant = Constant("Content-Type", Place.HEADER, media.type)
            self.constants.append(constant)

    def _content(self, body: Body, media: Media) -> None:
        """Make a body of text or of bytes, which the caller gives whole."""
        is_type = MEDIA_TYPE.fullmatch(media.type)
        kind = media.type if is_type else "application/octet-stream"
        self._whole(body, media, "string", _TEXTS.get(kind, kind))

    def _whole(self, body: Body, media: Media, kind: Kind, type_: str) -> None:
        name = self._free("body", "request")
        about = body.description or media.shape.description
        if media.shape.members and not about:
            about = f"The body of the request ({brief(media.type, 60)}):"
        said = outlined(about, media.shape)
        text = said or f"The body of the request ({brief(media.type, 60)})."
        self.inputs.append(Input(name, "body", name, kind, body.required, text))
        self.body.put("type", type_).put("data", f"{{{{{name}}}}}")

    def _form(self, body: Body, media: Media) -> None:
        if not self._writable(media.shape):
            self._whole(body, media, "object", "formUrlEncoded")
            return
        fields = Block()
        for member in self._writable(media.shape):
            fields.put(member.name, f"{{{{{self._field(member, body)}}}}}")
        self.body.put("type", "formUrlEncoded").put("data", fields)

    def _multipart(self, body: Body, media: Media) -> None:
        if not self._writable(media.shape):
            self._refuse(body, "nothing says what parts it has")
            return
        types = dict(media.part_types)
        parts: list[Value] = []
        for member in self._writable(media.shape):
            held = member.shape.items or member.shape
            part = Block().put("name", member.name)
            part.put("value", f"{{{{{self._field(member, body)}}}}}")
            kind = types.get(member.name)
            if held.is_binary:
                part.put("filename", member.name)
            if kind and (held.is_binary or kind != "text/plain"):
                part.put("contentType", kind if MEDIA_TYPE.fullmatch(kind) else None)
            parts.append(part)
        self.body.put("type", "multipartForm").put("data", parts)

    def _writable(self, shape: Shape) -> list[Member]:
        return [m for m in shape.members if m.name and not m.shape.is_read_only]

    def _field(self, member: Member, body: Body) -> str:
        """Declare a field of a form, and return what it is called."""
        name = self._free(member.name, "body")
        shape = member.shape
        text = outlined(shape.description, shape) or f"{humanised(member.name)}."
        required = body.required and member.required
        kind = shape.kind or "string"
        self.inputs.append(Input(name, "body", name, kind, required, text))
        return name

    # --- answer ---

    def _raw_format(self) -> str:
        answer = self.operation.answer
        media = answer.media if answer else ()
        if not media or any(each.is_json for each in media):
            return "json"
        return _RAW_FORMATS.get(media[0].type, "json")

    def _outputs(self) -> Iterator[Output]:
        answer = self.operation.answer
        media = next((m for m in answer.media if m.is_json), None) if answer else None
        if media is None:
            return
        if media.shape.kind not in (None, "object"):
            name = "items" if media.shape.kind == "array" else "value"
            yield Output(name, _output_kind(media.shape), "$.")
            return
        members = [m for m in media.shape.members if not m.shape.is_write_only]
        paths = {m.name: _json_path(m.name) for m in members[:_OUTPUTS]}
        usable = [m for m in members[:_OUTPUTS] if json_path(paths[m.name])]
        names = distinct([(m.name, input_name(m.name)) for m in usable])
        for member in usable:
            kind = _output_kind(member.shape)
            yield Output(names[member.name], kind, paths[member.name])


_ORDER = {"path": 0, "query": 1, "header": 2, "body": 3}
_PREFERENCES: tuple[Callable[[Media], bool], ...] = (
    lambda media: media.is_json,
    lambda media: media.type == FORM,
    lambda media: media.type == MULTIPART,
    lambda media: media.type.startswith("text/"),
    lambda media: media.type.endswith("xml"),
)


def preferred(media: Sequence[Media]) -> Media | None:
    """Return what a body is, if it can be several things."""
    liked = (each for wish in _PREFERENCES for each in media if wish(each))
    return next(chain(liked, media), None)


def _prefix(parameter: Parameter | None) -> str:
    """Return what stands in front of a variable by its style."""
    match parameter.spread if parameter else None:
        case Spread.LABEL:
            return "."
        case Spread.MATRIX:
            name = parameter.name if parameter else ""
            return f";{quote(name, safe='')}="
        case _:
            return ""


def _rooted(pieces: Sequence[str]) -> str:
    path = "".join(pieces)
    return path if path.startswith("/") else f"/{path}"


def _output_kind(shape: Shape) -> Kind:
    """Return a type that the official language has for outputs."""
    return "number" if shape.kind == "integer" else shape.kind or "object"


def _json_path(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        return f"$.{name}"
    mark = '"' if "'" in name else "'"
    return f"$[{mark}{name}{mark}]"
