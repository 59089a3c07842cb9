"""Request bodies: their spelling, their meaning, and the values of clients."""

import json

import pytest
from documents import capability, document, errors, findings, resolve, tools, upstream

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Code, Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.dialects import normalise
from naftiko_gen.resolve.templates import json_text
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

CALL = """\
- name: send
  description: Send it.
  call: api.send
"""
NOWHERE = Span(1, 1)


def operation(body: str, inputs: str = "[]") -> str:
    return f"""\
- name: send
  method: POST
  inputParameters: {inputs}
  body: {body}
"""


def write(body: str, inputs: str = "[]") -> str:
    return document(upstream(operation(body, inputs)), tools(CALL))


def canonical(body: str) -> object:
    report = Report("spec.yaml")
    tree = load(write(body).encode(), report)
    assert isinstance(tree, Mapping)
    root = normalise(tree, report, "spec")
    assert root is not None
    node: Node | None = root
    for step in ("capability", "consumes", "resources", "operations"):
        if isinstance(node, Sequence):
            (node,) = node.items
        assert isinstance(node, Mapping)
        node = node.get(step)
    assert isinstance(node, Sequence)
    (only,) = node.items
    assert isinstance(only, Mapping)
    content = only.get("body")
    return content.plain() if content else None


def capability_of(text: str) -> ir.Capability:
    result, _ = resolve(text)
    assert result is not None
    return result


def body_of(body: str, inputs: str = "[]") -> ir.Body | None:
    (consumed,) = capability_of(write(body, inputs)).operations
    return consumed.body


# --- spelling ---


@pytest.mark.parametrize(
    ("alias", "kind"),
    [
        ("form", "formUrlEncoded"),
        ("form-urlencoded", "formUrlEncoded"),
        ("application/x-www-form-urlencoded", "formUrlEncoded"),
        ("multipart/form-data", "multipartForm"),
        ("application/json", "json"),
        ("text/plain", "text"),
        ("binary", "application/octet-stream"),
        ("octet-stream", "application/octet-stream"),
        ("yaml", "application/yaml"),
    ],
)
def test_types_have_aliases(alias: str, kind: str) -> None:
    assert canonical(f"{{type: {alias}, data: x}}") == {"type": kind, "data": "x"}


@pytest.mark.parametrize("name", ["file", "coverImage", "user_photo", "FILES"])
def test_a_field_called_a_file_is_one(name: str) -> None:
    part = {"name": name, "value": "x", "filename": name}
    body = f"{{type: multipart, data: {{{name}: x}}}}"
    assert canonical(body) == {"type": "multipartForm", "data": [part]}
    assert ("file-part", name) in [
        (slug, place[: len(name)]) for slug, place in findings(write(body))
    ]


# --- meaning ---


@pytest.mark.parametrize("start", ["{", "query Q($a: A) {", "# so\\n mutation {"])
@pytest.mark.parametrize("member", ["query", "inner: {query"])
def test_a_query_that_looks_like_graphql_is(start: str, member: str) -> None:
    data = f'{member}: "{start} a(b: {{{{c}}}})"'
    body = body_of(f"{{type: json, data: {{{data}{'}' * member.count('{')}}}}}")
    assert isinstance(body, ir.BodyTemplate)
    assert "GraphQL" in repr(body)


@pytest.mark.parametrize(
    "operation",
    [
        "inputParameters: [{name: query, in: body}]",
        "inputParameters: [{name: asked, in: body}]\n"
        "  body: {type: json, data: {query: '{{asked}}'}}",
        'body: \'{"query": "{{asked}}", "variables": null}\'',
        "body: {type: formUrlEncoded, data: {query: '{{asked}}'}}",
        "body: {type: json}",
    ],
)
def test_a_query_that_with_gives_is_graphql(operation: str) -> None:
    name = "asked" if "asked" in operation else "query"
    text = asking(operation, name, '{ user(login: "{{a}}") { id } }')
    result = capability(text)
    assert "GraphQL" in repr(result.tools[0].only_call.arguments)
    assert "unescaped-graphql" not in [slug for slug, _ in findings(text)]


