"""What an operation sends although its declaration doesn't mention it.

That is the body of a write operation that says nothing of a body, and what the `with`
of single units gives beyond the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language import models
from naftiko_gen.resolve.consumed.credential_slots import names as names_of
from naftiko_gen.resolve.consumed.credential_slots import taken
from naftiko_gen.resolve.consumed.usage import BODY
from naftiko_gen.resolve.exposed.matching import Spellings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.consumed.parameters import Parameters
    from naftiko_gen.resolve.units import Unit

    Fields = tuple[tuple[str, ir.Template], ...]

_WRITES = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Completed:
    """An operation with what was added.

    Attributes:
        operation: It sends what was added only where a call gives it.
        undescribed: Its body if nothing describes that.
        extra: The parameters that are there for the `with` of single units alone.
    """

    operation: ir.Operation
    undescribed: ir.Parameter | None = None
    extra: tuple[ir.Parameter, ...] = ()


def completed(
    operation: ir.Operation,
    declared: Declared,
    names: Collection[str],
    parameters: Parameters,
) -> Completed:
    """Return the operation with what its callers give beyond the declared names."""
    known = {*names, *(parameter.name for parameter in operation.parameters)}
    is_open = _is_open(operation, declared, known)
    known |= {BODY} if is_open else set()
    extra = _extra(operation, known, parameters.units)
    if not is_open:
        done = Completed(operation, _callers_body(operation, declared, names))
    elif _is_passed_on(extra, parameters.units):
        done = _with_body(operation, declared, parameters)
    else:
        return _with_members(operation, extra, parameters)
    return _extended(done, extra, parameters) if extra else done


# --- a body that nothing describes ---


def _is_open(
    operation: ir.Operation, declared: Declared, known: Collection[str]
) -> bool:
    """Say whether an operation writes and nothing describes what."""
    is_described = declared.operation.body is not None or BODY in known
    return operation.method in _WRITES and not operation.body and not is_described


def _is_passed_on(extra: Mapping[str, Sequence[Unit]], units: Sequence[Unit]) -> bool:
    """Say whether a unit gives a whole body, rather than members of it."""
    making = {unit for giving in extra.values() for unit in giving}
    return any(
        unit.gives(BODY) or (unit.has_room_for_body and unit not in making)
        for unit in units
    )


def _with_members(
    operation: ir.Operation, extra: dict[str, list[Unit]], parameters: Parameters
) -> Completed:
    """Make the body of what all of those give that give any: without them, none."""
    done = Completed(operation)
    added = _added(extra, ir.Place.BODY, parameters)
    return _in_body(done, (), added) if added else done


def _with_body(
    operation: ir.Operation, declared: Declared, parameters: Parameters
) -> Completed:
    message = f"{shown(operation.name)} describes no body, so it takes an optional one"
    span = declared.operation.node.value_span("name")
    parameters.report.add(Code.UNDESCRIBED_BODY, message, span)
    body = parameters.passed_on(parameters.callers(BODY, ir.Anything()))
    found = replace(
        operation, body=ir.Entity(body), parameters=(*operation.parameters, body)
    )
    return Completed(found, body)


def _callers_body(
    operation: ir.Operation, declared: Declared, names: Collection[str]
) -> ir.Parameter | None:
    """Return the body if the document says that there is one, and nothing of it."""
    match declared.operation.body, operation.body:
        case (
            (models.JsonBody(data=None), ir.Entity(parameter=whole))
            | (models.BytesBody(data=None), ir.BytesBody(parameter=whole))
            | (
                models.FormBody(data=None) | models.TextBody(data=None),
                ir.FormBody(template=ir.Argument(source=ir.Parameter() as whole))
                | ir.TextBody(template=ir.Argument(source=ir.Parameter() as whole)),
            )
        ):
            return None if whole.name in names else whole
        case _:
            return None


# --- what `with` gives beyond the parameters ---


def _extra(
    operation: ir.Operation, known: Collection[str], units: Sequence[Unit]
) -> dict[str, list[Unit]]:
    """Return the keys that mean no parameter, and the units that have them."""
    credential = operation.upstream.credential
    names = Spellings({*known, *(name for _, name in taken(credential))})
    found: dict[str, list[Unit]] = {}
    for unit in units:
        for entry in names.unmeant(unit):
            if entry.key not in names_of(credential):
                found.setdefault(entry.key, []).append(unit)
    return found


def _extended(
    done: Completed, extra: dict[str, list[Unit]], parameters: Parameters
) -> Completed:
    operation = done.operation
    if operation.method not in _WRITES:
        return _in_query(done, _added(extra, ir.Place.QUERY, parameters))
    fields = _fields(operation.body)
    if fields is None:
        # A call makes the body of it, or reports that there is no place for it.
        return done
    filled = {name for name, _ in fields}
    free = {name: units for name, units in extra.items() if name not in filled}
    return _in_body(done, fields, _added(free, ir.Place.BODY, parameters))


def _added(
    extra: dict[str, list[Unit]], place: ir.Place, parameters: Parameters
) -> tuple[ir.Parameter, ...]:
    return tuple(parameters.added(name, place, by) for name, by in extra.items())


def _in_query(done: Completed, added: tuple[ir.Parameter, ...]) -> Completed:
    operation = done.operation
    extended = replace(
        operation,
        parameters=(*operation.parameters, *added),
        query=(*operation.query, *_sent(added)),
    )
    return replace(done, operation=extended, extra=added)


def _in_body(
    done: Completed, fields: Fields, added: tuple[ir.Parameter, ...]
) -> Completed:
    operation = done.operation
    whole = ir.ObjectTemplate((*fields, *_sent(added)))
    is_form = isinstance(operation.body, ir.FormBody)
    extended = replace(
        operation,
        parameters=(*operation.parameters, *added),
        body=ir.FormBody(whole) if is_form else ir.BodyTemplate(whole),
    )
    return replace(done, operation=extended, extra=added)


def _sent(added: tuple[ir.Parameter, ...]) -> Fields:
    return tuple((parameter.name, ir.Argument(parameter)) for parameter in added)


def _fields(body: ir.Body | None) -> Fields | None:
    """Return the fields of a body that can have more of them, else None."""
    match body:
        case ir.BodyTemplate(template=ir.ObjectTemplate(entries=entries)) | ir.FormBody(
            template=ir.ObjectTemplate(entries=entries)
        ):
            return entries
        case ir.BodyTemplate(template=ir.Constant(value=dict() as members)):
            return tuple((key, ir.Constant(value)) for key, value in members.items())
        case _:
            return None
