"""Write the request of an operation: its path, inputs, constants, body and outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote as percent_encode
from urllib.parse import unquote_plus

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.ir import Check
from naftiko_gen.openapi.prose import sentence
from naftiko_gen.openapi.read.api import Operation, Parameter, Place, Remark, Spread
from naftiko_gen.openapi.write.additions import Binding, find_binding
from naftiko_gen.openapi.write.credentials import Credential
from naftiko_gen.openapi.write.inputs import (
    MEMBERS,
    Constant,
    Input,
    Styling,
    has_parts,
    placed_styling,
    size_of,
    styling_of,
    with_reserved,
)
from naftiko_gen.openapi.write.media_choices import MEDIA_TYPE
from naftiko_gen.openapi.write.names import InputNames, input_name
from naftiko_gen.openapi.write.outputs import (
    Output,
    outputs,
    raw_format,
    response_schema,
)
from naftiko_gen.openapi.write.request_bodies import BodyBuilder
from naftiko_gen.openapi.write.response_examples import response_example
from naftiko_gen.openapi.write.schemas import (
    Declaration,
    declare,
    declare_text,
)
from naftiko_gen.openapi.write.summary import tell
from naftiko_gen.resolve.consumed.places import client_problem, is_token
from naftiko_gen.resolve.exposed.names import humanise
from naftiko_gen.syntax.yaml_writer import Block, Value

_INPUTS = 250
_ACCEPT = "Accept"
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"
_SEPARATORS = {
    Spread.COMMAS: "commas",
    Spread.SPACES: "spaces",
    Spread.TABS: "tabs",
    Spread.PIPES: "|",
    Spread.SIMPLE: "commas",
    Spread.SIMPLE_MEMBERS: "commas",
    Spread.LABEL: "commas",
    Spread.LABEL_MEMBERS: "dots",
    Spread.MATRIX: "commas",
    Spread.MATRIX_MEMBERS: "commas",
}


@dataclass(frozen=True)
class Request:
    """A request in terms of the language.

    Attributes:
        path: The consumed path, with a template for each variable.
        route: The exposed path.
        answer: The schema of a JSON response.
        example: An example of a response.
    """

    path: str
    route: str
    inputs: tuple[Input, ...]
    constants: tuple[Constant, ...] = ()
    body: Value = None
    raw_format: str | None = None
    outputs: tuple[Output, ...] = ()
    answer: Block = field(default_factory=Block)
    example: Block = field(default_factory=Block)
    remarks: tuple[Remark, ...] = ()

    @property
    def size(self) -> int:
        """The least number of characters that it takes."""
        inputs = sum(item.size for item in self.inputs)
        outputs = sum(len(output.value) for output in self.outputs)
        return inputs + outputs + size_of(self.answer) + size_of(self.example)

    def with_usual_headers(self) -> Request:
        """Return a request for which callers need no header with a default value."""
        values = {item.wire: item.only_value for item in self.inputs}
        constants = (Constant(w, Place.HEADER, v) for w, v in values.items() if v)
        inputs = (item.with_default() for item in self.inputs if not values[item.wire])
        return replace(
            self, inputs=tuple(inputs), constants=(*self.constants, *constants)
        )

    def with_check(self, check: Check) -> Request:
        """Return a request whose body is checked that much."""
        if check is Check.STRICT:
            return self
        return replace(self, inputs=tuple(i.with_check(check) for i in self.inputs))


def make_request(
    operation: Operation,
    credential: Credential | None,
    bindings: Sequence[Binding] = (),
) -> Request:
    """Return the request of an operation."""
    return _RequestBuilder(operation, credential, bindings).build()


@dataclass
class _RequestBuilder:
    """Builds a request. Parameters in the path come last, as they can be renamed.

    Query parameters and headers keep the names of the API. Parameters in the path and
    in the body get new names, and so do the inputs of clients.
    """

    operation: Operation
    credential: Credential | None
    bindings: Sequence[Binding]
    remarks: list[Remark] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    wires: set[str] = field(default_factory=set)  # in lower case
    constants: list[Constant] = field(default_factory=list)
    names: InputNames = field(default_factory=InputNames)

    def build(self) -> Request:
        """Build the request."""
        path, _, query = self.operation.path.partition("#")[0].partition("?")
        self._add_parameters(query)
        consumed_path, route = self._paths(path)
        body = BodyBuilder(self.operation.method, self.names)
        if self.operation.body:
            body.add(self.operation.body)
        inputs = sorted(self.inputs, key=lambda item: _ORDER[item.place])
        response = self.operation.response
        answer = response_schema(response)
        return Request(
            consumed_path,
            route,
            (*inputs, *body.inputs),
            (*self.constants, *body.constants),
            body.value,
            raw_format(response),
            tuple(outputs(response)),
            answer,
            response_example(response, has_schema=bool(answer.entries)),
            (*self.remarks, *body.remarks),
        )

    def _leave_out(self, parameter: Parameter, why: str) -> None:
        place, name = parameter.place, quote(parameter.name)
        text = f"the {place} parameter {name} is left out: {why}"
        self.remarks.append(Remark(text, parameter.span))

    # --- query, headers and cookies ---

    def _add_parameters(self, query: str) -> None:
        """Add parameters of queries, headers and cookies, and the query in the path."""
        parameters = self.operation.parameters
        outside = [p for p in parameters if p.place is not Place.PATH]
        self.names.take(parameter.name for parameter in outside)
        for parameter in outside:
            self._add(parameter)
        self._fix_query(query)
        self._accept()

    def _add(self, parameter: Parameter) -> None:
        why = self._problem(parameter)
        if why is not None:
            self._leave_out(parameter, why)
        elif self._is_credential(parameter):
            return
        elif binding := find_binding(parameter, self.bindings):
            constant = Constant(parameter.name, parameter.place, binding.value)
            self.constants.append(constant)
        else:
            for input_ in self._spread(parameter):
                self._declare(input_, parameter)

    def _problem(self, parameter: Parameter) -> str | None:
        """Return why the language can't express a parameter, or None."""
        name = parameter.name.lower()
        match parameter.place:
            case Place.COOKIE if why := self._cookie_problem(parameter):
                return why
            case Place.HEADER if not is_token(name):
                return "it is no name of a header"
            case Place.HEADER if why := client_problem(name):
                return why
            case Place.HEADER if self._authenticates(parameter):
                return "credentials aren't the caller's to give"
            case _ if len(self.inputs) >= _INPUTS:
                return "there are too many"
            case _:
                return None

    def _cookie_problem(self, parameter: Parameter) -> str | None:
        if not is_token(parameter.name):
            return "it is no name of a cookie"
        if self._sets_cookies:
            return "the header Cookie is set already"
        is_json = parameter.spread is Spread.JSON
        if is_json or parameter.shape.kind in ("array", "object"):
            return "a cookie can't hold a list or an object"
        return None

    @property
    def _sets_cookies(self) -> bool:
        """Return whether the credential or a binding sets the whole header `Cookie`."""
        return (
            self.credential is not None and "cookie" in self.credential.headers
        ) or any(
            parameter.place is Place.HEADER
            and parameter.name.lower() == "cookie"
            and find_binding(parameter, self.bindings)
            for parameter in self.operation.parameters
        )

    def _authenticates(self, parameter: Parameter) -> bool:
        """Return whether a header authenticates, without a scheme or binding for it."""
        name = parameter.name.lower()
        is_set = name == "authorization" and self._is_credential(parameter)
        return name in ("authorization", "cookie") and not (
            is_set or find_binding(parameter, self.bindings)
        )

    def _is_credential(self, parameter: Parameter) -> bool:
        """Return whether the credential sets a parameter."""
        credential = self.credential
        if credential is None:
            return False
        in_header = parameter.place is Place.HEADER
        names = credential.headers if in_header else credential.queries
        return (parameter.name.lower() if in_header else parameter.name) in names

    def _declare(self, input_: Input, parameter: Parameter) -> None:
        """Add an input, unless the language can't tell it from another one."""
        if input_.wire.lower() in self.wires:
            in_header = parameter.place is Place.HEADER
            is_same = input_.wire in {item.wire for item in self.inputs}
            if in_header or is_same:
                self._leave_out(parameter, "another one has its name")
                return
        is_usable = input_name(input_.wire) == input_.wire
        place = input_.place
        name = input_.wire if is_usable else self.names.take_free(input_.wire, place)
        self.inputs.append(replace(input_, name=name))
        self.wires.add(input_.wire.lower())
        self.names.take([input_.wire])

    def _spread(self, parameter: Parameter) -> Iterator[Input]:
        """Yield the inputs of a parameter: one, or one for each member of an object."""
        shape = parameter.shape
        name, place = parameter.name, parameter.place.value
        if parameter.spread is Spread.JSON:
            text = f"{sentence(tell(parameter.description, shape))} As JSON."
            yield Input(name, place, "", "string", parameter.required, text.strip())
        elif styling := _styling(parameter) or self._whole_styling(parameter):
            about = parameter.description or f"{humanise(name)}."
            source = _input(name, place, declare(about, shape), parameter.required)
            yield replace(source, styling=(*styling, *_reserved_styling(parameter)))
        elif shape.kind == "object" or shape.members:
            yield from self._members(parameter)
        else:
            declaration = self._flat(parameter)
            plain = _input(name, place, declaration, parameter.required)
            yield replace(plain, styling=_reserved_styling(parameter))

    def _whole_styling(self, parameter: Parameter) -> Styling:
        """Return the style of an object if its members have names of other inputs."""
        if parameter.place is not Place.QUERY or not parameter.shape.members:
            return ()
        outside = (p for p in self.operation.parameters if p.place is not Place.PATH)
        names = {other.name for other in outside if other is not parameter}
        names.update(input_.wire for input_ in self.inputs)
        members = {member.name for member in parameter.shape.members}
        return () if members.isdisjoint(names) else MEMBERS

    def _flat(self, parameter: Parameter) -> Declaration:
        """Return the declaration of a single value, or of a list."""
        shape = parameter.shape
        separator = _SEPARATORS.get(parameter.spread)
        if shape.kind == "array" and separator:
            return self._declare_list(parameter)
        about = parameter.description or f"{humanise(parameter.name)}."
        return declare_text(about, shape)

    def _members(self, parameter: Parameter) -> Iterator[Input]:
        is_open = parameter.spread in (Spread.DEEP, Spread.REPEATED)
        if not is_open:
            text = f"{sentence(parameter.description)} Names and values, all separated"
            text = f"{text} by {_SEPARATORS[parameter.spread]}.".strip()
            place = parameter.place.value
            yield Input(parameter.name, place, "", "string", parameter.required, text)
            return
        if not parameter.shape.members:
            self._leave_out(parameter, "its object declares no properties")
        for member in parameter.shape.members:
            is_deep = parameter.spread is Spread.DEEP
            wire = f"{parameter.name}[{member.name}]" if is_deep else member.name
            about = member.shape.description or f"{humanise(member.name)}."
            declaration = declare_text(about, member.shape)
            is_required = parameter.required and member.required
            own = _input(wire, parameter.place.value, declaration, is_required)
            yield replace(own, styling=_reserved_styling(parameter))

    def _fix_query(self, query: str) -> None:
        """Make constants of the query in the path itself."""
        for pair in query.split("&") if query else ():
            name, _, value = (unquote_plus(part) for part in pair.partition("="))
            if name and "{" not in pair and name not in self.names:
                self.constants.append(Constant(name, Place.QUERY, value))
                self.names.take([name])

    def _accept(self) -> None:
        """Ask for JSON if the response has other media types as well."""
        response = self.operation.response
        media_type = response.accepted if response else None
        names = {parameter.name.lower() for parameter in self.operation.parameters}
        if media_type is None or _ACCEPT.lower() in names:
            return
        if MEDIA_TYPE.fullmatch(media_type):
            self.constants.append(Constant(_ACCEPT, Place.HEADER, media_type))
            self.names.take([_ACCEPT])

    # --- path ---

    def _paths(self, path: str) -> tuple[str, str]:
        """Return the consumed path and the exposed path."""
        parameters = self.operation.parameters
        by_name = {p.name: p for p in parameters if p.place is Place.PATH}
        names = _VARIABLE.findall(path)
        spellings = list(self._spellings(path, by_name))
        for name in sorted(by_name.keys() - set(names)):
            self._leave_out(by_name[name], "the path has no such variable")
        consumed = _join_path([spelling for spelling, _ in spellings])
        return consumed, _join_path([spelling for _, spelling in spellings])

    def _spellings(
        self, path: str, by_name: Mapping[str, Parameter]
    ) -> Iterator[tuple[str, str]]:
        """Yield each piece as the consumed path and the exposed path have it."""
        for at, piece in enumerate(_VARIABLE.split(path)):
            if at % 2 == 0:
                text = percent_encode(piece, safe=_SAFE_IN_PATH)
                yield text, text
            else:
                yield self._placeholders(piece, by_name.get(piece))

    def _placeholders(self, name: str, parameter: Parameter | None) -> tuple[str, str]:
        # A repeated variable becomes two, since a route can't repeat a variable.
        free_name, styling = self._variable(name, parameter)
        before = "" if styling else _prefix(parameter)
        return f"{before}{{{{{free_name}}}}}", f"{before}{{{free_name}}}"

    def _variable(self, name: str, parameter: Parameter | None) -> tuple[str, Styling]:
        """Declare the input of a variable; return its name and its style."""
        free_name = self.names.take_free(name, "path")
        about = f"{humanise(name)}."
        styling: Styling = ()
        if parameter is None:
            declaration = Declaration("string", about)
            text = f"the path's variable {quote(name)} isn't described: it is a string"
            self.remarks.append(Remark(text, self.operation.span))
        else:
            styling = _path_styling(parameter, free_name)
            declaration = self._path_value(
                parameter, parameter.description or about, styling
            )
        source = _input(free_name, "path", declaration, required=True)
        self.inputs.append(replace(source, name=free_name, styling=styling))
        return free_name, styling

    def _path_value(
        self, parameter: Parameter, about: str, styling: Styling
    ) -> Declaration:
        """Return the declaration of a variable: a text, unless it has a style."""
        if not has_parts(parameter.shape):
            return declare_text(about, parameter.shape)
        if styling:
            return declare(about, parameter.shape)
        return self._declare_list(parameter)

    def _declare_list(self, parameter: Parameter) -> Declaration:
        """Return the declaration of a text that has several values."""
        separator = _SEPARATORS.get(parameter.spread, "commas")
        text = sentence(tell(parameter.description, parameter.shape))
        text = f"{text} Several are separated by {separator}.".strip()
        return Declaration("string", text)


