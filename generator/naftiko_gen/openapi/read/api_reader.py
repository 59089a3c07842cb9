"""Read the API from the tree of an OpenAPI document.

A faulty part is left out with a remark; the other parts are read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code, Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language.names import package_version
from naftiko_gen.language.urls import find_departure
from naftiko_gen.openapi.prose import brief, line, prose
from naftiko_gen.openapi.read import swagger
from naftiko_gen.openapi.read.api import (
    REPEATED,
    Api,
    Body,
    Encoding,
    Media,
    Omission,
    Operation,
    Parameter,
    PartHeader,
    Place,
    Remark,
    Response,
    Server,
    Style,
    Variable,
    is_json,
    known_style,
    media_parameters,
    media_type,
    short_id,
    with_distinct_ids,
)
from naftiko_gen.openapi.read.document import SWAGGER, as_typed
from naftiko_gen.openapi.read.examples import (
    fitting_example,
    media_example,
    response_text,
)
from naftiko_gen.openapi.read.facts import schema_name
from naftiko_gen.openapi.read.pagination import BODY, read_pagination
from naftiko_gen.openapi.read.references import References
from naftiko_gen.openapi.read.security import read_requirements, read_schemes
from naftiko_gen.openapi.read.shapes import Shape, Shapes
from naftiko_gen.syntax.tree import Entry, IdentityMap, Mapping, Node

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
_OTHER_METHODS = ("trace", "query")
_NO_METHOD = "has no method of the language"
_OPERATIONS = 20_000
_ALL_PARAMETERS = 200_000
_TAGS = 50
_TAG_TEXT = 200
"""The most characters of a tag's description."""
_WEBSITE = re.compile(r"https://[!-~]{1,500}")
# OpenAPI 3 declares these in other places and ignores such parameters.
_IGNORED = frozenset({"accept", "content-type", "authorization"})
_SUCCESSES = (
    *("200", "201", "202", "203", "206", "207", "2XX", "2xx"),
    *("204", "205", "default"),
)
"""The statuses of successes, those with content first."""


def read_api(
    root: Mapping, version: str, references: References, report: Report
) -> Api | None:
    """Return the API that a document describes, or None after reporting why not."""
    if not isinstance(root.get("paths"), Mapping):
        message = "the document has no 'paths'"
        hint = "a document that has only schemas or webhooks describes no operations"
        report.add(Code.UNUSABLE_OPENAPI, message, root.value_span("paths"), hint)
        return None
    is_swagger = version == SWAGGER
    root = swagger.convert_root(root) if is_swagger else root
    return _Reader(root, is_swagger, references, report).api()


_MEMBER_LEVELS = 3
"""The levels of a body whose members may ask for a page."""


