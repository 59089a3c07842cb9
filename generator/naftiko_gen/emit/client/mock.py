"""`mock.py`: the embedded upstream of `serve --mock` and of the tests."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.files import is_long
from naftiko_gen.emit.literals import (
    Code,
    call_of,
    fill,
    join,
    lines,
    py,
    py_bytes,
    url_path,
    verbatim,
)
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.requests.parts import fixed_query
from naftiko_gen.emit.samples.format_answers import (
    WrittenAnswer,
    text_answer,
    written_answer,
)
from naftiko_gen.emit.samples.mock_values import (
    TEXT,
    mock_value,
    named_within,
    subject_of,
)
from naftiko_gen.emit.samples.samples import sample_answer
from naftiko_gen.language.models import media_kind

_JSON = "application/json"
_DEFAULT_STATUS = 200
_DEEPEST = 64
"""The most levels of an example that the mock completes."""
_BYTES = 40
"""The bytes of a response that stand on a line."""
_CHARACTERS = 60
"""The characters that a text takes on a line, if it can be split."""
_PICTURE = re.compile("photo|picture|image|logo|avatar|thumbnail|icon", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}", re.ASCII)
_WORDS = re.compile(r"[^ \n]{1,40} ?| |\n")


def mock_view(emission: Emission) -> View:
    """Return the view of a package's embedded upstream."""
    capability, names = emission.capability, emission.names
    table: dict[str, Plain] = {}
    samples = [
        _Sample(operation, str(names.operation(operation)), capability, table).view()
        for operation in capability.operations
    ]
    return View(samples=samples, has_forwards=bool(capability.forwards), table=table)


@dataclass(frozen=True)
class _Sample:
    """Writes the sample of an operation; `table` gets its long value, by `name`."""

    operation: ir.Operation
    name: str
    capability: ir.Capability
    table: dict[str, Plain]

    def view(self) -> View:
        """Return the response; without an output it describes the request."""
        operation = self.operation
        path = ""
        for part in operation.path:
            if isinstance(part, str):
                path += url_path(part)
            else:  # a plain name stands in its place
                path += f"{{{part.name}}}" if _NAME.fullmatch(part.name) else "{}"
        status = operation.example.status if operation.example else _DEFAULT_STATUS
        is_default = status == _DEFAULT_STATUS or _is_read(self.capability, operation)
        return View(
            name=operation.name,
            method=operation.method,
            path=py(path),
            output=self._output(),
            query=dict(fixed_query(operation)),
            status=None if is_default else status,
        )

    def _output(self) -> Code | None:
        """Return the output of a sample, None if it describes the request."""
        answer = _answer_in_format(self.capability, self.operation)
        if answer is not None:
            return self._content_reply(answer.media_type, answer.content)
        document = mock_document(self.capability, self.operation)
        example = self.operation.example
        # The tests of steps need a response with all parts that these read.
        if example is not None and not _is_read(self.capability, self.operation):
            return self._example(example, document)
        return self._file() if document is None else self._answer(document)

    def _file(self) -> Code | None:
        """Return a small file, if a route or tool passes the response on as bytes."""
        for part in self.capability.projections(self.operation):
            if isinstance(part, ir.Identity) and part.limit is not None:
                is_picture = _PICTURE.search(self.operation.name)
                guess = "image/png" if is_picture else "application/octet-stream"
                return call_of("file_reply", py(part.media_type or guess))
        return None

    def _example(self, example: ir.ResponseExample, document: Plain) -> Code | None:
        """Return the response of an example; `document` is a value of its schema."""
        media_type, text = example.media_type or _JSON, example.text
        if text:
            return self._content_reply(media_type, text)
        if text is not None:
            # A response without a body may have a media type all the same.
            if example.media_type is not None:
                return self._content_reply(media_type, "")
            return verbatim("EMPTY")
        match media_kind(media_type.partition(";")[0].lower()):
            case "json" if media_type == _JSON or document is None:
                return None if document is None else self._value(document)
            case "json":
                return self._content_reply(media_type, json.dumps(document))
            case "text":
                return self._content_reply(media_type, TEXT)
            case "bytes":
                return call_of("file_reply", py(media_type))

    def _content_reply(self, media_type: str, content: str | bytes) -> Code:
        return call_of("content_reply", py(media_type), self._content(content))

    def _content(self, content: str | bytes) -> Code:
        if isinstance(content, bytes):
            pieces = range(0, len(content), _BYTES)
            rows = [py_bytes(content[at : at + _BYTES]) for at in pieces]
        elif is_long(content):
            return self._value(content)
        else:
            words = _WORDS.findall(content)
            rows = [*map(py, lines(words, lambda row: len(py(row)) <= _CHARACTERS))]
        text = join(" ", rows)
        return text if len(rows) < 2 else fill("({})", text)

    def _answer(self, document: Plain) -> Code:
        match _mock_format(self.capability, self.operation):
            case ir.Format.JSON:
                return self._value(document)
            case ir.Format.XML:
                return call_of("xml_reply", self._value(document))
            case response_format:
                separator = py(response_format.value.separator)
                return call_of("table_reply", self._value(document), separator)

    def _value(self, value: Plain) -> Code:
        """Return a value, or its place in the table."""
        if not is_long(value):
            return py(value)
        self.table[self.name] = value
        return fill("TABLE[{}]", py(self.name))


