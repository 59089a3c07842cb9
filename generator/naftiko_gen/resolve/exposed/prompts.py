"""MCP prompts: messages with placeholders for arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.resolve.exposed.descriptions import humanise, note_description

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models
    from naftiko_gen.resolve.served_files import ServedFiles

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
            span = model.node.value_span("name")
            self.report.add(Code.DUPLICATE_CONTENT, message, span)
        names.add(model.name)
        note_description(model, self.report)
        if model.location is not None and model.template:
            message = "'location' and 'template' exclude each other"
            span = model.node.key_span("location")
            self.report.add(Code.SEVERAL_CONTENTS, message, span)
        elif model.location is None and not model.template:
            message = f"{quote(model.name)} has neither a template nor a location"
            span = model.node.value_span("name")
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
                span = argument.node.value_span("name")
                self.report.add(Code.DUPLICATE_CONTENT, message, span)
            names.add(argument.name)
            yield argument

    def _messages(
        self, model: models.Prompt, arguments: Mapping[str, ir.PromptArgument]
    ) -> Iterator[ir.PromptMessage]:
        if model.location is not None:
            span = model.node.value_span("location")
            text = self.served.text(model.location, span)
            parts = self._parts(text or "", arguments, span)
            yield ir.PromptMessage(ir.Role.USER, parts)
            return
        for message in model.template:
            span = message.node.value_span("content")
            parts = self._parts(message.content, arguments, span)
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
                    self._report_undeclared(name, span)
                continue
            start = match.end()
        return tuple(_join_texts([*parts, text[start:]]))

    def _report_undeclared(self, name: str, span: Span) -> None:
        message = f"the prompt has no argument {quote(name)}: the text stays as it is"
        self.report.add(Code.UNDECLARED_ARGUMENT, message, span)

    def _report_unused(
        self, model: models.Prompt, messages: tuple[ir.PromptMessage, ...]
    ) -> None:
        parts = [part for message in messages for part in message.parts]
        used_names = {
            part.name for part in parts if isinstance(part, ir.PromptArgument)
        }
        for argument in model.arguments:
            if argument.name not in used_names:
                message = f"{quote(argument.name)} is unused: no message has it"
                span = argument.node.value_span("name")
                self.report.add(Code.UNUSED_INPUT, message, span)


def _join_texts(
    parts: list[str | ir.PromptArgument],
) -> Iterator[str | ir.PromptArgument]:
    """Yield the parts without empty texts, and adjacent texts as one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text
