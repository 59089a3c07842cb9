"""Files of Protocol Buffers as descriptors, compiled by the protoc of grpcio-tools."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryDirectory
from threading import Timer
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics import Plain
from naftiko_gen.ir.formats import ProtobufSchema, SchemaError

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

Load = Callable[[str], str | None]
"""Returns the text of an imported file by its path, None if there is none."""

MOST = 50
"""The most files of a schema."""
# The memory of protoc is proportional to the text: 80 bytes for a character.
_MOST_CHARACTERS = 4_000_000
_MOST_SECONDS = 30
# No imported file can have this name.
_ROOT = ".schema.proto"
_OUTPUT = "descriptors.bin"
_STANDARD = "google/protobuf/"
# The runtime has these, and the forms of their messages in JSON.
_KNOWN = frozenset(
    f"{_STANDARD}{name}.proto"
    for name in ("duration", "empty", "field_mask", "struct", "timestamp", "wrappers")
)
_KEPT = frozenset(
    (
        *("name", "package", "dependency", "message_type", "enum_type", "syntax"),
        *("field", "nested_type", "oneof_decl", "number", "label", "type"),
        *("type_name", "default_value", "oneof_index", "proto3_optional", "value"),
        *("options", "map_entry", "allow_alias"),
    )
)
"""The members of descriptors that decide how values are read."""
_PATH = re.compile(r"(?:\w[\w.-]*/)*\w[\w.-]*")
_FAULT = re.compile(
    rf"(?:([^:\n]+):([0-9]+):[0-9]+|{re.escape(_ROOT)}): (?!warning: )(.+)"
)
_LONGEST_FAULT = 200
_ENDLESS = [("default_value", number) for number in ("inf", "-inf", "nan", "-nan")]
"""The defaults that JSON doesn't have."""


@cache
def _parts() -> re.Pattern[str]:
    """Return the pattern of the parts of a file that may be left out of it.

    They are imports, and options whose names are in parentheses. Comments and other
    texts match as well, so that nothing inside them does.
    """
    passive = r"""//[^\n]*+|/\*.*?(?:\*/|\Z)|"(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?"""
    value = rf"(?:{passive}|[^\][{{}};,\"'])"
    for _ in range(8):
        inside = rf"(?:{value}|[;,])*+"
        value = rf"(?:{passive}|[{{[]{inside}[\]}}]|[^\][{{}};,\"'])"
    blank = r"(?:\s|//[^\n]*+|/\*.*?(?:\*/|\Z))*+"
    option = rf"{blank}\({value}*+"
    return re.compile(
        rf"""\bimport\b(?:\s+(?:public|weak)\b)?+\s*(?P<path>"[^"]*"|'[^']*')\s*;"""
        rf"|(?P<option>\boption\b{option};?"
        rf"|\[{option}(?:,{option})*+\]|(?<=\[)(?:{option},)++|,{option}(?=[,\]]))"
        rf"|{passive}",
        re.DOTALL,
    )


def protobuf_schema(text: str, load: Load = lambda _: None) -> ProtobufSchema:
    """Return the first message of a file, with all that it imports.

    Imports that aren't found are left out, because they often declare options, which
    have no effect on values. Of the standard files, those in `_KNOWN` are known.

    Raises:
        SchemaError: It isn't a file of proto2 or proto3, uses types that no file
            declares, or groups.
    """
    if find_spec("grpc_tools") is None:
        raise SchemaError(
            "grpcio-tools isn't installed, which the extra 'protobuf' has",
            "pip install grpcio-tools",
        )
    with TemporaryDirectory() as name:
        directory = Path(name)
        _Sources(directory, load).add(_ROOT, text)
        descriptors = _compile(directory)
    return _schema(descriptors)