def mock_document(capability: ir.Capability, operation: ir.Operation) -> Plain:
    """Return a response that fits the first shape exposed of an operation.

    If flows read the responses, it has all parts that any route or tool reads, as the
    format of the mock has them.
    """
    answer = _answer_in_format(capability, operation)
    if answer is not None:
        return answer.value
    document = _document(capability, operation)
    response_format = _mock_format(capability, operation)
    if response_format is ir.Format.JSON:
        return document
    return text_answer(document, response_format)


def is_mocked(capability: ir.Capability, operation: ir.Operation) -> bool:
    """Return whether it is known how a package reads the responses of the mock."""
    answer = _answer_in_format(capability, operation)
    if answer is not None:
        return answer.has_types
    # JSON is YAML as well.
    formats = (ir.Format.YAML, _mock_format(capability, operation))
    return operation.response_format in formats


def _answer_in_format(
    capability: ir.Capability, operation: ir.Operation
) -> WrittenAnswer | None:
    """Return the mock's response in a format that few operations have.

    It has all parts that any route or tool reads. None if the format can't have them.
    """
    response_format = operation.response_format
    if response_format is None or not response_format.is_written:
        return None
    parts = [*capability.projections(operation)]
    union = ir.joined_projection([part for part in parts if not ir.has_query(part)])
    has_query = ir.has_query(ir.joined_projection(parts))
    is_read = has_query or not isinstance(union, ir.Identity)
    if not is_read or (has_query and response_format is ir.Format.YAML):
        return None
    answer = written_answer(operation, _sample_of(operation, union))
    # Nobody knows the values that queries find.
    return replace(answer, has_types=False) if answer and has_query else answer


def _mock_format(capability: ir.Capability, operation: ir.Operation) -> ir.Format:
    """Return the format in which the mock answers: JSON, unless it can have another."""
    response_format = operation.response_format
    if response_format is None or response_format.value.reply is None:
        return ir.Format.JSON
    answer = text_answer(_document(capability, operation), response_format)
    return ir.Format.JSON if answer is None else response_format


def _document(capability: ir.Capability, operation: ir.Operation) -> Plain:
    projections = capability.projections(operation)
    shapes = [part for part in projections if not isinstance(part, ir.Identity)]
    schema_document = _declared_document(operation)
    if not shapes:
        return schema_document
    is_read = _is_read(capability, operation)
    union = ir.joined_projection(shapes)
    if is_read and ir.has_query(union):
        return {}
    projection = union if is_read else shapes[0]
    return _sample_of(operation, projection, schema_document)


def _declared_document(operation: ir.Operation) -> Plain:
    """Return the response that the spec declares by an example or a schema, or None."""
    example, kind = operation.example, operation.answer
    if example is not None and example.text and example.media_type in (None, _JSON):
        with suppress(ValueError, RecursionError):
            document: Plain = json.loads(example.text)
            # Infinite numbers aren't JSON, and too deep a value can't be emitted.
            json.dumps(document, allow_nan=False)
            return document if _is_within(_DEEPEST, document) else None
    return None if kind is None else mock_value(kind, subject_of(operation))


def _is_within(levels: int, document: Plain) -> bool:
    match document:
        case dict():
            return levels > 0 and all(
                _is_within(levels - 1, member) for member in document.values()
            )
        case list():
            return levels > 0 and all(_is_within(levels - 1, item) for item in document)
        case _:
            return True


def _sample_of(
    operation: ir.Operation, projection: ir.Projection, document: Plain = None
) -> Plain:
    """Return a document with all parts of a projection, as people would expect it."""
    subject = subject_of(operation)

    def choose(kind: ir.Type, names: tuple[str, ...]) -> Plain:
        *_, parent, name = ("", subject, *names) if names else ("", "")
        return mock_value(kind, named_within(parent, name))

    return sample_answer(projection, choose, document)


def _is_read(capability: ir.Capability, operation: ir.Operation) -> bool:
    units = capability.calling(operation)
    return any(unit.implementation.steps for unit in units)
