"""Files of Protocol Buffers as descriptors, with the files that they import."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.ir.answer_schemas import ProtobufSchema
from naftiko_gen.language.protobuf.messages import Scope, enum, message
from naftiko_gen.language.protobuf.standard import STANDARD
from naftiko_gen.language.protobuf.tokens import ProtobufError, Tokens
from naftiko_gen.language.protobuf.types import check_names, declared_types, with_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from naftiko_gen.language.protobuf.types import Descriptor

    Load = Callable[[str], str | None]
    """Returns the text of an imported file by its path, None if there is none."""

MOST = 50
"""The most files of a schema."""
_ROOT = "schema.proto"


def protobuf_schema(text: str, load: Load = lambda _: None) -> ProtobufSchema:
    """Return the first message of a file, with all that it imports.

    Imports that aren't found are left out, because they often declare options, which
    have no effect on values. Of the standard files, those with the types of `STANDARD`
    are known.

    Raises:
        ProtobufError: It isn't a file of proto2 or proto3, uses types that no file
            declares, or groups or extensions.
    """
    files = _Files(load)
    files.add(_ROOT, text)
    root = files.read[_ROOT]
    if not root.messages:
        raise ProtobufError("it has no message")
    check_names([file.descriptor for file in files.read.values()])
    descriptors = [files.resolve(path) for path in files.read]
    name = f"{root.package}.{root.messages[0]['name']}".removeprefix(".")
    return ProtobufSchema(name, json.dumps(descriptors, ensure_ascii=False))


@dataclass
class _File:
    """A file that is being read."""

    path: str
    syntax: str = "proto2"
    package: str = ""
    imports: list[str] = field(default_factory=list)
    public: list[str] = field(default_factory=list)
    """The imports whose types importers of this file see as well."""
    messages: list[Descriptor] = field(default_factory=list)
    enums: list[Descriptor] = field(default_factory=list)

    @property
    def descriptor(self) -> Descriptor:
        """Return the file with the typed names of types."""
        parts: Descriptor = {
            "package": self.package,
            "message_type": [*self.messages],
            "enum_type": [*self.enums],
        }
        used_parts = {key: part for key, part in parts.items() if part}
        return {"name": self.path, "syntax": self.syntax, **used_parts}


@dataclass
class _Files:
    """The files of a schema: each stands behind those that it imports."""

    load: Load
    read: dict[str, _File] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def add(self, path: str, text: str) -> None:
        """Read a file, and before it the files that it imports."""
        if path in self._open or len(self._open) + len(self.read) >= MOST:
            raise ProtobufError(f"{path!r} imports itself, or too many files")
        self._open.append(path)
        try:
            file = _file(path, text)
        except ProtobufError as error:
            if path == _ROOT:
                raise
            raise ProtobufError(f"in {path!r}, {error}") from None
        file.imports = [target for target in file.imports if self._is_found(target)]
        self._open.pop()
        self.read[path] = file

    def _is_found(self, path: str) -> bool:
        """Return whether an imported file is known, after reading it."""
        if path in STANDARD or path in self.read:
            return True
        text = self.load(path)
        if text is None:
            return False
        self.add(path, text)
        return True

    def resolve(self, path: str) -> Descriptor:
        """Return a file in which fields have whole types."""
        file = self.read[path]
        kinds: dict[str, Descriptor] = {}
        for source in (path, *file.imports):
            kinds |= dict(self._visible_types(source))
        descriptor = with_types(file.descriptor, kinds)
        return (
            {**descriptor, "dependency": [*file.imports]}
            if file.imports
            else descriptor
        )

    def _visible_types(self, path: str) -> Iterator[tuple[str, Descriptor]]:
        """Yield the types that a file declares, or imports for others as well."""
        if path in STANDARD:
            yield from STANDARD[path].items()
            return
        file = self.read[path]
        yield from declared_types(file.descriptor)
        for target in file.imports:
            if target in file.public:
                yield from self._visible_types(target)


def _file(path: str, text: str) -> _File:
    tokens, file = Tokens.of(text), _File(path)
    while tokens.next.kind != "end":
        match tokens.next.text:
            case "syntax":
                file.syntax = _syntax(tokens)
            case "package":
                file.package = _package(tokens)
            case "import":
                _import(tokens, file)
            case "message":
                file.messages.append(message(tokens, Scope(file.syntax)))
            case "enum":
                file.enums.append(enum(tokens, Scope(file.syntax)))
            case "option":
                tokens.skip()
            case "service" | "extend":
                tokens.skip("}")
            case ";":
                tokens.expect(";")
            case _:
                raise tokens.fault()
    return file


def _syntax(tokens: Tokens) -> str:
    tokens.expect("syntax")
    tokens.expect("=")
    syntax = tokens.pop("text")[1:-1]
    if syntax not in ("proto2", "proto3"):
        raise ProtobufError("its syntax is neither proto2 nor proto3")
    tokens.expect(";")
    return syntax


def _package(tokens: Tokens) -> str:
    tokens.expect("package")
    package = tokens.pop("name")
    tokens.expect(";")
    return package


def _import(tokens: Tokens, file: _File) -> None:
    tokens.expect("import")
    is_public = tokens.take("public")
    if not is_public:
        tokens.take("weak")
    path = tokens.pop("text")[1:-1]
    tokens.expect(";")
    if path not in file.imports:
        file.imports.append(path)
    if is_public:
        file.public.append(path)
