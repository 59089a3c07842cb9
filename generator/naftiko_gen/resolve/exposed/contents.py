"""MCP resources and prompts: files, answers of calls by their URIs, and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.urls import UnusableUriError, check_uri, uri_pieces
from naftiko_gen.resolve.exposed.names import humanise, note_description
from naftiko_gen.resolve.exposed.work import UnitWork
from naftiko_gen.resolve.served_files import ServedFile, ServedFiles
from naftiko_gen.resolve.units import Unit, Units

# A table of our own: the one of the standard library depends on the machine.
_TYPES = (
    {name: f"text/{name}" for name in ("css", "csv", "html", "markdown")}
    | {name: f"image/{name}" for name in ("gif", "jpeg", "png", "webp")}
    | {name: f"application/{name}" for name in ("json", "jsonl", "pdf", "sql", "toml")}
    | {name: f"application/{name}" for name in ("xml", "yaml", "zip")}
    | {"gz": "application/gzip", "yml": "application/yaml", "js": "text/javascript"}
    | {"htm": "text/html", "md": "text/markdown", "txt": "text/plain"}
    | {"tsv": "text/tab-separated-values", "jpg": "image/jpeg", "svg": "image/svg+xml"}
    | {"mp3": "audio/mpeg", "wav": "audio/wav", "mp4": "video/mp4"}
)


def media_type_of(name: str, content: bytes) -> str:
    """Return the media type of a file, by its name, else by whether it is text."""
    ending = name.rpartition("/")[2].rpartition(".")[2].lower()
    try:
        is_text = "\0" not in content.decode()
    except ValueError:
        is_text = False
    default = "text/plain" if is_text else "application/octet-stream"
    return _TYPES.get(ending, default)


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
        span = model.at("uri")
        try:
            check_uri(model.uri)
        except UnusableUriError as fault:
            self.report.add(Code.UNUSABLE_URI, f"{quote(model.uri)} {fault}", span)
        if model.uri in identifiers:
            message = f"two resources have the URI {quote(model.uri)}"
            self.report.add(Code.DUPLICATE_CONTENT, message, span)
        if model.name in identifiers:
            message = f"two resources have the name {quote(model.name)}"
            self.report.add(Code.DUPLICATE_CONTENT, message, model.at("name"))
        identifiers |= {model.uri, model.name}

    # --- answers ---

    def _answered_resource(self, unit: Unit, model: models.Resource) -> ir.Resource:
        work = self.work[unit]
        implementation = work.implementation(work.inputs)
        variables = uri_pieces(model.uri)[1::2]
        for name, source in work.inputs.items():
            if name not in variables:
                fault = "has no value: the URI has no such variable"
                message, span = f"{quote(source.name)} {fault}", unit.name_span
                self.report.add(Code.VALUELESS_PARAMETER, message, span)
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

    # --- files ---

    def _files(
        self, model: models.Resource, location: str
    ) -> Iterator[ir.FileResource]:
        """Yield the files at a location; one in a directory has its path in its URI."""
        if len(uri_pieces(model.uri)) > 1:
            message = f"{quote(model.uri)} has variables, but stands for files"
            self.report.add(Code.UNUSABLE_URI, message, model.at("uri"))
        span = model.at("location")
        for file in self.served.read(location, span):
            yield _file(model, location, file)


def _file(model: models.Resource, location: str, file: ServedFile) -> ir.FileResource:
    path, below = file.path, f"/{file.path}" if file.path else ""
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
    output = implementation.output
    return output.media_type if isinstance(output, ir.Identity) else None


def _pieces(uri: str, inputs: Mapping[str, ir.Input]) -> Iterator[str | ir.Input]:
    for index, piece in enumerate(uri_pieces(uri)):
        if piece:
            yield inputs[piece] if index % 2 else piece


# A backslash in front of a placeholder makes it text.
_PLACEHOLDER = re.compile(r"(?P<escaped>\\?)\{\{(?P<name>\s*[\w*.-]+\s*)\}\}")


@dataclass(frozen=True)
class PromptResolver:
    """Resolver of the prompts of one MCP adapter."""

    served: ServedFiles
    report: Report

    def prompts(self, adapter: models.Mcp) -> Iterator[ir.Prompt]:
        """Yield the prompts in the order of the spec."""
        names: set[str] = set()
        for model in adapter.prompts:
            self._check(model, names)
            yield self._prompt(model)

    def _check(self, model: models.Prompt, names: set[str]) -> None:
        if model.name in names:
            message = f"two prompts have the name {quote(model.name)}"
            self.report.add(Code.DUPLICATE_CONTENT, message, model.at("name"))
        names.add(model.name)
        note_description(model, self.report)
        if model.location is not None and model.template:
            message = "'location' and 'template' exclude each other"
            span = model.node.key_span("location")
            self.report.add(Code.SEVERAL_CONTENTS, message, span)
        elif model.location is None and not model.template:
            message = f"{quote(model.name)} has neither a template nor a location"
            span = model.at("name")
            self.report.add(Code.SEVERAL_CONTENTS, message, span)

    def _prompt(self, model: models.Prompt) -> ir.Prompt:
        arguments = {
            argument.name: ir.PromptArgument(
                argument.name, argument.label, argument.description, argument.required
            )
            for argument in self._distinct(model)
        }
        messages = tuple(self._messages(model, arguments))
        self._report_unused(model, messages)
        return ir.Prompt(
            model.name,
            model.label,
            model.description or humanise(model.name),
            tuple(arguments.values()),
            messages,
        )

    def _distinct(self, model: models.Prompt) -> Iterator[models.PromptArgument]:
        names: set[str] = set()
        for argument in model.arguments:
            if argument.name in names:
                message = f"two arguments have the name {quote(argument.name)}"
                self.report.add(Code.DUPLICATE_CONTENT, message, argument.at("name"))
            names.add(argument.name)
            yield argument

    def _messages(
        self, model: models.Prompt, arguments: Mapping[str, ir.PromptArgument]
    ) -> Iterator[ir.PromptMessage]:
        if model.location is not None:
            span = model.at("location")
            text = self.served.text(model.location, span) or ""
            yield ir.PromptMessage(ir.Role.USER, self._parts(text, arguments, span))
        for message in model.template if model.location is None else ():
            parts = self._parts(message.content, arguments, message.at("content"))
            yield ir.PromptMessage(ir.Role(message.role), parts)

    def _parts(
        self, text: str, arguments: Mapping[str, ir.PromptArgument], span: Span
    ) -> tuple[str | ir.PromptArgument, ...]:
        """Split a text at its placeholders; report those of no argument."""
        parts: list[str | ir.PromptArgument] = []
        start = 0
        for match in _PLACEHOLDER.finditer(text):
            name = match["name"].strip()
            if match["escaped"] and name in arguments:
                parts += [text[start : match.start()], match[0].removeprefix("\\")]
            elif name in arguments:
                parts += [text[start : match.start()], arguments[name]]
            else:
                if not match["escaped"]:
                    fault = f"the prompt has no argument {quote(name)}"
                    message = f"{fault}: the text stays as it is"
                    self.report.add(Code.UNDECLARED_ARGUMENT, message, span)
                continue
            start = match.end()
        return tuple(_join_texts([*parts, text[start:]]))

    def _report_unused(
        self, model: models.Prompt, messages: tuple[ir.PromptMessage, ...]
    ) -> None:
        parts = (part for message in messages for part in message.parts)
        used_names = {part.name for part in ir.of_kind(ir.PromptArgument, parts)}
        for argument in model.arguments:
            if argument.name not in used_names:
                message = f"{quote(argument.name)} is unused: no message has it"
                self.report.add(Code.UNUSED_INPUT, message, argument.at("name"))


def _join_texts(
    parts: list[str | ir.PromptArgument],
) -> Iterator[str | ir.PromptArgument]:
    """Yield the parts without empty texts, and adjacent texts as one."""
    for is_text, group in groupby(parts, lambda part: isinstance(part, str)):
        if not is_text:
            yield from group
        elif text := "".join(ir.of_kind(str, group)):
            yield text
