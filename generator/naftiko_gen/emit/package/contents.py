"""The resources and prompts of `mcp_server.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import fill, join, py, py_text, verbatim
from naftiko_gen.emit.package.arguments import inputs
from naftiko_gen.emit.package.calls import performance
from naftiko_gen.ir import FileResource, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.calls import Performance
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import McpAdapter, Prompt, PromptArgument, PromptMessage


@dataclass(frozen=True)
class ContentsWriter:
    """Writes the resources and prompts of an adapter."""

    adapter: McpAdapter
    emission: Emission

    @cached_property
    def performances(self) -> Mapping[str, Performance]:
        """Return the coroutine of each resource that calls answer, by its template."""
        return {
            resource.template: performance(resource, name, self.emission)
            for resource, name in self.emission.names.resources(self.adapter)
        }

    @cached_property
    def resources(self) -> tuple[Code, ...]:
        """Return the declarations of resources, in the order of the spec."""
        return tuple(map(self._content, self.adapter.contents))

    @cached_property
    def prompts(self) -> tuple[Code, ...]:
        """Return the declarations of prompts, in the order of the spec."""
        return tuple(map(self._prompt, self.adapter.prompts))

    # --- resources ---

    def _content(self, content: Resource | FileResource) -> Code:
        match content:
            case FileResource():
                return _declaration(verbatim("FileResource"), self._of_file(content))
            case Resource():
                return _declaration(verbatim("Resource"), self._of_answer(content))
            case _:
                assert_never(content)

    def _of_file(self, file: FileResource) -> Iterator[Code]:
        yield py_text(file.uri, 79, 71)
        yield py_text(file.name, 79, 71)
        yield py_text(file.description, 79, 71)
        yield py_text(self.emission.names.file_path(self.adapter, file), 79, 71)
        yield py(file.media_type)
        yield from _title(file.title)

    def _of_answer(self, resource: Resource) -> Iterator[Code]:
        performing = self.performances[resource.template]
        yield py_text(resource.template, 79, 71)
        yield py_text(resource.name, 79, 71)
        yield py_text(resource.description, 79, 71)
        yield performing.coroutine
        yield from inputs(performing, self.emission)
        yield from _title(resource.title)
        if resource.media_type is not None:
            yield fill("media_type={}", py(resource.media_type))
        if resource.is_binary:
            yield verbatim("is_binary=True")

    # --- prompts ---

    def _prompt(self, prompt: Prompt) -> Code:
        return _declaration(verbatim("Prompt"), self._of_prompt(prompt))

    def _of_prompt(self, prompt: Prompt) -> Iterator[Code]:
        yield py_text(prompt.name, 79, 71)
        yield py_text(prompt.description, 79, 71)
        messages = map(self._message, prompt.messages)
        yield fill("[{}]", join(", ", [*messages]))
        if prompt.arguments:
            arguments = map(_argument, prompt.arguments)
            yield fill("[{}]", join(", ", [*arguments]))
        yield from _title(prompt.title)

    def _message(self, message: PromptMessage) -> Code:
        parts = [self._part(part) for part in message.parts]
        return fill("Message({}, [{}])", py(message.role.value), join(", ", parts))

    def _part(self, part: str | PromptArgument) -> Code:
        if isinstance(part, str):
            return py_text(part, 60, 60, 72)
        return fill("Value({})", py(part.name))


def _declaration(name: Code, arguments: Iterator[Code]) -> Code:
    """Return a declaration; a trailing comma makes Black give each argument a line."""
    return fill("{}({},)", name, join(", ", [*arguments]))


def _title(title: str | None) -> Iterator[Code]:
    if title:
        yield fill("title={}", py_text(title, 73, 71, 76))


def _argument(argument: PromptArgument) -> Code:
    required = py(argument.required)
    members = [fill("name={}", py(argument.name)), fill("required={}", required)]
    if argument.title:
        members.append(fill("title={}", py_text(argument.title, 65, 60, 68)))
    if argument.description:
        members.append(
            fill("description={}", py_text(argument.description, 59, 59, 68))
        )
    return fill("PromptArgument({})", join(", ", members))