@pytest.mark.parametrize(
    "operation",
    [
        "body: {type: application/graphql, data: '{ a(b: \"{{c}}\") }'}",
        "body: {type: application/graphql, data: '{{c}}: { a }'}",
        "body: '{ a(b: {{c}}) }'\n"
        "  inputParameters:"
        " [{name: Content-Type, in: header, value: application/graphql}]",
        "inputParameters: [{name: query, in: body, value: '{ a(b: {{c}}) }'}]",
        "inputParameters: [{name: query, in: body, value: '{ a(b: {{c}}) }'}]\n"
        "  body: {type: multipartForm}",
    ],
)
def test_graphql_of_an_operation_is_escaped(operation: str) -> None:
    text = asking(operation, "c", "x")
    result = capability(text)
    assert "GraphQL" in repr(result.operations[0].body)
    assert "unescaped-graphql" not in [slug for slug, _ in findings(text)]


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        ("body: {type: json, data: {gql: 'query Q { a(b: {{c}}) }'}}", "{gql:"),
        ("body: {type: json, data: [{q: {r: '{ a(b: {{c}}) }'}}]}", "[{q:"),
        ("body: {type: text, data: '{ a(b: {{c}}) }'}", "'{ a("),
        ("body: {type: formUrlEncoded, data: {gql: '{ a(b: {{c}}) }'}}", "{gql:"),
        ("body: {type: formUrlEncoded, data: 'query={ a(b: {{c}}) }'}", "'query="),
        (
            "body: {type: multipartForm, data: [{name: g, value: '{ a(b: {{c}}) }'}]}",
            "[{name: g",
        ),
        ("inputParameters: [{name: q, in: query, value: '{ a(b: {{c}}) }'}]", "'{ a("),
        ("inputParameters: [{name: gql, in: body, value: '{ a(b: {{c}}) }'}]", "'{ a("),
    ],
)
def test_graphql_elsewhere_in_an_operation_is_reported(
    operation: str, place: str
) -> None:
    by_code = dict(findings(asking(operation, "c", "x")))
    assert by_code["unescaped-graphql"].startswith(place)


@pytest.mark.parametrize(
    "query", ['{job="{{c}}"}', "{a: {{c}}}", "{ a }", "query {{c}}"]
)
def test_other_languages_are_not_reported(query: str) -> None:
    text = asking("inputParameters: [{name: query, in: query}]", "query", query)
    assert "unescaped-graphql" not in [slug for slug, _ in findings(text)]


def asking(operation: str, name: str, query: str) -> str:
    """Return a document with a tool that gives a text to an operation."""
    consumed = f"- name: ask\n  method: POST\n  {operation}\n"
    unit = f"{{name: ask, call: api.ask, with: {{{name}: {json.dumps(query)}}}}}"
    return document(upstream(consumed), tools(f"- {unit}\n"))


@pytest.mark.parametrize(
    "data",
    ["{query: 'from {{a}}'}", "{text: '{ {{a}} }'}", """{query: '{"a": "{{a}}"}'}"""],
)
def test_other_texts_are_none(data: str) -> None:
    assert "GraphQL" not in repr(body_of(f"{{type: json, data: {data}}}"))


@pytest.mark.parametrize("data", ["{a: '{{b}}'}", """'{"a": {{b}}}'"""])
def test_media_types_of_json_are_json(data: str) -> None:
    kind = "application/merge-patch+json"
    (consumed,) = capability_of(write(f"{{type: {kind}, data: {data}}}")).operations
    (value,) = consumed.parameters
    member = ir.ObjectTemplate((("a", ir.Argument(value)),))
    assert consumed.body == ir.BodyTemplate(member)
    assert consumed.headers == (("Content-Type", ir.Constant(kind)),)


def test_a_header_of_the_document_says_which_json_it_is() -> None:
    header = "[{name: content-type, in: header, value: application/vnd.own+json}]"
    text = write("{type: application/vnd.api+json, data: {a: 1}}", header)
    (consumed,) = capability_of(text).operations
    own = ir.Constant("application/vnd.own+json")
    assert consumed.headers == (("content-type", own),)


def test_a_json_body_without_data_is_made_of_the_declared_parameters() -> None:
    body = body_of("{type: json}", "[{name: a, in: body}, {name: b, in: body}]")
    assert isinstance(body, ir.BodyTemplate)
    assert isinstance(body.template, ir.ObjectTemplate)
    assert [name for name, _ in body.template.entries] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{type: json}", ir.Entity),
        ("{type: json, data: null}", ir.Entity),
        ("{type: text}", ir.TextBody),
        ("{type: binary}", ir.BytesBody),
        ("{type: form}", ir.FormBody),
    ],
)
def test_a_body_without_data_is_the_callers(body: str, kind: type[ir.Body]) -> None:
    text = document(upstream(operation(body)), tools(f"{CALL}  with: {{}}\n"))
    (tool,) = capability_of(text).tools
    assert isinstance(tool.only_call.operation.body, kind)
    assert [i.name for i in tool.inputs] == ["body"]


