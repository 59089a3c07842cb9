"""Responses in Protocol Buffers: messages, and limits."""

import contextlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, cast

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, json_format
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from case_tables import in_table, table
from naftiko_gen.ir import ProtobufSchema, SchemaError
from naftiko_gen.language import protobuf_schemas
from naftiko_gen.language.protobuf_schemas import protobuf_schema
from naftiko_runtime.outputs.protobuf import (
    MOST,
    MOST_BYTES,
    MOST_FIELDS,
    STANDARD,
    protobuf_reader,
)
from naftiko_runtime.transport import Reply

NOTHING: Mapping[str, str] = MappingProxyType({})
THREE = table(__file__, "three")
TWO = table(__file__, "two")


@cache
def compile_schema(text: str, imports: tuple[tuple[str, str], ...]) -> ProtobufSchema:
    return protobuf_schema(text, dict(imports).get)


def message_class(text: str, imports: Mapping[str, str] = NOTHING) -> Any:
    """Return the class of the first message of a file."""
    schema = compile_schema(text, tuple(imports.items()))
    pool = descriptor_pool.DescriptorPool()
    for file in STANDARD.values():
        pool.AddSerializedFile(file.serialized_pb)
    for description in schema.files:
        descriptor = descriptor_pb2.FileDescriptorProto()
        json_format.ParseDict(cast("dict[str, Any]", description), descriptor)
        pool.AddSerializedFile(descriptor.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName(schema.message))


def read(text: str, body: bytes, imports: Mapping[str, str] = NOTHING) -> Any:
    schema = compile_schema(text, tuple(imports.items()))
    files = cast("list[dict[str, Any]]", schema.files)
    return protobuf_reader(schema.message, *files)(Reply(200, (), body))


def test_fields_have_their_names_and_defaults() -> None:
    assert read(THREE, b"") == {
        "name": "",
        "weight": 0.0,
        "cover": "",
        "books": [],
        "by_id": {},
        "flags": {},
        "numbers": [],
    }


def test_values_become_values_of_json() -> None:
    shelf = message_class(THREE)(name="a", number=2**60, cover=b"\0\xff", numbers=[-1])
    shelf.books.add(title="B", states=[0, 3, 7])
    shelf.by_id["x"].title = "C"
    shelf.flags[True] = 1
    shelf.state = 3
    shelf.inside.name = "in"
    values = read(THREE, shelf.SerializeToString())
    assert values["number"] == 2**60
    assert values["cover"] == "AP8="
    assert values["books"] == [{"title": "B", "states": ["NEW", "OLD", 7]}]
    assert values["by_id"] == {"x": {"title": "C", "states": []}}
    assert values["flags"] == {"true": 1}
    assert (values["state"], "city" in values) == ("OLD", False)
    assert values["inside"]["name"] == "in"
    assert values["numbers"] == [-1]


def test_declared_defaults_are_values() -> None:
    order = message_class(TWO)(id="1")
    assert read(TWO, order.SerializeToString()) == {
        "id": "1",
        "count": 5,
        "kind": "B",
        "greeting": 'hi "\né',
        "open": True,
        "rate": -15.0,
    }


STANDARD_TYPES = table(__file__, "standard_types")


def test_standard_messages_have_their_forms_of_json() -> None:
    message = message_class(STANDARD_TYPES)()
    message.at.FromJsonString("2026-11-28T01:02:03.5Z")
    message.lasts.FromJsonString("1.5s")
    message.big.value = 2**60
    message.more.update({"a": [1, "b", None, {"c": True}]})
    message.mask.paths.append("a.b")
    message.nothing.SetInParent()
    message.data.value = b"\0"
    message.any.add(number_value=1)
    message.any.add()
    assert read(STANDARD_TYPES, message.SerializeToString()) == {
        "at": "2026-11-28T01:02:03.500Z",
        "lasts": "1.500s",
        "big": 2**60,
        "more": {"a": [1, "b", None, {"c": True}]},
        "mask": "a.b",
        "nothing": {},
        "data": "AA==",
        "any": [1, None],
    }
    assert read(STANDARD_TYPES, b"") == {"any": []}


def test_a_date_that_json_lacks_is_refused() -> None:
    message = message_class(STANDARD_TYPES)()
    message.at.seconds = 10**15
    with pytest.raises(ValueError, match=r"."):
        read(STANDARD_TYPES, message.SerializeToString())


IMPORTING = 'import "b.proto"; message M { optional b.B b = 1; optional C c = 2; }'
IMPORTED = {
    "b.proto": """
package b; import public "c.proto"; message B { optional int32 n = 1; }
""",
    "c.proto": "message C { optional int32 n = 1; }",
}


def test_imported_files_declare_types() -> None:
    message = message_class(IMPORTING, IMPORTED)()
    message.b.n, message.c.n = 1, 2
    values = read(IMPORTING, message.SerializeToString(), IMPORTED)
    assert values == {"b": {"n": 1}, "c": {"n": 2}}


@pytest.mark.parametrize(
    "path", ["b.proto", "schema.proto", "google/protobuf/any.proto"]
)
def test_imports_may_be_unused_and_have_any_name(path: str) -> None:
    other = {path: "message Other {}"}
    assert protobuf_schema(f'import "{path}"; message M {{}}', other.get).message == "M"


