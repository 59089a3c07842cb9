"""Files of Protocol Buffers as descriptors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from naftiko_gen.ir.answer_schemas import ProtobufSchema
from naftiko_gen.language.protobuf.messages import Scope, enum, message
from naftiko_gen.language.protobuf.tokens import ProtobufError, Tokens
from naftiko_gen.language.protobuf.types import with_types

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain


def protobuf_schema(text: str) -> ProtobufSchema:
    """Return the first message of a file, with all its messages and enums.

    Imported files aren't read, and options have no effect on values.

    Raises:
        ProtobufError: It isn't a file of proto2 or proto3, or uses types of other
            files, groups or extensions.
    """
    tokens = Tokens.of(text)
    syntax, package = "proto2", ""
    messages: list[dict[str, Plain]] = []
    enums: list[dict[str, Plain]] = []
    while tokens.next.kind != "end":
        match tokens.next.text:
            case "syntax":
                syntax = _syntax(tokens)
            case "package":
                package = _package(tokens)
            case "message":
                messages.append(message(tokens, Scope(syntax)))
            case "enum":
                enums.append(enum(tokens, Scope(syntax)))
            case "import" | "option":
                tokens.skip()
            case "service" | "extend":
                tokens.skip("}")
            case ";":
                tokens.expect(";")
            case _:
                raise tokens.fault()
    if not messages:
        raise ProtobufError("it has no message")
    file: dict[str, Plain] = {"name": "schema.proto", "syntax": syntax}
    if package:
        file["package"] = package
    file |= {"message_type": [*messages], "enum_type": [*enums]}
    root = f"{package}.{messages[0]['name']}".removeprefix(".")
    resolved = with_types({key: value for key, value in file.items() if value})
    return ProtobufSchema(root, json.dumps(resolved, ensure_ascii=False))


def _syntax(tokens: Tokens) -> str:
    tokens.expect("syntax")
    tokens.expect("=")
    syntax = tokens.pop("text")[1:-1]
    if syntax not in ("proto2", "proto3"):
        raise ProtobufError(f"its syntax is {syntax!r}, not proto2 or proto3")
    tokens.expect(";")
    return syntax


def _package(tokens: Tokens) -> str:
    tokens.expect("package")
    package = tokens.pop("name")
    tokens.expect(";")
    return package
