"""What an operation sends although its declaration doesn't mention it.

That is what `with` gives beyond its parameters, and the body of a write operation that
says nothing of a body.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir, spec
from naftiko_gen.codes import Code
from naftiko_gen.quoting import nearest, shown
from naftiko_gen.resolve.keys import unmeant
from naftiko_gen.resolve.places import taken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.parameters import Parameters
    from naftiko_gen.tree import Entry

_WRITES = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Completed:
    """An operation with what was added, and its body if that was undescribed."""

    operation: ir.Operation
    undescribed: ir.Parameter | None = None


def completed(
    operation: ir.Operation,
    declared: Declared,
    names: Collection[str],
    parameters: Parameters,
) -> Completed:
    """Return the operation with what its callers give beyond the declared names."""
    known = {*names, *(parameter.name for parameter in operation.parameters)}
    extra = tuple(_extra(operation, known, parameters))
    if extra:
        return Completed(_extended(operation, extra, parameters))
    if operation.method in _WRITES and operation.body is None and "body" not in known:
        return _with_body(operation, declared, parameters)
    return Completed(operation, _callers_body(operation, declared, names))


def _callers_body(
    operation: ir.Operation, declared: Declared, names: Collection[str]
) -> ir.Parameter | None:
    """Return the body if the document says that there is one, and nothing of it."""
    match declared.operation.body, operation.body:
        case (
            (spec.JsonBody(data=None), ir.Entity(parameter=whole))
            | (spec.BytesBody(data=None), ir.BytesBody(parameter=whole))
            | (
                spec.FormBody(data=None) | spec.TextBody(data=None),
                ir.FormBody(template=ir.Argument(source=ir.Parameter() as whole))
                | ir.TextBody(template=ir.Argument(source=ir.Parameter() as whole)),
            )
        ):
            return None if whole.name in names else whole
        case _:
            return None


def _with_body(
    operation: ir.Operation, declared: Declared, parameters: Parameters
) -> Completed:
    message = f"{shown(operation.name)} describes no body, so it takes an optional one"
    span = declared.operation.node.value_span("name")
    parameters.report.add(Code.UNDESCRIBED_BODY, message, span)
    body = parameters.implied("body", ir.Place.BODY)
    found = replace(
        operation, body=ir.Entity(body), parameters=(*operation.parameters, body)
    )
    return Completed(found, body)


# --- what `with` gives beyond the parameters ---


def _extra(
    operation: ir.Operation, known: Collection[str], parameters: Parameters
) -> Iterator[Entry]:
    credential = {name for _, name in taken(operation.upstream.credential)}
    names = {*known, *credential}
    for unit in parameters.units:
        for entry in unmeant(unit, names):
            names.add(entry.key)
            yield entry


def _extended(
    operation: ir.Operation, extra: Collection[Entry], parameters: Parameters
) -> ir.Operation:
    if operation.method not in _WRITES:
        return _in_query(operation, extra, parameters)
    fields = _fields(operation, parameters)
    filled = {name for name, _ in fields or ()}
    if fields is None or any(entry.key in filled for entry in extra):
        # There is no place for it, which the call reports.
        return operation
    return _in_body(operation, fields, extra, parameters)


def _in_query(
    operation: ir.Operation, extra: Collection[Entry], parameters: Parameters
) -> ir.Operation:
    added = _added(operation, extra, ir.Place.QUERY, parameters)
    sent = tuple((parameter.name, ir.Argument(parameter)) for parameter in added)
    return replace(
        operation,
        parameters=(*operation.parameters, *added),
        query=(*operation.query, *sent),
    )


def _in_body(
    operation: ir.Operation,
    fields: tuple[tuple[str, ir.Template], ...],
    extra: Collection[Entry],
    parameters: Parameters,
) -> ir.Operation:
    added = _added(operation, extra, ir.Place.BODY, parameters)
    sent = tuple((parameter.name, ir.Argument(parameter)) for parameter in added)
    kept = (p for p in operation.parameters if operation.body != ir.Entity(p))
    whole = ir.ObjectTemplate((*fields, *sent))
    is_form = isinstance(operation.body, ir.FormBody)
    return replace(
        operation,
        parameters=(*kept, *added),
        body=ir.FormBody(whole) if is_form else ir.BodyTemplate(whole),
    )


def _fields(
    operation: ir.Operation, parameters: Parameters
) -> tuple[tuple[str, ir.Template], ...] | None:
    """Return the fields that a body has so far, None if it can have no more."""
    match operation.body:
        case None:
            return ()
        case ir.BodyTemplate(template=ir.ObjectTemplate(entries=entries)) | ir.FormBody(
            template=ir.ObjectTemplate(entries=entries)
        ):
            return entries
        case ir.BodyTemplate(template=ir.Constant(value=dict() as members)):
            return tuple((key, ir.Constant(value)) for key, value in members.items())
        case ir.Entity(parameter=whole) if not _is_given(whole, parameters):
            return ()
        case _:
            return None


def _is_given(whole: ir.Parameter, parameters: Parameters) -> bool:
    """Say whether a unit gives the body as a whole, rather than the fields of one."""
    is_bare = any(unit.is_bare for unit in parameters.units)
    return is_bare or parameters.is_given(whole.name)


def _added(
    operation: ir.Operation,
    extra: Collection[Entry],
    place: ir.Place,
    parameters: Parameters,
) -> tuple[ir.Parameter, ...]:
    names = [parameter.name for parameter in operation.parameters]
    for entry in extra:
        message = (
            f"{shown(operation.name)} has no parameter {shown(entry.key)}, so it is"
            f" sent in the {place.value}"
        )
        close = nearest(entry.key, names)
        hint = f"did you mean {shown(close)}?" if close else None
        parameters.report.add(Code.EXTRA_PARAMETER, message, entry.span, hint)
    return tuple(parameters.implied(entry.key, place) for entry in extra)