def test_text_is_json_unless_a_header_says_otherwise() -> None:
    structure = body_of("'{\"a\": {{b}}}'")
    assert isinstance(structure, ir.BodyTemplate)
    header = "[{name: Content-Type, in: header, value: text/turtle}]"
    assert isinstance(body_of("'{\"a\": {{b}}}'", header), ir.TextBody)
    assert [slug for slug, _ in findings(write("'no json'"))] == ["no-json"]
    assert findings(write("'no json'", header)) == []


@pytest.mark.parametrize(
    ("body", "media_type", "escaping"),
    [
        ("'a=x&b={{b}}'", "application/x-www-form-urlencoded", ir.Escaping.FORM),
        (
            "{type: text, data: 'b={{b}}'}",
            "application/x-www-form-urlencoded",
            ir.Escaping.FORM,
        ),
        ("'<a>{{b}}</a>'", "text/xml; charset=utf-8", ir.Escaping.XML),
        ("{type: text, data: '<a>{{b}}</a>'}", "application/soap+xml", ir.Escaping.XML),
        (
            "{type: application/octet-stream, data: '<a>{{b}}</a>'}",
            "text/xml",
            ir.Escaping.XML,
        ),
        ("'<a>{{b}}</a>'", "text/html", ir.Escaping.XML),
        ("'a {{b}}'", "text/plain", ir.Escaping.NONE),
        ("'{{b}}'", "text/xml", ir.Escaping.NONE),
    ],
)
def test_the_header_says_how_values_are_kept_values(
    body: str, media_type: str, escaping: ir.Escaping
) -> None:
    text = body_of(body, f"[{{name: content-Type, in: header, value: '{media_type}'}}]")
    assert isinstance(text, ir.TextBody)
    assert text.escaping is escaping


def test_text_that_a_header_calls_json_is_structure() -> None:
    header = "[{name: Content-Type, in: header, value: application/vnd.api+json}]"
    for body in ('\'{"a": "{{b}}"}\'', '{type: text, data: \'{"a": "{{b}}"}\'}'):
        assert isinstance(body_of(body, header), ir.BodyTemplate)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('\'{"a": "{{b}}", }\'', "unusable-json"),
        ('{type: application/x-ndjson, data: \'{"a": "{{b}}"}\'}', "unsupported"),
    ],
)
def test_values_in_text_that_cannot_keep_them_are_an_error(
    body: str, code: str
) -> None:
    assert [slug for slug, _ in errors(write(body))] == [code]


def test_a_caller_s_header_does_not_name_the_text_s_type() -> None:
    header = "[{name: Content-Type, in: header, type: string}]"
    assert isinstance(body_of("'{\"a\": {{b}}}'", header), ir.BodyTemplate)


def test_a_text_without_values_stays_as_it_is_written() -> None:
    assert body_of("'{ \"a\" :1.0 }'") == ir.TextBody(
        "application/json", ir.Constant('{ "a" :1.0 }')
    )


def test_several_fields_are_no_text() -> None:
    assert errors(write("{type: text, data: {a: x, b: y}}"))[0][0] == "wrong-type"


# --- JSON with placeholders ---


def fill(text: str) -> ir.Template | None:
    parameters = {
        name: ir.Parameter(name, ir.Place.BODY, ir.Anything(), required=False)
        for name in ("a", "b")
    }
    return json_text(
        text, NOWHERE, lambda placeholder, _: ir.Argument(parameters[placeholder.name])
    )


def test_a_hole_is_a_value_or_a_part_of_a_string() -> None:
    template = fill('{"x": {{a}}, "y": "{{a}}", "z": ["\\"{{b}}\\\\", 1]}')
    assert isinstance(template, ir.ObjectTemplate)
    entries = dict(template.entries)
    a, array = entries["x"], entries["z"]
    assert isinstance(a, ir.Argument)
    assert entries["y"] == ir.Joined((a,))
    assert isinstance(array, ir.ArrayTemplate)
    assert isinstance(array.items[0], ir.Joined)
    assert (array.items[0].parts[0], array.items[0].parts[2]) == ('"', "\\")
    assert array.items[1] == ir.Constant(1)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"{{a}}": 1}',
        '{"a": 1e999}',
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        '["\\u00000\\u0000", {{a}}]',
        "[" * 1000 + "]" * 1000,
        '{"a": {{a}} {{b}}}',
    ],
)
def test_text_that_is_no_json_has_no_structure(text: str) -> None:
    assert fill(text) is None


CHOICE = "[{name: Content-Type, in: header}, {name: body, in: body}]"
FORM = "{type: formUrlEncoded, data: '{{body}}'}"


