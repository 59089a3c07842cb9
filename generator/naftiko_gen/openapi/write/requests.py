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
from naftiko_gen.openapi.read.api import (
    REPEATED,
    Operation,
    Parameter,
    Place,
    Remark,
    Styling,
)
from naftiko_gen.openapi.write.additions import Binding, find_binding
from naftiko_gen.openapi.write.credentials import Credential
from naftiko_gen.openapi.write.inputs import (
    MEMBERS,
    Constant,
    Input,
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
from naftiko_gen.openapi.write.request_bodies import write_body
from naftiko_gen.openapi.write.response_examples import response_example
from naftiko_gen.openapi.write.schemas import Declaration, declare, declare_text
from naftiko_gen.openapi.write.summary import tell
from naftiko_gen.resolve.consumed.places import client_problem, is_token
from naftiko_gen.syntax.yaml_writer import Block, Value

_INPUTS = 250
_ACCEPT = "Accept"
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"
_ORDER = ("path", "query", "header", "cookie")


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
    body_problem: str = ""
    """The reason why the body can't be sent, as the end of a sentence."""

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
    constants: list[Constant] = field(default_factory=list)
    names: InputNames = field(default_factory=InputNames)

    def build(self) -> Request:
        """Build the request."""
        path, _, query = self.operation.path.partition("#")[0].partition("?")
        self.names.take(parameter.name for parameter in self._outside)
        for parameter in self._outside:
            self._add(parameter)
        self._fix_query(query)
        self._accept()
        consumed_path, route = self._paths(path)
        body = write_body(self.operation, self.names)
        inputs = sorted(self.inputs, key=lambda item: _ORDER.index(item.place))
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
            body.problem,
        )

    @property
    def _outside(self) -> list[Parameter]:
        """The parameters of the query, headers and cookies."""
        return [p for p in self.operation.parameters if p.place is not Place.PATH]

    def _leave_out(self, parameter: Parameter, why: str) -> None:
        place, name = parameter.place, quote(parameter.name)
        text = f"the {place} parameter {name} is left out: {why}"
        self.remarks.append(Remark(text, parameter.span))

    # --- query, headers and cookies ---

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
            for input_ in self._inputs_of(parameter):
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
        is_json = parameter.style.name == "json"
        if is_json or parameter.shape.kind in ("array", "object"):
            return "a cookie can't hold a list or an object"
        return None

    @property
    def _sets_cookies(self) -> bool:
        """Return whether the credential or a binding sets the whole header `Cookie`."""
        headers = (p for p in self._outside if p.place is Place.HEADER)
        cookies = (p for p in headers if p.name.lower() == "cookie")
        is_set = self.credential and self.credential.sets(Place.HEADER, "cookie")
        return bool(is_set) or any(find_binding(p, self.bindings) for p in cookies)

    def _authenticates(self, parameter: Parameter) -> bool:
        """Return whether a header authenticates, without a scheme or binding for it."""
        name = parameter.name.lower()
        is_set = name == "authorization" and self._is_credential(parameter)
        return name in ("authorization", "cookie") and not (
            is_set or find_binding(parameter, self.bindings)
        )

    def _is_credential(self, parameter: Parameter) -> bool:
        """Return whether the credential sets a parameter."""
        credential, name = self.credential, parameter.name
        return credential is not None and credential.sets(parameter.place, name)

    def _declare(self, input_: Input, parameter: Parameter) -> None:
        """Add an input, unless the language can't tell it from another one."""
        wire = input_.wire
        wires = {item.wire for item in self.inputs}
        in_header = parameter.place is Place.HEADER
        if wire in wires or (in_header and wire.lower() in map(str.lower, wires)):
            self._leave_out(parameter, "another one has its name")
            return
        is_usable = input_name(wire) == wire
        name = wire if is_usable else self.names.take_free(wire, input_.place)
        self.inputs.append(replace(input_, name=name))
        self.names.take([wire])

    def _inputs_of(self, parameter: Parameter) -> Iterator[Input]:
        """Yield the inputs of a parameter: one, or one for each member of an object."""
        shape, name, style = parameter.shape, parameter.name, parameter.style
        styling = self._styling(parameter)
        about = parameter.description
        if style.name == "json":
            text = f"{sentence(tell(parameter.description, shape))} As JSON."
            yield _plain_input(parameter, text)
        elif styling:
            yield _input(parameter, name, declare(about, shape), styling=styling)
        elif not (shape.kind == "object" or shape.members):
            is_list = shape.kind == "array" and style.separator
            flat = _list_of(parameter) if is_list else declare_text(about, shape)
            yield _input(parameter, name, flat)
        elif style == REPEATED or style.name == "deepObject":
            yield from self._members(parameter)
        else:
            text = f"{sentence(parameter.description)} Names and values, all separated"
            yield _plain_input(parameter, f"{text} by {style.separator}.")

    def _styling(self, parameter: Parameter) -> Styling:
        match parameter.place:
            case Place.QUERY:
                styling = styling_of(parameter.shape, parameter.style)
                return styling or self._whole_styling(parameter)
            case Place.HEADER:
                return placed_styling(parameter.shape, parameter.style)
            case _:
                return ()

    def _whole_styling(self, parameter: Parameter) -> Styling:
        """Return the style of an object if its members have names of other inputs."""
        names = {other.name for other in self._outside if other is not parameter}
        names.update(input_.wire for input_ in self.inputs)
        members = {member.name for member in parameter.shape.members}
        return () if members.isdisjoint(names) else MEMBERS

    def _members(self, parameter: Parameter) -> Iterator[Input]:
        if not parameter.shape.members:
            self._leave_out(parameter, "its object declares no properties")
        for member in parameter.shape.members:
            is_deep = parameter.style.name == "deepObject"
            wire = f"{parameter.name}[{member.name}]" if is_deep else member.name
            yield _input(
                parameter,
                wire,
                declare_text(member.shape.description, member.shape),
                required=member.required,
            )

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
        consumed, exposed = zip(*self._spellings(path, by_name), strict=True)
        for name in sorted(by_name.keys() - set(names)):
            self._leave_out(by_name[name], "the path has no such variable")
        return _join_path(consumed), _join_path(exposed)

    def _spellings(
        self, path: str, by_name: Mapping[str, Parameter]
    ) -> Iterator[tuple[str, str]]:
        """Yield each piece as the consumed path and the exposed path have it."""
        for at, piece in enumerate(_VARIABLE.split(path)):
            if at % 2 == 0:
                text = percent_encode(piece, safe=_SAFE_IN_PATH)
                yield text, text
            else:
                # A repeated variable becomes two: a route can't repeat a variable.
                name = self.names.take_free(piece, "path")
                before = self._add_variable(piece, name, by_name.get(piece))
                yield f"{before}{{{{{name}}}}}", f"{before}{{{name}}}"

    def _add_variable(self, wire: str, name: str, parameter: Parameter | None) -> str:
        """Add the input of a variable; return the text that its style puts before."""
        if parameter is None:
            declaration = Declaration("string", "")
            self.inputs.append(Input(name, "path", declaration, True, name))
            text = f"the path's variable {quote(wire)} isn't described: it is a string"
            self.remarks.append(Remark(text, self.operation.span))
            return ""
        styling = _path_styling(parameter, name)
        declaration = _path_value(parameter, parameter.description, styling)
        self.inputs.append(Input(name, "path", declaration, True, name, styling))
        return "" if styling else _prefix(parameter)


