"""Bodies that aren't JSON: calls of functions of the runtime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import bare, fill, join, py
from naftiko_gen.ir import Escaping, FieldPart, FilePart, GraphQL, Joined

if TYPE_CHECKING:
    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.expressions import Templates
    from naftiko_gen.ir import FormBody, MultipartBody, Part, Template, TextBody

_ESCAPES = {Escaping.XML: "xml_escaped", Escaping.FORM: "form_escaped"}


@dataclass(frozen=True)
class BodyExpressions:
    """Writes the bodies of an operation's coroutine."""

    templates: Templates
    imports: Imports

    def bytes(self, media_type: str, value: Code) -> Code:
        """Return the expression of a body of bytes."""
        return self._call("bytes_body", py(media_type), value)

    def text(self, body: TextBody) -> Code:
        """Return the expression of a body of text."""
        match body.template:
            case GraphQL() as template:
                text = self.templates.expression(template)
            case Joined() as template:
                parts = [self._piece(part, body.escaping) for part in template.parts]
                text = self._call("written", *parts)
            case template:
                text = self.templates.expression(template)
        return self._call("text_body", py(body.media_type), text)

    def form(self, body: FormBody) -> Code:
        """Return the expression of a URL-encoded body."""
        return self._call("form_body", self.templates.expression(body.template))

    def multipart(self, body: MultipartBody) -> Code:
        """Return the expression of a body of parts."""
        return self._call("multipart_body", *map(self._part, body.parts))

    def _part(self, part: Part) -> Code:
        name, value = py(part.name), self.templates.expression(part.value)
        match part:
            case FieldPart():
                return self._call("field_parts", name, value)
            case FilePart():
                filename = self.templates.expression(part.filename)
                kind = self.templates.expression(part.media_type)
                return self._call("file_parts", name, value, filename, kind)
            case _:
                assert_never(part)

    def _piece(self, part: str | Template, escaping: Escaping) -> Code:
        if isinstance(part, str):
            return py(part)
        value = self.templates.expression(part)
        escape = _ESCAPES.get(escaping)
        return value if escape is None else self._call(escape, value)

    def _call(self, function: str, *arguments: Code) -> Code:
        self.imports.use(function)
        return fill("{}({})", bare(function), join(", ", arguments))
