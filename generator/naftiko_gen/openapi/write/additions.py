"""What users know of an API that its document doesn't say: credentials and settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import nearest, shown
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.openapi.authentication import proof_of
from naftiko_gen.openapi.read.api import Place, Scheme
from naftiko_gen.openapi.write.credentials import CHOSEN, Credentials, is_known
from naftiko_gen.resolve.environment import governs_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from naftiko_gen.openapi.read.api import Api, Operation, Parameter, Requirement

_AUTH = re.compile(r"(?P<kind>bearer|basic)|apikey:(?P<query>query:)?(?P<name>[^:]+)")
_BINDING = re.compile(r"(?P<parameter>[^=]+)=(?P<variable>[A-Z_][A-Z0-9_]*)")
_NOWHERE = Span(1, 1)


@dataclass(frozen=True)
class Binding:
    """A header or query parameter that a variable of the environment sets."""

    parameter: str
    variable: str

    @property
    def value(self) -> str:
        """Return the template of the variable."""
        return f"{{{{{self.variable}}}}}"

    def is_of(self, parameter: Parameter) -> bool:
        """Say whether it sets a parameter; the case of a header's name is nothing."""
        if parameter.place is Place.HEADER:
            return parameter.name.lower() == self.parameter.lower()
        return parameter.place is Place.QUERY and parameter.name == self.parameter


def binding(text: str) -> Binding | None:
    """Read `PARAMETER=VARIABLE`; None if it isn't that."""
    match = _BINDING.fullmatch(text)
    if match is None or governs_start(match["variable"]):
        return None
    return Binding(match["parameter"], match["variable"])


def bound(parameter: Parameter, bindings: Iterable[Binding]) -> Binding | None:
    """Return what sets a parameter, or None."""
    return next((one for one in bindings if one.is_of(parameter)), None)


def binding_problem(api: Api, bindings: Sequence[Binding]) -> str | None:
    """Return why one of the bindings can't be, or None."""
    parameters = [one for each in api.operations for one in each.parameters]
    for one in bindings:
        if not any(map(one.is_of, parameters)):
            return _absence(one.parameter, parameters)
    return None


def _absence(name: str, parameters: Iterable[Parameter]) -> str:
    names: dict[Place, set[str]] = {place: set() for place in Place}
    for parameter in parameters:
        names[parameter.place].add(parameter.name)
    if name in names[Place.PATH]:
        return (
            f"{shown(name)} stands in paths alone; --bind takes header and query "
            "parameters"
        )
    close = nearest(name, sorted(names[Place.HEADER] | names[Place.QUERY]))
    hint = f"; did you mean {shown(close)}?" if close else ""
    return f"no operation has a header or query parameter {shown(name)}{hint}"


def scheme(text: str) -> Scheme | None:
    """Read `bearer`, `basic`, `apikey:HEADER` or `apikey:query:NAME`, else None."""
    match = _AUTH.fullmatch(text)
    if match is None:
        return None
    if match["kind"]:
        return Scheme(CHOSEN, match["kind"], "", _NOWHERE)
    place = Place.QUERY if match["query"] else Place.HEADER
    key = Scheme(CHOSEN, "apikey", "", _NOWHERE, match["name"], place)
    return key if is_known(key) else None


def is_choice(one: Scheme) -> bool:
    """Say whether `scheme` can read a text that means such a scheme."""
    kind, _ = proof_of(one)
    return kind in ("bearer", "basic", "header", "query") and is_known(one)


def choices(api: Api) -> list[str]:
    """Return the texts by which `--auth` chooses an alternative of the document."""
    asked = (api.requirements, *(one.requirements for one in api.operations))
    names = [one[0] for each in asked for one in each or () if len(one) == 1]
    schemes = (api.schemes[name] for name in names if name in api.schemes)
    return list(dict.fromkeys(_text(one) for one in schemes if is_choice(one)))


def _text(one: Scheme) -> str:
    """Return the text that `scheme` reads as a scheme that is sent alike."""
    kind, name = proof_of(one)
    match kind:
        case "query":
            return f"apikey:query:{name}"
        case "header":
            return f"apikey:{one.parameter or name}"
        case _:
            return kind


def authenticated(api: Api, added: Scheme) -> Api:
    """Return an API whose operations require a scheme, but for those that are open."""
    requirement = (added.name,)
    operations = (
        one if _is_open(one) else replace(one, requirements=(requirement,))
        for one in api.operations
    )
    return replace(
        api,
        schemes={**api.schemes, added.name: added},
        requirements=(requirement,),
        operations=tuple(operations),
    )


def preferring(api: Api, wanted: Scheme) -> Api | None:
    """Return an API that has such a scheme alone where it can be chosen.

    None if nothing asks for it.
    """
    names = [n for n, one in api.schemes.items() if proof_of(one) == proof_of(wanted)]
    alternatives = {(name,) for name in names}

    def chosen(
        asked: tuple[Requirement, ...] | None,
    ) -> tuple[Requirement, ...] | None:
        return asked and (tuple(filter(alternatives.__contains__, asked)) or asked)

    asked = [api.requirements, *(one.requirements for one in api.operations)]
    if not any(alternatives.intersection(one or ()) for one in asked):
        return None
    return replace(
        api,
        schemes={name: api.schemes[name] for name in (*names, *api.schemes)},
        requirements=chosen(api.requirements),
        operations=tuple(
            replace(one, requirements=chosen(one.requirements))
            for one in api.operations
        ),
    )


def _is_open(operation: Operation) -> bool:
    """Say whether the document says that anybody may call an operation."""
    asked = operation.requirements
    return asked is not None and (not asked or () in asked)


def declared_schemes(api: Api) -> list[str]:
    """Return the schemes by which the document says that requests authenticate."""
    credentials = Credentials(api.schemes, "")
    asked = [
        api.requirements or (),
        *(one.requirements or () for one in api.operations),
    ]
    usable = [each for one in asked for each in credentials.usable(one)]
    return list(dict.fromkeys(name for each in usable for name in each))
