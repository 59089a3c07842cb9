"""The facts that follow from the parts of the intermediate representation."""

import dataclasses
from typing import get_args

import pytest

from distinct import distinct
from naftiko_gen import ir

STRING = ir.Primitive.STRING
KEY, USER, REGION = (
    ir.Setting(ir.Variable(name, secret=True)) for name in ("KEY", "USER", "REGION")
)
A, B = (ir.Parameter(name, ir.Place.BODY, STRING, required=True) for name in "ab")
INPUT = ir.Input("x", ir.InArguments(), STRING, required=True)
API = ir.Upstream("api", ("https://api.example",), None)
OPERATION = ir.Operation("act", API, "POST", ("/act",), (A, B))
PICK = ir.Pick(("name",), STRING)


def tool(
    operation: ir.Operation, output: ir.Projection, *arguments: ir.Template
) -> ir.Tool:
    pairs = tuple(zip(operation.parameters, arguments, strict=False))
    implementation = ir.ProjectedCall(ir.Call(operation, pairs), output)
    return ir.Tool("act", None, "Act.", ir.Hints(), (), implementation)


def capability(*tools: ir.Tool) -> ir.Capability:
    called = (call for unit in tools for call in ir.calls(unit.implementation))
    adapters: tuple[ir.Adapter, ...] = (
        ir.McpAdapter("mcp", 9090, ir.Transport.HTTP, tools),
        ir.SkillAdapter((ir.Skill("things", "Things."),)),
    )
    return ir.Capability(
        slug="things",
        source="things.yaml",
        label="Things",
        description=None,
        tags=(),
        version="1",
        variables=(),
        upstreams=(API,),
        operations=distinct(call.operation for call in called),
        adapters=adapters,
    )


# --- implementations ---


def test_a_projected_call_makes_one_call() -> None:
    implementation = tool(OPERATION, PICK, KEY).implementation
    [call] = ir.calls(implementation)
    assert call.operation is OPERATION
    assert ir.primary_operation(implementation) is OPERATION
    assert list(ir.arguments(implementation)) == [(A, KEY)]
    assert list(ir.called_parameters(implementation)) == [A, B]


@pytest.mark.parametrize(
    ("output", "is_shaped"),
    [(ir.Identity(), False), (PICK, True), (ir.Literal(None), True)],
)
def test_the_projection_types_the_answer(
    output: ir.Projection, is_shaped: bool
) -> None:
    implementation = tool(OPERATION, output).implementation
    assert ir.projection_of(implementation) == output
    assert ir.is_shaped(implementation) is is_shaped
    assert [p for _, p in ir.projected_calls(implementation)] == [output]


def test_a_capability_knows_the_callers_of_an_operation() -> None:
    other = dataclasses.replace(OPERATION, name="other")
    first, second = tool(OPERATION, PICK, KEY), tool(OPERATION, ir.Identity(), USER)
    result = capability(first, second, tool(other, ir.Literal(1)))
    assert list(result.calling(OPERATION)) == [first, second]
    assert list(result.projections(OPERATION)) == [PICK, ir.Identity()]
    assert list(result.arguments(A)) == [KEY, USER]


def test_adapters_are_found_by_their_kind() -> None:
    result = capability(tool(OPERATION, PICK))
    assert result.rest == ()
    assert result.servers == result.mcp == result.adapters[:1]
    assert [skill.name for skill in result.skills] == ["things"]
    assert result.exposed == result.tools


# --- templates ---

TEMPLATE = ir.ObjectTemplate(
    (
        ("a", ir.Argument(A)),
        ("list", ir.ArrayTemplate((ir.Joined(("x", KEY, ir.Argument(INPUT))),))),
        ("inner", ir.ObjectTemplate((("c", ir.Constant(1)),))),
    )
)


def test_a_walk_reaches_every_template() -> None:
    kinds = [type(template) for template in ir.walk(TEMPLATE)]
    assert kinds == [
        *(ir.ObjectTemplate, ir.Argument, ir.ArrayTemplate, ir.Joined),
        *(ir.Setting, ir.Argument, ir.ObjectTemplate, ir.Constant),
    ]


