"""Add credentials and settings that users know, but the document doesn't declare."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.openapi.read.api import (
    Api,
    Operation,
    Parameter,
    Place,
    Remark,
    Requirement,
    Scheme,
)
from naftiko_gen.openapi.read.security import proof_of
from naftiko_gen.openapi.write.credentials import CHOSEN, Credentials, is_known
from naftiko_gen.resolve.environment import governs_start

_AUTH = re.compile(r"(?P<kind>bearer|basic)|apikey:(?P<query>query:)?(?P<name>[^:]+)")
_BINDING = re.compile(r"(?P<parameter>[^=]+)=(?P<variable>[A-Z_][A-Z0-9_]*)")
_NOWHERE = Span(1, 1)
_KEYS = (
    *("apikey", "apitoken", "accesstoken", "accesskey", "authtoken", "secretkey"),
    *("subscriptionkey", "authorization"),
)
"""The ends of names that credentials have, without punctuation."""
KINDS = "bearer, basic, apikey:HEADER or apikey:query:NAME"
"""The forms of a credential that users choose."""


@dataclass(frozen=True)
class Binding:
    """A header, query parameter or cookie that an environment variable sets."""

    parameter: str
    variable: str

    @property
    def value(self) -> str:
        """Return the template of the variable."""
        return f"{{{{{self.variable}}}}}"

    def is_of(self, parameter: Parameter) -> bool:
        """Return whether it sets a parameter, ignoring the case of header names."""
        if parameter.place is Place.HEADER:
            return parameter.name.lower() == self.parameter.lower()
        is_bound = parameter.place in (Place.QUERY, Place.COOKIE)
        return is_bound and parameter.name == self.parameter


def parse_binding(text: str) -> Binding | None:
    """Parse `PARAMETER=VARIABLE`; return None for other texts."""
    match = _BINDING.fullmatch(text)
    if match is None or governs_start(match["variable"]):
        return None
    return Binding(match["parameter"], match["variable"])


def find_binding(parameter: Parameter, bindings: Iterable[Binding]) -> Binding | None:
    """Return the binding that sets a parameter, or None."""
    return next((item for item in bindings if item.is_of(parameter)), None)


def binding_problem(api: Api, bindings: Sequence[Binding]) -> str | None:
    """Return why one of the bindings has no parameter, or None."""
    parameters = [p for operation in api.operations for p in operation.parameters]
    for binding in bindings:
        if not any(map(binding.is_of, parameters)):
            return _explain_absence(binding.parameter, parameters)
    return None


def _explain_absence(name: str, parameters: Iterable[Parameter]) -> str:
    names: dict[Place, set[str]] = {place: set() for place in Place}
    for parameter in parameters:
        names[parameter.place].add(parameter.name)
    if name in names[Place.PATH]:
        return (
            f"{quote(name)} is only a path parameter; --bind takes headers, query "
            "parameters and cookies"
        )
    bound_names = names[Place.HEADER] | names[Place.QUERY] | names[Place.COOKIE]
    close = nearest(name, sorted(bound_names))
    hint = f"; did you mean {quote(close)}?" if close else ""
    return f"no operation has a header, query parameter or cookie {quote(name)}{hint}"


def parse_scheme(text: str) -> Scheme | None:
    """Parse `bearer`, `basic`, `apikey:HEADER` or `apikey:query:NAME`, else None."""
    match = _AUTH.fullmatch(text)
    if match is None:
        return None
    if match["kind"]:
        return Scheme(CHOSEN, match["kind"], _NOWHERE)
    place = Place.QUERY if match["query"] else Place.HEADER
    key = Scheme(CHOSEN, "apikey", _NOWHERE, match["name"], place)
    return key if is_known(key) else None


def is_choice(scheme: Scheme) -> bool:
    """Return whether `--auth` can choose a scheme."""
    kind, _ = proof_of(scheme)
    return kind in ("bearer", "basic", "header", "query") and is_known(scheme)


def choices(api: Api) -> list[str]:
    """Return the values of `--auth` that choose an alternative of the document."""
    options = [
        option for requirements in _all_requirements(api) for option in requirements
    ]
    names = [option[0] for option in options if len(option) == 1]
    schemes = (api.schemes[name] for name in names if name in api.schemes)
    return list(dict.fromkeys(_choice(item) for item in schemes if is_choice(item)))


def _all_requirements(api: Api) -> list[tuple[Requirement, ...]]:
    """Return the requirements of the API and of each operation."""
    own = (operation.requirements for operation in api.operations)
    return [requirements or () for requirements in (api.requirements, *own)]


def _choice(scheme: Scheme) -> str:
    """Return the value of `--auth` that chooses a scheme."""
    kind, name = proof_of(scheme)
    match kind:
        case "query":
            return f"apikey:query:{name}"
        case "header":
            return f"apikey:{scheme.parameter or name}"
        case _:
            return kind


class UnavailableSchemeError(Exception):
    """The document declares other credentials than the chosen one.

    Attributes:
        choices: The credentials that can be chosen.
    """

    def __init__(self, api: Api) -> None:
        schemes = ", ".join(map(quote, declared_schemes(api)))
        super().__init__(f"the document declares authentication ({schemes})")
        self.choices = choices(api)


def authenticate(api: Api, scheme: Scheme) -> Api:
    """Return an API whose operations need a chosen credential.

    If the document declares none, all operations require it, except anonymous ones.
    Otherwise, it is required wherever it is an alternative.

    Raises:
        UnavailableSchemeError: It isn't among those that the document declares.
    """
    if not declared_schemes(api):
        requirement = ((scheme.name,),)
        operations = (
            item if _is_open(item) else replace(item, requirements=requirement)
            for item in api.operations
        )
        return replace(
            api,
            schemes={**api.schemes, scheme.name: scheme},
            requirements=requirement,
            operations=tuple(operations),
        )
    proof = proof_of(scheme)
    names = [name for name, item in api.schemes.items() if proof_of(item) == proof]
    alternatives = {(name,) for name in names}
    if not any(map(alternatives.intersection, _all_requirements(api))):
        raise UnavailableSchemeError(api)

    def choose(
        options: tuple[Requirement, ...] | None,
    ) -> tuple[Requirement, ...] | None:
        return tuple(filter(alternatives.__contains__, options or ())) or options

    return replace(
        api,
        schemes={name: api.schemes[name] for name in (*names, *api.schemes)},
        requirements=choose(api.requirements),
        operations=tuple(
            replace(operation, requirements=choose(operation.requirements))
            for operation in api.operations
        ),
    )


def _is_open(operation: Operation) -> bool:
    """Return whether the document allows anonymous calls of an operation."""
    options = operation.requirements
    return options is not None and (not options or () in options)


def declared_schemes(api: Api) -> list[str]:
    """Return the names of the schemes that requests can authenticate with."""
    credentials = Credentials(api.schemes, "")
    usable_options = map(credentials.usable, _all_requirements(api))
    usable = [requirement for options in usable_options for requirement in options]
    return list(dict.fromkeys(name for requirement in usable for name in requirement))


def likely_credentials(api: Api, bindings: Sequence[Binding]) -> Iterator[Remark]:
    """Yield a remark about the parameter that looks like an undeclared credential."""
    if declared_schemes(api):
        return
    spans: dict[str, list[Span]] = {}
    if api.authorizations:
        spans["bearer"] = [*api.authorizations]
    for operation in api.operations:
        for parameter in operation.parameters:
            if kind := _likely_kind(parameter, bindings):
                spans.setdefault(kind, []).append(parameter.span)
    if spans:
        kind = max(spans, key=lambda kind: len(spans[kind]))
        place = "query parameter" if kind.startswith("apikey:query:") else "header"
        name = quote("Authorization" if kind == "bearer" else kind.rpartition(":")[2])
        text = f"the {place} {name} looks like the API's credential"
        option = f"`import --auth {shlex.quote(kind)}` sends it"
        yield Remark(f"{text}: {option}", spans[kind][0])


def _likely_kind(parameter: Parameter, bindings: Sequence[Binding]) -> str | None:
    """Return the value of `--auth` for a parameter that looks like a credential."""
    name = parameter.name
    is_key = re.sub(r"[-_]", "", name.lower()).endswith(_KEYS)
    if not is_key or find_binding(parameter, bindings):
        return None
    kind = {Place.HEADER: f"apikey:{name}", Place.QUERY: f"apikey:query:{name}"}
    if parameter.place is Place.HEADER and name.lower() == "authorization":
        return "bearer"
    text = kind.get(parameter.place, "")
    return text if parse_scheme(text) else None