@dataclass
class _Reader:
    root: Mapping
    is_swagger: bool
    references: References
    report: Report
    _shapes: Shapes = field(init=False)
    _omitted: list[Omission] = field(default_factory=list)
    _authorizations: list[Span] = field(default_factory=list)
    _known: IdentityMap[Mapping, Parameter] = field(default_factory=IdentityMap)
    """Parameters by the identity of their nodes."""

    def __post_init__(self) -> None:
        self._shapes = Shapes(self.references)

    def api(self) -> Api:
        about = self._about()
        version = package_version(as_typed(about.get("version")))
        operations = with_distinct_ids(tuple(self._operations()))
        self._check_size(operations)
        return Api(
            title=line(about.text("title") or ""),
            version=version.text if version else None,
            description=prose(about.text("description") or about.text("summary")),
            tags=dict(self._tags()),
            servers=tuple(self._servers(self.root)),
            schemes=read_schemes(self.root, self.references),
            requirements=read_requirements(self.root.get("security")),
            operations=operations,
            span=self.root.span,
            remarks=tuple(self._remarks()),
            omitted=tuple(self._omitted),
            website=self._website(),
            authorizations=tuple(self._authorizations),
        )

    def _about(self) -> Mapping:
        info = self.references.mapping(self.root.get("info"))
        return info or Mapping((), self.root.span)

    def _tags(self) -> Iterator[tuple[str, str]]:
        """Yield the tags that the document lists, with their descriptions."""
        for node in self.references.items(self.root.get("tags"))[:_TAGS]:
            if isinstance(node, Mapping) and (name := line(node.text("name") or "")):
                yield name, brief(prose(node.text("description")), _TAG_TEXT)

    def _website(self) -> str | None:
        """Return the first address of a page about the API that is one of HTTPS."""
        holders = (self.root.get("externalDocs"), self._about().get("contact"))
        urls = (holder.text("url") for holder in holders if isinstance(holder, Mapping))
        return next((url for url in urls if url and _WEBSITE.fullmatch(url)), None)

    def _remarks(self) -> Iterator[Remark]:
        """Yield remarks on webhooks, and a version that no package can have."""
        about = self._about()
        literal = as_typed(about.get("version"))
        version, span = package_version(literal), about.value_span("version")
        if literal and version is None:
            text = f"the version {quote(literal)} is none that a package can have"
            yield Remark(f"{text}: write one into 'info'", span)
        elif version and not version.is_whole:
            text = f"of the version {quote(literal)}, a package can have {version.text}"
            yield Remark(text, span)
        if self.root.members("webhooks"):
            span = self.root.key_span("webhooks")
            yield Remark("webhooks are left out: nothing calls a capability", span)

    def _servers(self, holder: Mapping) -> Iterator[Server]:
        for node in self.references.items(holder.get("servers")):
            if isinstance(node, Mapping) and (url := node.text("url")):
                entries = self.references.entries(node.get("variables"))
                variables = tuple(map(self._variable, entries))
                yield Server(url, variables, node.value_span("url"))

    def _variable(self, entry: Entry) -> Variable:
        node = self.references.mapping(entry.value) or Mapping((), entry.span)
        default = as_typed(node.get("default")) if "default" in node else None
        choices = self.references.items(node.get("enum"))
        return Variable(
            entry.key,
            # Some documents repeat the placeholder instead of a value.
            None if default == f"{{{entry.key}}}" else default,
            tuple(map(as_typed, choices)),
            line(node.text("description") or ""),
        )

    # --- operations ---

    def _operations(self) -> Iterator[Operation]:
        """Yield the operations, up to the first one beyond the limits."""
        count = parameters = 0
        for entry in self.references.entries(self.root.get("paths")):
            for operation in self._of_path(entry):
                count += 1
                parameters += len(operation.parameters)
                yield operation
                if count > _OPERATIONS or parameters > _ALL_PARAMETERS:
                    return

    def _check_size(self, operations: Sequence[Operation]) -> None:
        """Report a document with more operations or parameters than allowed."""
        parameters = sum(len(operation.parameters) for operation in operations)
        for count, most, noun in (
            (len(operations), _OPERATIONS, "operations"),
            (parameters, _ALL_PARAMETERS, "parameters"),
        ):
            if count > most:
                message = f"the document has more than {most:,} {noun}"
                span = self.root.key_span("paths")
                self.report.add(Code.UNUSABLE_OPENAPI, message, span)

    def _of_path(self, entry: Entry) -> Iterator[Operation]:
        if entry.key.startswith("x-"):
            return
        departure = find_departure(entry.key)
        item = None if departure else self._path_item(entry.value)
        if item is None:
            why = departure or "can't be read"
            self._omitted.append(Omission("", entry.key, (), why, entry.span))
        for child in item.entries if item else ():
            method = child.key.lower()
            if method in METHODS and item is not None:
                yield from self._of_method(method.upper(), entry.key, item, child)
            elif method in _OTHER_METHODS:
                self._omit(method.upper(), entry.key, _NO_METHOD, child)
            elif child.key == "additionalOperations":
                for other in self.references.entries(child.value):
                    self._omit(other.key, entry.key, _NO_METHOD, other)

    def _path_item(self, node: Node) -> Mapping | None:
        """Return the methods of a path; those beside a `$ref` override its target's."""
        target = self.references.mapping(node)
        if target is node or not isinstance(node, Mapping):
            return target
        beside = node.drop("$ref").entries
        keys = {entry.key for entry in beside}
        others = target.entries if target else ()
        inherited_entries = (entry for entry in others if entry.key not in keys)
        entries = (*inherited_entries, *beside)
        return Mapping(entries, node.span) if target or beside else None

    def _of_method(
        self, method: str, path: str, item: Mapping, child: Entry
    ) -> Iterator[Operation]:
        node = self.references.mapping(child.value)
        first = next(e for e in item.entries if e.key.upper() == method)
        if node is None:
            self._omit(method, path, "isn't a mapping", child)
        elif child is not first:
            self._omit(method, path, "is there twice", child)
        else:
            yield self._operation(method, path, node, item, child)

    def _omit(self, method: str, path: str, why: str, child: Entry) -> None:
        """Keep the name of an operation that is left out."""
        node = self.references.mapping(child.value)
        tags = self._tags_of(node) if node else ()
        self._omitted.append(Omission(method, path, tags, why, child.span))

    def _tags_of(self, node: Mapping) -> tuple[str, ...]:
        return tuple(map(as_typed, self.references.items(node.get("tags"))))

    def _operation(
        self, method: str, path: str, node: Mapping, item: Mapping, entry: Entry
    ) -> Operation:
        remarks: list[Remark] = []
        own_id = line(node.text("operationId") or "") or None
        operation = Operation(
            method=method,
            path=path,
            span=entry.span,
            id=own_id,
            short_id=short_id(own_id, method, path) if own_id else "",
            summary=line(node.text("summary") or item.text("summary") or ""),
            description=prose(node.text("description") or item.text("description")),
            is_described=_is_described(node, item),
            tags=self._tags_of(node),
            is_deprecated=node.is_true("deprecated"),
            parameters=tuple(self._parameters(node, item, remarks)),
            body=self._body(node, item),
            response=self._response(node),
            requirements=read_requirements(node.get("security")),
            servers=self._own_servers(node, item),
        )
        if "callbacks" in node:
            text = "callbacks are left out: nothing calls a capability"
            remarks.append(Remark(text, node.key_span("callbacks")))
        return self._paginate(operation.with_remarks(*remarks), node)

    def _paginate(self, operation: Operation, node: Mapping) -> Operation:
        """Return an operation with its declared paging, if the language has it."""
        success = self._success(node)
        response = success[1] if success else None
        declaration = read_pagination(node, response, self.references)
        if declaration is None:
            return operation
        paging, span = declaration
        is_in_body = operation.method == "POST"
        in_query = (p.name for p in operation.parameters if p.place is Place.QUERY)
        in_body = _member_paths(operation.body) if is_in_body else ()
        places = frozenset((*in_query, *in_body))
        paging = paging.of_request(places)
        if paging.is_usable(operation.method, places):
            return replace(operation, pagination=paging)
        text = (
            "a pagination is left out: parameters of the query of a GET or a POST, and"
            " members of a body in JSON can have one"
        )
        return operation.with_remarks(Remark(text, span))

    def _own_servers(self, *holders: Mapping) -> tuple[Server, ...]:
        servers = () if self.is_swagger else map(tuple, map(self._servers, holders))
        return next(filter(None, servers), ())

    def _declared_parameters(self, node: Mapping, item: Mapping) -> list[Mapping]:
        """Return the parameters; an operation's override those of its path."""
        parameters: dict[tuple[str, str], Mapping] = {}
        for holder in (item, node):
            for entry in self.references.items(holder.get("parameters")):
                parameter = self.references.mapping(entry)
                if parameter is not None:
                    key = (as_typed(parameter.get("name")), parameter.text("in") or "")
                    parameters[key] = parameter
        return list(parameters.values())

    def _parameters(
        self, node: Mapping, item: Mapping, remarks: list[Remark]
    ) -> Iterator[Parameter]:
        for parameter in self._declared_parameters(node, item):
            place = parameter.text("in")
            name = as_typed(parameter.get("name"))
            if place == "querystring":
                yield from self._whole_query(name, parameter, remarks)
            elif not name and place != "body":
                text = "a parameter is left out: it has no name"
                remarks.append(Remark(text, parameter.span))
            elif self.is_swagger and place in ("body", "formData"):
                continue
            elif place not in list(Place):
                text = f"the parameter {quote(name)} is left out: its place is unknown"
                remarks.append(Remark(text, parameter.span))
            elif self.is_swagger or place != "header" or name.lower() not in _IGNORED:
                yield self._parameter(name, Place(place), parameter)
            elif name.lower() == "authorization":
                self._authorizations.append(parameter.value_span("name"))

    def _whole_query(
        self, name: str, node: Mapping, remarks: list[Remark]
    ) -> Iterator[Parameter]:
        """Yield the parameters of a query that is a form."""
        media = next((m for m in self._media(node) if m.type == swagger.FORM), None)
        members = media.shape.members if media else ()
        if not members:
            text = f"the query {quote(name)} is left out: it is no form with fields"
            remarks.append(Remark(text, node.span))
        for member in members:
            yield Parameter(
                name=member.name,
                place=Place.QUERY,
                required=member.required and node.is_true("required"),
                shape=member.shape,
                description=member.shape.description,
                style=REPEATED,
                span=node.span,
            )

    def _parameter(self, name: str, place: Place, node: Mapping) -> Parameter:
        """Return a parameter; one that operations share is read once."""
        parameter = self._known.get(node)
        if parameter is None:
            parameter = self._known.put(node, self._read_parameter(name, place, node))
        return parameter

    def _read_parameter(self, name: str, place: Place, node: Mapping) -> Parameter:
        node = swagger.convert_parameter(node) if self.is_swagger else node
        content = self.references.entries(node.get("content"))
        media = self.references.mapping(content[0].value) if content else node
        shape = self._shapes.shape(media.get("schema") if media else None)
        example = fitting_example(media_example(node, self.references), shape.kind)
        if example:
            shape = replace(shape, facts=replace(shape.facts, example=example))
        return Parameter(
            name=name,
            place=place,
            required=place is Place.PATH or node.is_true("required"),
            shape=shape,
            description=prose(node.text("description")) or shape.description,
            style=Style("json") if content else self._style(place, node),
            span=node.value_span("name"),
            allows_reserved=node.is_true("allowReserved"),
        )

    def _style(self, place: Place, node: Mapping) -> Style:
        is_form = place in (Place.QUERY, Place.COOKIE)
        name = node.text("style") or ("form" if is_form else "simple")
        is_exploded = name == "form" and "explode" not in node
        return known_style(name, is_exploded or node.is_true("explode"))

    # --- bodies ---

    def _body(self, node: Mapping, item: Mapping) -> Body | None:
        body = self.references.mapping(node.get("requestBody"))
        span = node.key_span("requestBody")
        if self.is_swagger:
            parameters = self._declared_parameters(node, item)
            body = swagger.Bodies(self.root, node, self.references).request(parameters)
            span = body.span if body else span
        if body is None:
            return None
        description = prose(body.text("description"))
        return Body(
            tuple(self._media(body)), body.is_true("required"), description, span
        )

    def _success(self, node: Mapping) -> tuple[int, Mapping] | None:
        """Return the status and the description of a success."""
        responses = self.references.mapping(node.get("responses"))
        for status in _SUCCESSES if responses else ():
            response = self.references.mapping(responses and responses.get(status))
            if response is not None:
                return (int(status) if status.isdigit() else 200), response
        return None

    def _response(self, node: Mapping) -> Response | None:
        success = self._success(node)
        if success is None:
            return None
        status, response = success
        if self.is_swagger:
            bodies = swagger.Bodies(self.root, node, self.references)
            response = bodies.response(response)
        media = tuple(self._media(response))
        return Response(media, response.key_span("content"), status)

    def _media(self, holder: Mapping) -> Iterator[Media]:
        for entry in self.references.entries(holder.get("content")):
            node = self.references.mapping(entry.value) or Mapping((), entry.span)
            shape = self._shapes.shape(node.get("schema"))
            kind = media_type(entry.key)
            shown_body = media_example(node, self.references)
            yield Media(
                type=kind,
                shape=shape,
                encodings=dict(self._encodings(node)),
                example=response_text(shown_body, shape.kind, is_json=is_json(kind)),
                schema_name=schema_name(node.get("schema")),
                parameters=media_parameters(entry.key),
            )

    def _encodings(self, node: Mapping) -> Iterator[tuple[str, Encoding]]:
        """Yield the encodings of a form's fields, by their names."""
        for entry in self.references.entries(node.get("encoding")):
            field = self.references.mapping(entry.value)
            if field is not None:
                yield entry.key, self._encoding(field)

    def _encoding(self, node: Mapping) -> Encoding:
        kinds = (node.text("contentType") or "").split(",")
        is_styled = "style" in node or "explode" in node
        return Encoding(
            tuple(filter(None, map(media_type, kinds))),
            self._style(Place.QUERY, node) if is_styled else None,
            node.is_true("allowReserved"),
            tuple(map(self._part_header, self.references.entries(node.get("headers")))),
        )

    def _part_header(self, entry: Entry) -> PartHeader:
        node = self.references.mapping(entry.value) or Mapping((), entry.span)
        shape = self._shapes.shape(node.get("schema"))
        description = prose(node.text("description")) or shape.description
        return PartHeader(entry.key, shape, node.is_true("required"), description)


def _member_paths(body: Body | None) -> Iterator[str]:
    """Yield the paths of members of a JSON body: `body.page.cursor`."""
    shapes = [media.shape for media in body.media if media.is_json] if body else []
    if body is not None and len(shapes) == len(body.media) == 1:
        yield from _paths_in(shapes[0], BODY, _MEMBER_LEVELS)


def _paths_in(shape: Shape, start: str, levels: int) -> Iterator[str]:
    for member in shape.members if levels else ():
        if "." not in member.name:
            path = f"{start}.{member.name}"
            yield path
            yield from _paths_in(member.shape, path, levels - 1)


def _is_described(node: Mapping, path_item: Mapping) -> bool:
    """Return whether the first text about an operation is its own, not its path's."""
    keys = ("description", "summary")
    key = next((key for key in keys if node.text(key) or path_item.text(key)), None)
    return key is None or bool(node.text(key))