def test_templates_name_their_placeholders_variables_and_members() -> None:
    assert list(ir.placeholders(TEMPLATE)) == [A, INPUT]
    assert list(ir.variables((TEMPLATE, USER))) == [KEY.variable, USER.variable]
    assert [name for name, _ in ir.members(TEMPLATE)] == ["a", "list", "inner", "c"]


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
    ("body", "label", "values", "whole_body"),
    [
        (ir.Entity(A), "json", [("body", "", WHOLE_A)], A),
        (ir.BodyTemplate(TEMPLATE), "json", [("body", "", TEMPLATE)], None),
        (ir.BytesBody("image/png", A), "bytes", [("body", "", WHOLE_A)], A),
        (ir.TextBody("text/csv", WHOLE_A), "text", [("body", "", WHOLE_A)], A),
        (ir.TextBody("text/csv", KEY), "text", [("body", "", KEY)], None),
        (ir.FormBody(WHOLE_A), "form", [("form", "", WHOLE_A)], A),
        (
            ir.FormBody(ir.ObjectTemplate((("a", WHOLE_A), ("k", KEY)))),
            "form",
            [("form", "a", WHOLE_A), ("form", "k", KEY)],
            None,
        ),
        (
            ir.MultipartBody((ir.FieldPart("k", KEY), FILE)),
            "multipart",
            [
                ("part", "k", KEY),
                ("part", "f", WHOLE_A),
                ("filename", "f", KEY),
                ("media-type", "f", ir.Constant("text/csv")),
            ],
            None,
        ),
    ],
)
def test_facts_of_bodies_follow_from_their_values(
    body: ir.Body,
    label: str,
    values: list[tuple[str, str, ir.Template]],
    whole_body: ir.Parameter | None,
) -> None:
    assert body.label == label
    assert body.values == tuple(ir.BodyValue(*value) for value in values)
    assert body.templates == tuple(template for _, _, template in values)
    assert body.whole == whole_body
    names = {source.name for _, _, t in values for source in ir.placeholders(t)}
    assert {source.name for source in body.placeholders} == names


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (ir.Entity(A), None),
        (ir.BodyTemplate(TEMPLATE), ["a", "list", "inner"]),
        (ir.TextBody("text/csv", KEY), None),
        (ir.MultipartBody((ir.FieldPart("k", KEY), FILE)), ["k", "f"]),
    ],
)
def test_members_are_the_named_values_of_a_body(
    body: ir.Body, names: list[str] | None
) -> None:
    assert (body.members and [name for name, _ in body.members]) == names


@pytest.mark.parametrize(
    ("body", "json", "entity", "location"),
    [
        (ir.Entity(A), WHOLE_A, A, ir.InBody()),
        (ir.BodyTemplate(TEMPLATE), TEMPLATE, None, ir.InBody()),
        (ir.BytesBody("image/png", A), None, None, ir.InContent("image/png")),
        (ir.TextBody("text/csv", WHOLE_A), None, None, ir.InText()),
        (ir.FormBody(TEMPLATE), None, None, ir.InBody()),
        (ir.MultipartBody(()), None, None, ir.InBody()),
    ],
)
def test_bodies_know_their_json_and_the_location_of_an_input(
    body: ir.Body,
    json: ir.Template | None,
    entity: ir.Parameter | None,
    location: ir.Location,
) -> None:
    assert body.json == json
    assert body.entity == entity
    assert body.location == location


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
        extended = body.with_members((("c", KEY),)) if body.open_members else None
        assert type(extended) in (type(body), type(None))
        assert (extended and [n for n, _ in extended.members or ()]) == members


def test_a_key_replaces_the_part_of_its_name() -> None:
    named, other = ir.FieldPart("key", WHOLE_A), ir.FieldPart("b", WHOLE_A)
    key = ir.FieldPart("key", KEY)
    body = ir.MultipartBody((named, other))
    assert body.with_key("key", KEY).parts == (key, other)
    assert ir.MultipartBody((other,)).with_key("key", KEY).parts == (other, key)


def test_a_key_becomes_a_part_of_each_kind_that_has_parts() -> None:
    json, form = ir.Entity(A), ir.FormBody(TEMPLATE)
    body = ir.ChosenBody(json, (ir.MultipartBody((FILE,)), form), WHOLE_A)
    key = ir.FieldPart("key", KEY)
    kinds = (json, ir.MultipartBody((FILE, key)), form)
    assert body.with_key("key", KEY).kinds == kinds


def test_parts_and_members_are_described_one_by_one() -> None:
    member = ir.FieldMember("m")
    multipart = ir.MultipartBody((FILE,))
    members = ir.MultipartObject(WHOLE_A, (member,))
    body = ir.ChosenBody(multipart, (ir.Entity(A), members), WHOLE_A)
    assert body.described_parts == (FILE, member)


