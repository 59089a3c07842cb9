"""Parts of requests: segments of paths, and bodies in several formats."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from case_tables import in_table
from naftiko_runtime.bodies import (
    FieldMember,
    FileMember,
    bare_media_type,
    base64_body,
    listed_type,
    multipart_object,
    object_form,
    parse_body,
    text_body,
)
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.transport import Content
from naftiko_runtime.upstream.connection import authority
from naftiko_runtime.upstream.requests import (
    header_fields,
    label_segment,
    matrix_segment,
    reserved_path,
    simple_segment,
    simple_text,
)
from naftiko_runtime.upstream.requests import segment as plain_segment

COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}


SEGMENTS = {"simple": simple_segment, "label": label_segment, "matrix": matrix_segment}


@in_table
def test_a_segment_has_the_style(
    style: str, value: object, plain: str, text: str
) -> None:
    assert SEGMENTS[style]("color", value) == plain
    assert SEGMENTS[style]("color", value, explode=True) == text


@pytest.mark.parametrize("segment", SEGMENTS.values(), ids=SEGMENTS)
@pytest.mark.parametrize("value", [None, [], {}, ["a/../b"], ["a\n"]])
def test_a_value_that_is_no_segment_is_refused(
    segment: Callable[..., str], value: object
) -> None:
    with pytest.raises(InvalidInputError):
        segment("color", value)


@pytest.mark.parametrize(
    ("segment", "value"),
    [
        (simple_segment, [".."]),
        (simple_segment, [""]),
        (simple_segment, ["%2e%2e"]),
        (label_segment, ["."]),
        (label_segment, [""]),
    ],
)
def test_a_relative_segment_is_refused(
    segment: Callable[..., str], value: object
) -> None:
    with pytest.raises(InvalidInputError):
        segment("color", value)
    if segment is label_segment:
        with pytest.raises(InvalidInputError):
            label_segment("color", ["", ""], explode=True)


def test_a_header_has_items_between_commas() -> None:
    assert simple_text(COLORS) == "blue,black,brown"
    assert simple_text(RGB) == "R,100,G,200,B,150"
    assert simple_text(RGB, explode=True) == "R=100,G=200,B=150"
    assert simple_text(None) is simple_text([]) is None


@in_table
def test_reserved_characters_may_stay(value: object, path: str) -> None:
    assert reserved_path("path", value) == path


@pytest.mark.parametrize(
    "value",
    [
        *("", "..", "a/../b", "a/..", "%2e%2e/a", "a/..;x/b", "a\\..\\b", "."),
        *("a\r", "a\nb", "a%0Ab", "a\0b", "\ud800"),
    ],
)
def test_no_path_leaves_its_address(value: str) -> None:
    for encode in (reserved_path, plain_segment):
        with pytest.raises(InvalidInputError):
            encode("path", value)


@pytest.mark.parametrize("code", [*range(1, 10), 11, 12, *range(14, 32), 127])
def test_control_characters_are_encoded(code: int) -> None:
    assert plain_segment("path", f"a{chr(code)}b") == f"a%{code:02X}b"
    assert plain_segment("path", f"a%{code:02x}b") == f"a%25{code:02x}b"


def test_members_of_an_object_are_parts() -> None:
    value = {"a": ["x", {"y": 1}], "b": None, "f": ["UE5H", "AA=="]}
    content = multipart_object(value, {"f": FileMember("image/png", "f")})
    assert content

    start, _, _ = content.data.partition(b"\r\n")
    head = b'Content-Disposition: form-data; name="'
    file = b'f"; filename="f"\r\nContent-Type: image/png\r\n\r\n'
    assert [part.strip(b"\r\n") for part in content.data.split(start)[1:-1]] == [
        head + b'a"\r\n\r\nx',
        head + b'a"\r\nContent-Type: application/json\r\n\r\n{"y":1}',
        head + file + b"PNG",
        head + file + b"\x00",
    ]


@pytest.mark.parametrize("value", ["x", 1, ["x"]])
def test_another_value_has_no_parts(value: object) -> None:
    with pytest.raises(InvalidInputError):
        multipart_object(value)


def test_an_absent_value_is_no_body() -> None:
    assert multipart_object(None) is None


@pytest.mark.parametrize("value", ["no base64!", 1, {}, "AAA"])
def test_text_that_is_no_base64_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError):
        base64_body("image/png", value)
    with pytest.raises(InvalidInputError):
        multipart_object({"f": value}, {"f": FileMember("image/png", "f")})


def test_base64_is_bytes() -> None:
    assert base64_body("image/png", "UE5H") == Content(b"PNG", "image/png")
    assert base64_body("image/png", None) is None


@pytest.mark.parametrize("media_type", ["application/xml", "application/*+xml"])
def test_a_structure_is_no_xml(media_type: str) -> None:
    for value in ({"a": 1}, [1]):
        with pytest.raises(InvalidInputError, match="must be a text of XML"):
            text_body(media_type, value)
    assert text_body(media_type, "<a/>") == Content(b"<a/>", media_type)
    assert text_body("text/plain", [1]) == Content(b"[1]", "text/plain")


def test_bytes_of_json_are_parsed() -> None:
    assert parse_body(b'{"a": 1}') == {"a": 1}
    assert parse_body({"a": 1}) == {"a": 1}
    for wrong in (b"{", b'{"a": 1, "a": 2}'):
        with pytest.raises(InvalidInputError):
            parse_body(wrong)


def test_a_media_type_has_no_parameters_and_no_case() -> None:
    assert bare_media_type("Text/XML; charset=utf-8") == "text/xml"
    assert bare_media_type(None) is None


def test_the_type_of_a_multipart_body_keeps_its_boundary() -> None:
    content = multipart_object({"a": "x"})
    assert content

    def send(kind: str) -> str:
        return dict(header_fields((), [("content-type", kind)], content))[
            "content-type"
        ]

    fields = header_fields((), [("content-type", "Multipart/Form-Data")], content)
    assert dict(fields)["Content-Type"] == content.media_type
    assert "content-type" not in dict(fields)
    assert send("multipart/form-data; boundary=x") == "multipart/form-data; boundary=x"
    assert send("text/plain") == "text/plain"


@in_table
def test_the_first_listed_type_or_range_counts(
    value: str | None, media_type: str | None
) -> None:
    types = ("image/png", "image/*", "application/*+xml", "*/*")
    assert listed_type(value, *types) == media_type
    assert listed_type("text/plain", "image/*") is None


VALUE = {"o": {"x": [1, 2]}, "ids": ["a,b", "c"], "n": None, "u": "a/b?", "m": {"k": 1}}


def test_members_of_a_form_have_styles() -> None:
    styles = {"o": "deep", "ids": "commas", "m": "members", "n": "pipes"}
    content = object_form(VALUE, styles=styles, reserved=("u",))

    assert content == Content(
        b"o%5Bx%5D%5B0%5D=1&o%5Bx%5D%5B1%5D=2&ids=a%2Cb,c&u=a/b?&k=1",
        "application/x-www-form-urlencoded",
    )
    assert object_form({"s": ["a b", "c"]}, styles={"s": "spaces"}) == Content(
        b"s=a%20b%20c", "application/x-www-form-urlencoded"
    )
    assert object_form(None) is None
    parameter = object_form("a=1")
    assert parameter
    assert parameter.data == b"a=1"


def test_members_of_a_multipart_body_have_styles_types_and_headers() -> None:
    members: dict[str, FieldMember | FileMember] = {
        "o": FieldMember(style="deep"),
        "ids": FieldMember(style="pipes", headers=[("X-A", "1"), ("X-B", None)]),
        "n": FileMember("image/png", "n.png"),
        "u": FieldMember("text/csv"),
    }
    content = multipart_object(VALUE, members)
    assert content

    start, _, _ = content.data.partition(b"\r\n")
    head = b'Content-Disposition: form-data; name="'
    assert [part.strip(b"\r\n") for part in content.data.split(start)[1:-1]] == [
        head + b'o[x][0]"\r\n\r\n1',
        head + b'o[x][1]"\r\n\r\n2',
        head + b'ids"\r\nX-A: 1\r\n\r\na,b|c',
        head + b'u"\r\nContent-Type: text/csv\r\n\r\na/b?',
        head + b'm"\r\nContent-Type: application/json\r\n\r\n{"k":1}',
    ]


def test_the_host_of_requests_has_no_zone() -> None:
    assert authority(urlsplit("http://[fe80::1%25eth0]:81/")) == "[fe80::1]:81"