def test_a_header_chooses_an_alternative() -> None:
    text = write(
        f"{{type: json, data: '{{{{body}}}}', alternatives: [{FORM}]}}", CHOICE
    )
    body = capability_of(text).operations[0].body

    assert isinstance(body, ir.ChosenBody)
    assert isinstance(body.usual, ir.Entity)
    assert [type(kind) for kind in body.others] == [ir.FormBody]
    assert body.whole
    assert body.kind_of("application/x-www-form-urlencoded") is body.others[0]
    assert body.kind_of(None) is body.kind_of("text/x") is body.usual


@pytest.mark.parametrize(
    ("body", "inputs", "message"),
    [
        (
            f"{{type: json, data: '{{{{body}}}}', alternatives: [{FORM}]}}",
            "[{name: Content-Type, in: header, value: text/x}]",
            "no parameter 'Content-Type' chooses an alternative",
        ),
        (
            "{type: json, data: '{{body}}', alternatives: "
            "[{type: json, data: {a: '{{body}}'}}]}",
            CHOICE,
            "another body has the type 'application/json'",
        ),
        (
            f"{{type: text, data: '{{{{body}}}}', alternatives: "
            f"[{{type: json, data: '{{{{body}}}}', alternatives: [{FORM}]}}]}}",
            CHOICE,
            "an alternative has no alternatives of its own",
        ),
        (
            "{type: image/png, data: '{{body}}', alternatives: "
            "[{type: json, data: {a: '{{body}}'}}]}",
            CHOICE,
            "the type 'application/json' can't hold the bytes of another body",
        ),
    ],
)
def test_an_alternative_that_cannot_be_sent_is_reported(
    body: str, inputs: str, message: str
) -> None:
    _, report = resolve(write(body, inputs))

    diagnostics = [d for d in report.diagnostics if d.code is Code.UNUSABLE_ALTERNATIVE]
    assert [diagnostic.message for diagnostic in diagnostics] == [message]


@pytest.mark.parametrize("media_type", ["text/*", "application/jwt"])
def test_only_an_alternative_has_a_type_beside_its_word(media_type: str) -> None:
    text = f"{{type: text, contentType: '{media_type}', data: '{{{{body}}}}'}}"
    json = f"{{type: json, data: '{{{{body}}}}', alternatives: [{text}]}}"
    body = capability_of(write(json, CHOICE)).operations[0].body
    _, report = resolve(write(text, CHOICE))

    assert isinstance(body, ir.ChosenBody)
    assert body.kind_of(media_type.replace("*", "csv")) is body.others[0]
    messages = [d.message for d in report.diagnostics if d.code is Code.UNSUPPORTED]
    assert messages == ["only a body of 'alternatives' can have 'contentType'"]


def test_only_an_alternative_is_a_range() -> None:
    png = "{type: 'image/*', data: '{{body}}'}"
    _, report = resolve(write(png, CHOICE))

    assert [d.severity for d in report.diagnostics if "image/*" in d.message]


def test_a_form_among_several_bodies_has_only_its_own_fields() -> None:
    text = (
        "{type: multipartForm, data: [{name: a, value: '{{a}}', filename: '{{n}}'}], "
        "alternatives: [{type: formUrlEncoded, data: {a: '{{a}}', b: '{{b}}'},"
        " encoding: {a: {contentEncoding: base64}}}]}"
    )
    names = ("a", "b", "n")
    inputs = ", ".join(f"{{name: {name}, in: body}}" for name in names)
    body = (
        capability_of(write(text, f"[{{name: Content-Type, in: header}}, {inputs}]"))
        .operations[0]
        .body
    )

    assert isinstance(body, ir.ChosenBody)
    assert [[name for name, _ in kind.members or ()] for kind in body.kinds] == [
        ["a"],
        ["a", "b"],
    ]
    [form] = body.others
    assert isinstance(form, ir.FormBody)
    assert form.base64 == ("a",)
    assert form.placeholders[0].type == ir.Bytes()


@pytest.mark.parametrize(
    "data",
    [
        r'[{name: a, value: b, filename: "", contentType: "text/plain\r\nX: y"}]',
        r'"{{a}}", encoding: {a: {filename: "", contentType: "text/plain\r\nX: y"}}',
    ],
)
def test_the_type_of_a_part_is_no_line_of_another_header(data: str) -> None:
    body = f"{{type: multipartForm, data: {data}}}"
    diagnostics = errors(write(body, "[{name: a, in: body}]"))
    assert [slug for slug, _ in diagnostics] == ["unusable-header"]