def _input(
    parameter: Parameter,
    wire: str,
    declaration: Declaration,
    *,
    styling: Styling = (),
    required: bool = True,
) -> Input:
    """Return an input for a parameter or a part of it, whose name isn't chosen yet."""
    is_open = parameter.place is Place.QUERY and parameter.allows_reserved
    is_required = parameter.required and required
    place, styling = parameter.place, with_reserved(styling, is_open)
    return Input(wire, place, declaration, is_required, styling=styling)


def _plain_input(parameter: Parameter, text: str) -> Input:
    """Return an input whose text the caller composes."""
    declaration = Declaration("string", text.strip())
    place, is_required = parameter.place, parameter.required
    return Input(parameter.name, place, declaration, is_required)


def _path_value(parameter: Parameter, about: str, styling: Styling) -> Declaration:
    """Return the declaration of a variable: a text, unless it has a style."""
    if not has_parts(parameter.shape):
        return declare_text(about, parameter.shape)
    return declare(about, parameter.shape) if styling else _list_of(parameter)


def _list_of(parameter: Parameter) -> Declaration:
    """Return the declaration of a text that has several values."""
    separator = parameter.style.separator or "commas"
    text = sentence(tell(parameter.description, parameter.shape))
    text = f"{text} Several are separated by {separator}.".strip()
    return Declaration("string", text)


def _path_styling(parameter: Parameter, name: str) -> Styling:
    """Return the style of a variable.

    `matrix` sends the parameter's own name, which the capability may lack.
    """
    if parameter.style.name == "matrix" and name != parameter.name:
        return ()
    styling = placed_styling(parameter.shape, parameter.style)
    is_open = parameter.allows_reserved and not styling
    return with_reserved(styling, is_open)


def _prefix(parameter: Parameter) -> str:
    """Return the text in front of a variable that its style requires."""
    name = percent_encode(parameter.name, safe="")
    return {"label": ".", "matrix": f";{name}="}.get(parameter.style.name, "")


def _join_path(pieces: Sequence[str]) -> str:
    path = "".join(pieces)
    return path if path.startswith("/") else f"/{path}"