@pytest.mark.parametrize(
    ("imports", "fault"),
    [
        ({"b.proto": IMPORTED["b.proto"]}, 'line 1: "C" is not defined'),
        ({**IMPORTED, "c.proto": 'import "b.proto";'}, "imports itself"),
        ({**IMPORTED, "c.proto": "\nmessage"}, "'c.proto', line 2: Expected"),
    ],
)
def test_imports_that_break_a_file_are_errors(
    imports: dict[str, str], fault: str
) -> None:
    with pytest.raises(SchemaError, match=fault):
        protobuf_schema(IMPORTING, imports.get)


def test_imports_are_limited() -> None:
    with pytest.raises(SchemaError, match="too many files"):
        protobuf_schema('import "a"; message M {}', lambda path: f'import "{path}x";')
    with pytest.raises(SchemaError, match="too large"):
        protobuf_schema("message M {}" + " " * 4_000_000)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a.proto", "a/../../b", ".env", "a:b"]
)
def test_imports_stay_in_their_directory(path: str) -> None:
    def load(_: str) -> str:
        raise AssertionError(path)

    assert protobuf_schema(f'import "{path}"; message M {{}}', load).message == "M"


def test_modules_beside_a_schema_are_not_run() -> None:
    text = 'import "grpc_tools.py"; message M {}'
    with pytest.raises(SchemaError, match=r"'grpc_tools\.py', line 1: Expected"):
        protobuf_schema(text, lambda _: "raise SystemExit(0)")


def test_the_first_of_many_faults_ends_the_compilation() -> None:
    text = "message M {" + "a;" * 1_900_000
    with pytest.raises(SchemaError, match="line 1: Expected"):
        protobuf_schema(text)


def nest(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = b"\x52" + varint(len(body)) + body
    return body


def varint(number: int) -> bytes:
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*content, number))


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (THREE, b"\xff" * 100),
        (THREE, b"\x0a\x05ab"),
        (THREE, b"\x0a\x01\xff"),
        (THREE, nest(1_000)),
        (THREE, b"\x19" + b"\xff" * 8),
        (THREE, b"\0" * (MOST_BYTES + 1)),
        (THREE, b"\x2a\0" * (MOST + 1)),
        (TWO, b""),
        (TWO, b"\x10\x01"),
    ],
)
def test_other_responses_are_refused(text: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text, body)


def test_messages_with_many_fields_have_a_smaller_limit() -> None:
    fields = "".join(f"int32 f{at} = {at};" for at in range(1, 1_000))
    text = (
        f'syntax = "proto3"; message M {{ repeated N n = 1; }} message N {{{fields}}}'
    )
    read(text, b"\x0a\0" * 100)
    with pytest.raises(ValueError, match="too long"):
        read(text, b"\x0a\0" * 100_000)


def test_absent_fields_are_counted() -> None:
    fields = "".join(f"optional int32 f{at} = {at};" for at in range(1, 101))
    text = (
        f'syntax = "proto3"; message M {{ repeated N n = 1; }} message N {{{fields}}}'
    )
    most = MOST_FIELDS // 100
    assert len(read(text, b"\x0a\0" * (most - 1))["n"]) == most - 1
    with pytest.raises(ValueError, match="too many fields"):
        read(text, b"\x0a\0" * most)


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    for text in (THREE, TWO):
        with contextlib.suppress(ValueError):
            read(text, body)


def test_parts_without_an_effect_on_values_are_left_out() -> None:
    text = """
    // A comment.
    syntax = 'proto3';
    package a.b;
    option (my.option) = { a: 1 b: [1, 2] };
    import public "google/protobuf/descriptor.proto";
    extend google.protobuf.FileOptions { int32 x = 50001; }
    enum E { option allow_alias = true; Z = 0; NONE = 0 [deprecated = true];
      NEG = -0x10; reserved 7, 8 to max; reserved "OLD"; }
    /* A message. */
    message M {
      reserved 100 to 200;
      message M { E e = 1 [(o).p = {x: 1}, packed = false]; .a.b.M outer = 2; }
      M own = 1;
      repeated E e = 2 [json_name = "x" "y"];
      oneof o { option (a) = 1; string s = 3; }
      float message = 4;
      optional M option = 5;
      ;
    }
    service S { rpc A(M) returns (stream M) { option (http) = { get: "/{a=b/*}" }; } }
    """
    schema = protobuf_schema(text)
    assert schema.message == "a.b.M"
    message = message_class(text)()
    message.own.outer.message = 1.5
    message.e.append(-16)
    assert [field.name for field in message.DESCRIPTOR.fields] == [
        *("own", "e", "s", "message", "option")
    ]
    values = read(text, message.SerializeToString())
    assert values["own"] == {"e": "Z", "outer": {"e": [], "message": 1.5}}
    assert values["e"] == ["NEG"]


@in_table
def test_unusable_files_are_errors(text: str, fault: str) -> None:
    with pytest.raises(SchemaError, match=fault):
        protobuf_schema(text)


def test_options_that_no_file_declares_are_ignored() -> None:
    text = """
    message M {
      option (a) = { b: [1, "}"] };  // option (of) = {
      optional string a = 1 [default = "option (b);", (c).d = "]"];
      optional string b = 2 [(e) = 1, default = "(f)", (g) = {h: {i: 2}}];
      optional string c = 3 [ /* [ */ (j) = 3, (k) = 4];
      oops
    }
    """
    with pytest.raises(SchemaError, match="line 7: Expected"):
        protobuf_schema(text)
    values = read(text.replace("oops", ""), b"")
    assert values == {"a": "option (b);", "b": "(f)"}


def test_a_missing_library_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf_schemas, "find_spec", lambda _: None)
    with pytest.raises(SchemaError, match="the extra 'protobuf'") as error:
        protobuf_schema("message M {}")
    assert error.value.remedy == "pip install grpcio-tools"
