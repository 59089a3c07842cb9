"""Binary answers and declared responses: sizes, media types, and their mistakes."""

import pytest
from documents import capability, findings

from naftiko_gen import ir
from naftiko_gen.language.models.base import bytes_of

DOCUMENT = """\
naftiko: 1.0.0-alpha2
info: {{label: Photos, description: Photos.}}
capability:
  consumes:
  - type: http
    namespace: library
    baseUri: https://photos.example.com
    resources:
    - name: photos
      path: /photo
      operations:
      - {{name: photo, {operation}}}
  exposes:
  - type: rest
    namespace: photos
    address: localhost
    port: 8080
    {adapter}
    resources:
    - path: /photo
      operations:
      - {{method: GET, call: library.photo, {route}}}
"""
BINARY = "outputRawFormat: binary"
STRING = {"type": "string"}


def document(operation: str = BINARY, adapter: str = "", route: str = "") -> str:
    return DOCUMENT.format(operation=operation, adapter=adapter, route=route)


def route(text: str) -> ir.Route:
    [exposed] = capability(text).routes
    return exposed


def output(text: str) -> ir.Projection:
    return route(text).output


def codes(text: str) -> list[str]:
    return [slug for slug, _ in findings(text)]


@pytest.mark.parametrize(
    ("size", "number"),
    [("0B", 0), ("7B", 7), ("1.5KiB", 1536), ("5MiB", 5 * 1024**2), ("1GiB", 1024**3)],
)
def test_a_size_has_a_unit(size: str, number: int) -> None:
    assert bytes_of(size) == number


@pytest.mark.parametrize(
    ("operation", "declaration", "code"),
    [
        ("outputMediaType: text", "", "wrong-value"),
        ("outputMediaType: 'text/x\\r\\nA: b'", "", "wrong-value"),
        (BINARY, "responses: {'20': {}}", "wrong-value"),
        (BINARY, "responses: {'200': {content: {text: {}}}}", "wrong-value"),
        (BINARY, "responses: {'200': {body: {}}}", "unknown-key"),
        (BINARY, "responseBinary: {}", "missing-key"),
        (BINARY, "responseBinary: {mediaType: a/b, status: 42}", "wrong-value"),
        (
            BINARY,
            "responses: {'200': {}}, responseBinary: {mediaType: a/b}",
            "several-contents",
        ),
        (
            BINARY,
            "responses: {'404': {content: {a/b: {schema: {$ref: x}}}}}",
            "unsupported",
        ),
        ("method: GET", "responseBinary: {mediaType: a/b}", "undeclared-binary"),
        ("maxBinarySize: 1KiB", "", "ignored-key"),
        (BINARY, "outputParameters: [{type: string, mapping: $.a}]", "ignored-output"),
        (f"{BINARY}, maxBinarySize: 1GiB", "", "limited-size"),
    ],
)
def test_mistakes_are_told(operation: str, declaration: str, code: str) -> None:
    assert code in codes(document(operation, route=declaration))


def test_responses_are_for_the_document() -> None:
    declaration = (
        "responses: {'200': {description: All., content: {a/b: {binary: true}}},"
        " '404': {content: {application/json: {schema: {type: object}}}}}"
    )
    assert route(document(route=declaration)).responses == (
        ir.DeclaredResponse("200", "All.", (ir.ResponseBody("a/b", is_binary=True),)),
        ir.DeclaredResponse(
            "404",
            None,
            (ir.ResponseBody("application/json", False, {"type": "object"}),),
        ),
    )


def declared_schema(schema: str) -> str:
    return document(
        route=f"responses: {{'404': {{content: {{a/b: {{schema: {schema}}}}}}}}}"
    )


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{properties: {$ref: {type: string}}}", {"properties": {"$ref": STRING}}),
        ("{items: {$ref: '#/$defs/a'}, $defs: {a: {type: string}}}", {"items": STRING}),
        (
            "{items: {$ref: '#/$defs/a~1b', title: T},"
            " $defs: {a/b: {items: {$ref: '#/$defs/c'}}, c: {type: string}}}",
            {"items": {"allOf": [{"items": STRING}], "title": "T"}},
        ),
    ],
)
def test_references_in_a_schema_are_replaced(schema: str, expected: object) -> None:
    [response] = route(declared_schema(schema)).responses
    assert response.bodies[0].schema == expected
