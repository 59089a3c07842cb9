"""The facts that follow from the parts of the intermediate representation."""

import pytest

from naftiko_gen import ir

STRING = ir.Primitive.STRING
KEY, USER, REGION = (
    ir.Setting(ir.Variable(name, secret=True)) for name in ("KEY", "USER", "REGION")
)
A, B = (ir.Parameter(name, ir.Place.BODY, STRING, required=True) for name in "ab")
INPUT = ir.Input("x", ir.InArguments(), STRING, required=True)


# --- templates ---

TEMPLATE = ir.ObjectTemplate(
    (
        ("a", ir.Argument(A)),
        ("list", ir.ArrayTemplate((ir.Joined(("x", KEY, ir.Argument(INPUT))),))),
        ("inner", ir.ObjectTemplate((("c", ir.Constant(1)),))),
    )
)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (USER, ("a ", USER)),
        (ir.Constant("b"), ("a ", "b")),
        (ir.Constant(value=True), ("a ", "true")),
        (ir.Joined(("b ", USER)), ("a ", "b ", USER)),
    ],
)
def test_a_placeholder_of_a_text_becomes_pieces_of_it(
    change: ir.Template, parts: tuple[str | ir.Placeholder, ...]
) -> None:
    text = ir.Joined(("a ", KEY))
    assert ir.with_placeholders(text, lambda _: change) == ir.Joined(parts)


def test_a_placeholder_of_a_text_becomes_no_structure() -> None:
    with pytest.raises(TypeError, match="a structure can't stand inside a text"):
        ir.with_placeholders(ir.Joined(("a ", KEY)), lambda _: TEMPLATE)


def test_texts_of_settings_have_no_other_placeholders() -> None:
    text = ir.Joined(("a ", KEY))
    assert list(ir.texts_and_variables(text)) == ["a ", KEY.variable]
    with pytest.raises(TypeError, match="a text of settings refers to Argument"):
        list(ir.texts_and_variables(ir.Joined((KEY, ir.Argument(A)))))


# --- bodies ---

FILE = ir.FilePart("f", ir.Argument(A), KEY, ir.Constant("text/csv"))
WHOLE_A = ir.Argument(A)


@pytest.mark.parametrize(
    ("body", "accepts_key"),
    [
        (ir.Entity(A), True),
        (ir.FormBody(TEMPLATE), True),
        (ir.MultipartBody(()), True),
        (ir.BytesBody("image/png", A), False),
        (ir.TextBody("application/json", KEY), True),
        (ir.TextBody("text/csv", KEY), False),
    ],
)
def test_bodies_know_whether_a_key_can_be_added(
    body: ir.Body, *, accepts_key: bool
) -> None:
    assert body.accepts_key is accepts_key


@pytest.mark.parametrize(
    ("template", "members"),
    [
        (ir.ObjectTemplate((("b", WHOLE_A),)), ["b", "c"]),
        (ir.Constant({"b": 1}), ["b", "c"]),
        (ir.Constant([1]), None),
        (WHOLE_A, None),
    ],
)
def test_members_join_a_body_that_is_an_object(
    template: ir.Template, members: list[str] | None
) -> None:
    for body in (ir.BodyTemplate(template), ir.FormBody(template)):
        new_body = body.with_members((("c", KEY),)) if body.open_members else None
        assert type(new_body) in (type(body), type(None))
        assert (new_body and [n for n, _ in new_body.members or ()]) == members


def test_a_key_replaces_the_part_of_its_name() -> None:
    part, other = ir.FieldPart("key", WHOLE_A), ir.FieldPart("b", WHOLE_A)
    key = ir.FieldPart("key", KEY)
    body = ir.MultipartBody((part, other))
    assert body.with_key("key", KEY).parts == (key, other)
    assert ir.MultipartBody((other,)).with_key("key", KEY).parts == (other, key)


def test_a_key_becomes_a_part_of_each_kind_that_has_parts() -> None:
    json, form = ir.Entity(A), ir.FormBody(TEMPLATE)
    body = ir.ChosenBody(json, (ir.MultipartBody((FILE,)), form), WHOLE_A)
    key = ir.FieldPart("key", KEY)
    kinds = (json, ir.MultipartBody((FILE, key)), form)
    assert body.with_key("key", KEY).kinds == kinds


# --- credentials ---

HEADER, QUERY = ir.HeaderKey("X-Key", KEY), ir.QueryKey("user", USER)


@pytest.mark.parametrize(
    ("credential", "headers"),
    [
        (HEADER, {"x-key"}),
        (QUERY, set()),
        (ir.CookieKey("sid", KEY), {"cookie"}),
        (
            ir.SigV4(USER, KEY, None, REGION, REGION),
            {
                "authorization",
                "x-amz-content-sha256",
                "x-amz-date",
                "x-amz-security-token",
            },
        ),
        (ir.Alternatives((ir.Bearer(KEY), HEADER)), {"authorization", "x-key"}),
    ],
)
def test_credentials_know_the_headers_that_they_set(
    credential: ir.Credential, headers: set[str]
) -> None:
    assert credential.headers == headers