def test_every_kind_of_body_has_a_media_type() -> None:
    kinds = {"json": "application/json", "multipart": "multipart/form-data"}
    bodies: list[ir.Body] = [ir.Entity(A), ir.BodyTemplate(KEY), ir.MultipartBody(())]
    assert [body.media_type for body in bodies] == [kinds[b.label] for b in bodies]
    assert ir.FormBody(KEY).media_type == "application/x-www-form-urlencoded"
    assert ir.BytesBody("image/png", A).media_type == "image/png"


# --- credentials ---

HEADER, QUERY = ir.HeaderKey("X-Key", KEY), ir.QueryKey("user", USER)
SECRET = ir.SharedSecret("HMAC-SHA1", KEY, None)
AUTHORIZATION = ["header Authorization"]


@pytest.mark.parametrize(
    ("credential", "label", "slots", "texts"),
    [
        (ir.Bearer(KEY), "bearer", AUTHORIZATION, [KEY]),
        (ir.Basic(USER, KEY), "basic", AUTHORIZATION, [USER, KEY]),
        (ir.Digest(USER, KEY), "digest", AUTHORIZATION, [USER, KEY]),
        (HEADER, "apikey", ["header X-Key"], [KEY]),
        (QUERY, "apikey", ["query user"], [USER]),
        (ir.CookieKey("sid", KEY), "apikey", ["cookie sid"], [KEY]),
        (ir.BodyKey("key", KEY), "apikey", ["body key"], [KEY]),
        (ir.PathKey("k", KEY, ("/", USER)), "apikey", ["path k"], [KEY, USER]),
        (
            ir.SeveralKeys((HEADER, ir.HeaderKey("X-User", USER))),
            "apikey",
            ["header X-Key", "header X-User"],
            [KEY, USER],
        ),
        (ir.OAuth1(USER, ir.RsaKey(KEY), None), "oauth1", AUTHORIZATION, [USER, KEY]),
        (
            ir.OAuth1(USER, SECRET, REGION),
            "oauth1",
            AUTHORIZATION,
            [USER, KEY, REGION],
        ),
        (
            ir.OAuth2(
                ir.Constant("https://t.example"), USER, KEY, (("scope", REGION),)
            ),
            "oauth2",
            AUTHORIZATION,
            [ir.Constant("https://t.example"), USER, KEY, REGION],
        ),
        (
            ir.SigV4(USER, KEY, None, REGION, ir.Constant("s3")),
            "aws-sig-v4",
            AUTHORIZATION,
            [USER, KEY, REGION, ir.Constant("s3")],
        ),
        (ir.Hmac(USER, KEY), "hmac", AUTHORIZATION, [USER, KEY]),
        (ir.Certificate(USER, None), "certificate", ["connection "], [USER]),
    ],
)
def test_credentials_know_their_slots_and_texts(
    credential: ir.Single, label: str, slots: list[str], texts: list[ir.Text]
) -> None:
    assert credential.label == label
    assert [f"{slot.place.value} {slot.name}" for slot in credential.slots] == slots
    assert list(credential.texts) == texts
    variables = [text.variable for text in texts if isinstance(text, ir.Setting)]
    assert list(credential.variables) == variables
    assert ir.choices(credential) == (credential,)
    assert not ir.is_optional(credential)


def test_several_credentials_have_the_slots_and_texts_of_each() -> None:
    alternatives = ir.Alternatives((ir.Bearer(KEY), QUERY), ir.Fallback.ANONYMOUS)
    assert alternatives.slots == (*ir.Bearer(KEY).slots, *QUERY.slots)
    assert alternatives.texts == (KEY, USER)
    assert ir.choices(alternatives) == (ir.Bearer(KEY), QUERY)
    assert ir.is_optional(alternatives)


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


def test_every_text_of_a_credential_is_among_its_texts() -> None:
    for kind in get_args(ir.Single):
        fields = [f.name for f in dataclasses.fields(kind) if "Text" in str(f.type)]
        plain: dict[str, object] = {
            "name": "n",
            "keys": (HEADER,),
            "tail": (KEY,),
            "signature": SECRET,
            "parameters": (("scope", KEY),),
        }
        names = (field.name for field in dataclasses.fields(kind))
        credential = kind(**{name: plain.get(name, KEY) for name in names})
        assert len(credential.texts) >= len(fields)
