"""MCP resources: files, and the answers of calls by their URIs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.urls import UnusableUriError, check_uri, uri_pieces
from naftiko_gen.resolve.exposed.descriptions import humanise, note_description
from naftiko_gen.resolve.exposed.media_types import media_type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.exposed.work import UnitWork
    from naftiko_gen.resolve.served_files import ServedFile, ServedFiles
    from naftiko_gen.resolve.units import Unit, Units


@dataclass(frozen=True)
class ResourceResolver:
    """Resolver of the resources of one MCP adapter."""

    units: Units
    work: Mapping[Unit, UnitWork]
    served: ServedFiles
    report: Report

    def contents(
        self, adapter: models.Mcp
    ) -> Iterator[tuple[Unit | None, ir.Resource | ir.FileResource]]:
        """Yield the resources in the order of the spec, and the units of answers."""
        identifiers: set[str] = set()
        for model in adapter.resources:
            self._check(model, identifiers)
            if model.location is None:
                unit = self.units.unit(model)
                if unit is not None:
                    yield unit, self._answered_resource(unit, model)
            else:
                for file in self._files(model, model.location):
                    yield None, file

    def _check(self, model: models.Resource, identifiers: set[str]) -> None:
        """Report a URI that isn't usable or has another resource, and two contents."""
        self._check_identifiers(model, identifiers)
        note_description(model, self.report)
        answers = [key for key in ("call", "steps") if key in model.node]
        if model.location is not None and answers:
            message = f"'location' and {quote(answers[0])} exclude each other"
            span = model.node.key_span("location")
            self.report.add(Code.SEVERAL_CONTENTS, message, span)

    def _check_identifiers(self, model: models.Resource, identifiers: set[str]) -> None:
        span = model.node.value_span("uri")
        try:
            check_uri(model.uri)
        except UnusableUriError as fault:
            self.report.add(Code.UNUSABLE_URI, f"{quote(model.uri)} {fault}", span)
        if model.uri in identifiers:
            message = f"two resources have the URI {quote(model.uri)}"
            self.report.add(Code.DUPLICATE_CONTENT, message, span)
        if model.name in identifiers:
            message = f"two resources have the name {quote(model.name)}"
            span = model.node.value_span("name")
            self.report.add(Code.DUPLICATE_CONTENT, message, span)
        identifiers |= {model.uri, model.name}

    # --- answers ---

    def _answered_resource(self, unit: Unit, model: models.Resource) -> ir.Resource:
        work = self.work[unit]
        implementation = work.implementation(unit, work.inputs, self.report)
        variables = uri_pieces(model.uri)[1::2]
        for name, source in work.inputs.items():
            if name not in variables:
                self._report_valueless(source.name, unit)
        return ir.Resource(
            model.name,
            model.label,
            model.description or humanise(model.name),
            tuple(_pieces(model.uri, work.inputs)),
            model.media_type or _media_type(implementation),
            model.binary,
            tuple(work.inputs.values()),
            implementation,
        )

    def _report_valueless(self, name: str, unit: Unit) -> None:
        message = f"{quote(name)} has no value: the URI has no such variable"
        self.report.add(Code.VALUELESS_PARAMETER, message, unit.name_span)

    # --- files ---

    def _files(
        self, model: models.Resource, location: str
    ) -> Iterator[ir.FileResource]:
        """Yield the files at a location; one in a directory has its path in its URI."""
        if len(uri_pieces(model.uri)) > 1:
            message = f"{quote(model.uri)} has variables, but stands for files"
            span = model.node.value_span("uri")
            self.report.add(Code.UNUSABLE_URI, message, span)
        span = model.node.value_span("location")
        for file in self.served.read(location, span):
            yield _file(model, location, file)


def _file(model: models.Resource, location: str, file: ServedFile) -> ir.FileResource:
    path = file.path
    below = f"/{path}" if path else ""
    return ir.FileResource(
        model.uri.rstrip("/") + below if path else model.uri,
        model.name + below,
        f"{model.label}: {path}" if model.label and path else model.label,
        model.description or humanise(model.name),
        model.media_type or media_type_of(path or location, file.content),
        model.name,
        path or location.rpartition("/")[2],
        file.content,
    )


def _media_type(implementation: ir.Implementation) -> str | None:
    """Return the media type that the operation of a resource declares."""
    output = ir.projection_of(implementation)
    return output.media_type if isinstance(output, ir.Identity) else None


def _pieces(uri: str, inputs: Mapping[str, ir.Input]) -> Iterator[str | ir.Input]:
    for index, piece in enumerate(uri_pieces(uri)):
        if not piece:
            continue
        yield inputs[piece] if index % 2 else piece