def _input(wire: str, place: str, declaration: Declaration, required: bool) -> Input:
    """Return an input whose name isn't chosen yet."""
    kind, text = declaration.kind, declaration.text
    return Input(wire, place, "", kind, required, text, declaration.keys)


def _styling(parameter: Parameter) -> Styling:
    match parameter.place:
        case Place.QUERY:
            return styling_of(parameter.shape, parameter.spread)
        case Place.HEADER:
            return placed_styling(parameter.shape, parameter.spread)
        case _:
            return ()


def _reserved_styling(parameter: Parameter) -> Styling:
    is_in_query = parameter.place is Place.QUERY
    return with_reserved((), is_in_query and parameter.allows_reserved)


def _path_styling(parameter: Parameter, name: str) -> Styling:
    """Return the style of a variable.

    `matrix` sends the parameter's own name, which the capability may lack.
    """
    is_matrix = parameter.spread in (Spread.MATRIX, Spread.MATRIX_MEMBERS)
    if is_matrix and name != parameter.name:
        return ()
    styling = placed_styling(parameter.shape, parameter.spread)
    is_open = parameter.allows_reserved and not styling
    return with_reserved(styling, is_open)


_ORDER = {"path": 0, "query": 1, "header": 2, "cookie": 3}


def _prefix(parameter: Parameter | None) -> str:
    """Return the text in front of a variable that its style requires."""
    match parameter.spread if parameter else None:
        case Spread.LABEL | Spread.LABEL_MEMBERS:
            return "."
        case Spread.MATRIX | Spread.MATRIX_MEMBERS:
            name = parameter.name if parameter else ""
            return f";{percent_encode(name, safe='')}="
        case _:
            return ""


def _join_path(pieces: Sequence[str]) -> str:
    path = "".join(pieces)
    return path if path.startswith("/") else f"/{path}"