@dataclass
class _Sources:
    """The directory of the files that protoc reads: it reads no others."""

    directory: Path
    load: Load
    paths: set[str] = field(default_factory=set)
    characters: int = 0

    def add(self, path: str, text: str) -> None:
        """Write a file, and those that it imports, without custom options."""
        self.paths.add(path)
        self.characters += len(text)
        if len(self.paths) > MOST or self.characters > _MOST_CHARACTERS:
            raise SchemaError("it imports too many files, or too large ones")
        target = self.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_parts().sub(self._reduce, text), "utf-8")

    def _reduce(self, part: re.Match[str]) -> str:
        """Return a part of a file, or its line breaks if it is left out."""
        path = part["path"]
        is_kept = part["option"] is None if path is None else self._is_found(path[1:-1])
        return part[0] if is_kept else "\n" * part[0].count("\n")

    def _is_found(self, path: str) -> bool:
        """Return whether an imported file is known, after adding it."""
        if path in self.paths or path.startswith(_STANDARD):
            return True
        text = self.load(path) if _PATH.fullmatch(path) else None
        if text is not None:
            self.add(path, text)
        return text is not None


def _compile(directory: Path) -> FileDescriptorSet:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    options = ("-I.", "--include_imports", f"--descriptor_set_out={_OUTPUT}")
    # Without -P, Python would import modules from the directory.
    command = (sys.executable, "-P", "-m", "grpc_tools.protoc", *options, _ROOT)
    with Popen(
        command, cwd=directory, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, text=True
    ) as process:
        timer = Timer(_MOST_SECONDS, process.kill)
        timer.start()
        try:
            fault = _first_fault(process)
        finally:
            timer.cancel()
            # It may go on, and find millions of faults.
            process.kill()
    if fault is not None:
        raise SchemaError(fault)
    return FileDescriptorSet.FromString((directory / _OUTPUT).read_bytes())


def _first_fault(process: Popen[str]) -> str | None:
    """Return the first fault of a file, None after protoc has compiled it."""
    for line in process.stderr or ():
        if fault := _FAULT.match(line):
            path, number, message = fault.groups()
            file = "" if path in (None, _ROOT) else f"{path!r}, "
            place = f"line {number}: " if number else ""
            return f"{file}{place}{message.rstrip('.')[:_LONGEST_FAULT]}"
    return None if process.wait() == 0 else "protoc can't compile it"


def _schema(descriptors: FileDescriptorSet) -> ProtobufSchema:
    [*_, root] = descriptors.file
    if not root.message_type:
        raise SchemaError("it has no message")
    known_names = {
        f".{file.package}.{declaration.name}"
        for file in descriptors.file
        if file.name in _KNOWN
        for members in (file.message_type, file.enum_type)
        for declaration in members
    }
    files = [
        _descriptor(file, known_names)
        for file in descriptors.file
        if not file.name.startswith(_STANDARD)
    ]
    name = f"{root.package}.{root.message_type[0].name}".removeprefix(".")
    return ProtobufSchema(name, json.dumps(files, ensure_ascii=False))


def _descriptor(file: FileDescriptorProto, known_names: set[str]) -> Plain:
    from google.protobuf.json_format import MessageToDict

    if file.syntax not in ("", "proto2", "proto3"):
        raise SchemaError("its syntax is neither proto2 nor proto3")
    file.dependency[:] = [
        path
        for path in file.dependency
        if path in _KNOWN or not path.startswith(_STANDARD)
    ]
    return _keep(MessageToDict(file, preserving_proto_field_name=True), known_names)


def _keep(value: Plain, known_names: set[str]) -> Plain:
    """Return a descriptor with the members that decide how values are read."""
    match value:
        case {"type": "TYPE_GROUP"}:
            raise SchemaError("groups aren't supported")
        case {"type_name": str() as name} if (
            name.startswith(".google.protobuf.") and name not in known_names
        ):
            raise SchemaError(f"{name[1:]!r} isn't supported")
        case dict():
            members = {
                key: _keep(member, known_names)
                for key, member in value.items()
                if key in _KEPT and (key, member) not in _ENDLESS
            }
            return {key: part for key, part in members.items() if part not in ({}, [])}
        case list():
            return [_keep(item, known_names) for item in value]
        case _:
            return value
