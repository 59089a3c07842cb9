"""Capabilities imported from OpenAPI documents: their content compiles."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from written import compile_strictly, tools, write_api

from golden_files import Golden
from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options

DOCUMENTS = Path(__file__).parent / "documents"
EXPECTED = Path(__file__).parent / "expected"
PAGES = Path(__file__).parents[2] / "docs" / "openapi"
NAMES = ["library.yaml", "clinic.json", "shop.yaml"]
TABLES = [
    *("parameters.yaml", "bodies.yaml", "schemas.yaml", "responses.yaml"),
    *("security.yaml", "servers.yaml", "swagger.yaml"),
]
"""Each operation of these documents is a case; its summary is the expectation."""
OFFICIAL = "corpus/official/openapi"
STRICT = Options(Path(), strict=True)


def import_document(document: Path, *arguments: str, output: Path) -> Path:
    """Import a document into a directory; it must succeed."""
    spec = output / f"{document.name.replace('.', '-')}.yaml"
    assert main(["import", str(document), "-o", str(spec), "-q", *arguments]) == 0
    return spec


@pytest.mark.parametrize("name", [*NAMES, *TABLES])
def test_a_document_becomes_a_capability(
    name: str,
    golden: Golden,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(DOCUMENTS)

    options = ["--only", "mcp"] if name in TABLES else []

    assert main(["import", name, *options]) == 0

    output = capsys.readouterr()
    stem = name.partition(".")[0]
    golden.check(EXPECTED / f"{stem}.yaml", output.out.encode())
    golden.check(EXPECTED / f"{stem}.txt", output.err.encode())


@pytest.mark.parametrize("name", [*NAMES, *TABLES])
def test_a_capability_compiles_without_a_note_and_has_all_operations(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = import_document(DOCUMENTS / name, output=tmp_path)
    capability = compile_strictly(spec)
    names = [operation.name for operation in capability.operations]
    assert len(set(names)) == len(names)
    assert [route.only_call.operation.name for route in capability.routes] != []
    assert {route.only_call.operation.name for route in capability.routes} == set(names)
    assert [tool.name for tool in capability.tools] == names
    inputs = {route.name: [i.type for i in route.inputs] for route in capability.routes}
    assert inputs == {t.name: [i.type for i in t.inputs] for t in capability.tools}
    capsys.readouterr()
    document = str(DOCUMENTS / name)
    assert main(["drift", str(spec), "--openapi", document, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_documents_of_others_compile_without_a_note(
    reference: Path, tmp_path: Path
) -> None:
    documents = [
        *(reference / OFFICIAL).iterdir(),
        *(reference / "upstream").glob("*.yaml"),
    ]

    assert len(documents) > 5
    for document in documents:
        compile_strictly(import_document(document, output=tmp_path))


def test_other_readers_take_long_names(tmp_path: Path) -> None:
    names = ["k" * 1_024, "k" * 1_025, "a b " * 400 + "c", "\u00e9" * 600, "\n" * 700]
    properties = {
        **{name: {"type": "string"} for name in names},
        "o" * 2_000: {"type": "object", "properties": {names[2]: {"enum": ["x"]}}},
    }
    schema = {"type": "object", "properties": properties}
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"200": {"description": "OK"}}}
    document = write_api(tmp_path, {"/things": {"post": operation}})

    spec = import_document(document, output=tmp_path)

    compile_strictly(spec)
    text = spec.read_text("utf-8")
    value = yaml.load(text, yaml.SafeLoader)
    assert value == yaml.load(text, yaml.CSafeLoader)
    [tool] = tools(spec).values()
    [body] = tool["inputParameters"]
    assert body["properties"].keys() == properties.keys()


def test_the_official_schema_accepts_all_it_knows(
    reference: Path, tmp_path: Path
) -> None:
    schema = json.loads(
        (reference / "schemas/naftiko-1.0.0-alpha2.schema.json").read_text("utf-8")
    )
    validator = pytest.importorskip("jsonschema").Draft202012Validator(schema)
    # The schema has no name like `filter[author]`, of the library's API.
    documents = [DOCUMENTS / "clinic.json", DOCUMENTS / "shop.yaml"]

    for document in [*documents, *(reference / OFFICIAL).iterdir()]:
        spec = import_document(document, output=tmp_path)
        capability = yaml.load(spec.read_text("utf-8"), yaml.CSafeLoader)
        # The language doesn't have them yet, as comments in the capability explain.
        capability["info"].pop("version", None)
        for consumes in capability["capability"]["consumes"]:
            consumes.get("authentication", {}).pop("alternatives", None)
            for resource in consumes["resources"]:
                for operation in resource["operations"]:
                    operation.pop("outputSchema", None)
                    operation.pop("outputExample", None)
                    operation.pop("tags", None)
                    remove_extensions(operation)
        for exposed in capability["capability"]["exposes"]:
            remove_restrictions(exposed)
        for aggregate in capability["capability"]["aggregates"]:
            remove_restrictions({"tools": aggregate["functions"]})
        assert [error.message for error in validator.iter_errors(capability)] == []


def remove_extensions(operation: dict[str, Any]) -> None:
    """Remove the keys of parameters and fields that only this compiler has."""
    body = operation.get("body") or {}
    body.pop("encoding", None)
    parts = body["data"] if body.get("type") == "multipartForm" else []
    for source in (*operation.get("inputParameters", []), *parts):
        source.pop("style", None)
        source.pop("required", None)
        source.pop("explode", None)


OFFICIAL_KEYS = {"name", "in", "type", "required", "description", "pattern"}


def remove_restrictions(exposed: dict[str, Any]) -> None:
    """Remove keys of inputs that only this compiler has."""
    operations = [o for r in exposed.get("resources", []) for o in r["operations"]]
    for unit in (*operations, *exposed.get("tools", [])):
        is_tool = unit in exposed.get("tools", [])
        keys = OFFICIAL_KEYS - {"pattern"} if is_tool else OFFICIAL_KEYS
        for source in unit.get("inputParameters", []):
            for key in source.keys() - keys:
                del source[key]
            # A value of several types has no official type.
            source.setdefault("type", "string")


def test_the_training_api_has_the_operations_of_the_training_spec(
    reference: Path, tmp_path: Path
) -> None:
    document = reference / "upstream/prime-training-mock.openapi.yaml"
    mine = compile_strictly(import_document(document, output=tmp_path))
    theirs = frontend.read(
        Path(__file__).parents[2] / "specs/training-runs.yaml", Options(Path())
    )

    assert theirs.meaning
    requests = map(request_of, theirs.meaning.capability.operations)
    assert [*map(request_of, mine.operations)] == [*requests]


def request_of(operation: Any) -> tuple[Any, ...]:
    """Return the request of an operation, without the compiler's names and texts."""
    body = operation.body
    parameters = [(p.name, p.place, p.type, p.required) for p in operation.parameters]
    path = [part if isinstance(part, str) else part.name for part in operation.path]
    credential = type(operation.upstream.credential)
    request = (operation.query, operation.headers, body and type(body))
    return operation.method, path, parameters, credential, request


def test_a_credential_that_is_missing_is_told_at_the_operation(tmp_path: Path) -> None:
    operations: dict[str, Any] = {"get": {"security": [{"tls": []}], "responses": {}}}
    document = json.loads(operations_of({"/a": operations, "/b": {"get": {}}}))
    document["components"] = {"securitySchemes": {"tls": {"type": "mutualTLS"}}}
    lines = import_with_comments(json.dumps(document).encode(), tmp_path).splitlines()
    [at] = [
        n
        for n, line in enumerate(lines)
        if "without credentials that it requires" in line
    ]
    assert lines[at].lstrip().startswith("# It is called without")
    assert lines[at + 1].strip() == "- name: get-a"


def with_token_url(url: str, *scopes: str) -> bytes:
    permissions = dict.fromkeys(scopes, "A permission.")
    flows = {"clientCredentials": {"tokenUrl": url, "scopes": permissions}}
    document = json.loads(operations_of({"/a": {"get": {"responses": {}}}}))
    schemes = {"s": {"type": "oauth2", "flows": flows}}
    return json.dumps(
        {
            **document,
            "components": {"securitySchemes": schemes},
            "security": [{"s": []}],
        }
    ).encode()


@pytest.mark.parametrize(
    "url",
    [
        "https://sso.example/t\ncapability: {}",
        "https://sso.example/t, token: x}",
        "https://sso.example/t # x\x85\u2028- y",
        "\"https://sso.example/t' : {",
    ],
)
def test_a_comment_holds_a_url_as_one_text(url: str, tmp_path: Path) -> None:
    """A reader who uncomments the suggestion gets the same text."""
    text = import_with_comments(with_token_url(url), tmp_path)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    fair = import_with_comments(with_token_url("https://sso.example/t"), tmp_path)
    assert lines == [line for line in fair.splitlines() if "#" not in line]
    suggestion = re.search(r"\{type: oauth2.*_SECRET\}\}'\}", comments_of(text))
    assert suggestion
    assert yaml.load(suggestion[0], yaml.CSafeLoader)["tokenEndpoint"] == url


def comments_of(text: str) -> str:
    """Return the comments of a capability on one line."""
    return " ".join(
        line.strip().removeprefix("#").strip()
        for line in text.splitlines()
        if line.lstrip().startswith("#")
    )


@pytest.mark.parametrize(
    ("server", "url", "endpoint"),
    [
        ("https://a.example/v1", "token", "https://a.example/v1/token"),
        ("https://a.example/v1", "./token", "https://a.example/v1/token"),
        ("https://a.example/v1/", "/token", "https://a.example/token"),
        ("https://a.example", "/token", "https://a.example/token"),
        ("/v1", "/token", "https://{{API_HOST}}/token"),
        ("https://a.example", "http://sso.example/t", "http://sso.example/t"),
    ],
)
def test_a_suggested_token_endpoint_compiles(
    tmp_path: Path, server: str, url: str, endpoint: str
) -> None:
    document = {**json.loads(with_token_url(url)), "servers": [{"url": server}]}
    document["info"] = {"title": "Api", "version": "1"}
    text = import_with_comments(json.dumps(document).encode(), tmp_path)
    suggestion = re.search(r"\{type: oauth2.*_SECRET\}\}'\}", comments_of(text))
    assert suggestion
    credential = yaml.load(suggestion[0], yaml.CSafeLoader)
    assert credential["tokenEndpoint"] == endpoint
    spec = yaml.load(text, yaml.CSafeLoader)
    spec["capability"]["consumes"][0]["authentication"] = credential
    for name in ("API_CLIENT_ID", "API_CLIENT_SECRET"):
        spec["binds"][0]["keys"][name] = name
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(spec), "utf-8")
    reading = frontend.read(path, Options(tmp_path))
    assert reading.meaning is not None, reading.diagnostics


def test_a_suggestion_names_the_scopes(tmp_path: Path) -> None:
    text = import_with_comments(
        with_token_url("/token", "read", "books: write"), tmp_path
    )
    assert 'of scopes: ["read", "books: write"].' in comments_of(text)
    many = import_with_comments(
        with_token_url("/token", *map(str, range(30))), tmp_path
    )
    assert '"19", …].' in comments_of(many)


def import_with_comments(content: bytes, directory: Path) -> str:
    """Return the capability imported from a document, with its comments."""
    file = directory / "commented.json"
    file.write_bytes(content)
    return import_document(file, "--force", output=directory).read_text("utf-8")


# --- names -------------------------------------------------------


def operations_of(paths: dict[str, Any]) -> bytes:
    servers = [{"url": "https://t.example"}]
    head = {"openapi": "3.0.0", "info": {"title": "T"}, "servers": servers}
    return json.dumps({**head, "paths": paths}).encode()


def names_of(spec: Path) -> dict[tuple[str, str], str]:
    """Return the names of the operations of a capability, by method and path."""
    document = yaml.load(spec.read_text("utf-8"), yaml.CSafeLoader)
    return {
        (operation["method"], resource["path"]): operation["name"]
        for upstream in document["capability"]["consumes"]
        for resource in upstream["resources"]
        for operation in resource["operations"]
    }


def test_one_operation_more_renames_no_other(tmp_path: Path) -> None:
    """In any order, with ids in several styles, or none."""
    ids = ["getThing", "Things_Get", "list things", None, "things/add", "x" * 90, "é"]
    paths = {
        f"/things/{n}/{{id}}": {
            ["get", "post", "put"][n % 3]: {
                "responses": {},
                **({"operationId": f"{id_}{n}"} if id_ else {}),
            }
        }
        for n, id_ in enumerate(ids)
    }
    before = _names(paths, tmp_path)
    for position in range(len(paths) + 1):
        entries = list(paths.items())
        entries.insert(position, ("/new", {"get": {"operationId": "newOne"}}))
        after = _names(dict(entries), tmp_path)
        assert after.items() >= before.items()
        assert len(after) == len(before) + 1


def test_equal_names_are_told_apart_in_every_order(tmp_path: Path) -> None:
    paths = {
        "/a": {"get": {"operationId": "get_thing"}},
        "/b": {"get": {"operationId": "getThing"}},
        "/get/thing": {"get": {}},
        "/thing": {"get": {}},
    }
    names = _names(paths, tmp_path)
    reversed_names = _names(dict(reversed(paths.items())), tmp_path)

    assert names == reversed_names
    assert len(set(names.values())) == 4
    assert names["GET", "/b"] == "get-thing"


def test_existing_operations_keep_their_names(tmp_path: Path) -> None:
    document, spec = tmp_path / "openapi.json", tmp_path / "spec.yaml"
    document.write_bytes(operations_of({"/a/{x}": {"get": {"operationId": "get_a"}}}))
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    spec.write_text(spec.read_text("utf-8").replace("get-a", "read-a"), "utf-8")
    paths = {"/b": {"get": {"operationId": "readA"}}, "/a/{y}": {"get": {}}}
    document.write_bytes(operations_of(paths))

    assert main(["import", str(document), "-o", str(spec), "-q", "--force"]) == 0

    names = names_of(spec)
    assert names["GET", "/a/{{y}}"] == "read-a"
    assert names["GET", "/b"].startswith("read-a-")
    compile_strictly(spec)


def _names(paths: dict[str, Any], directory: Path) -> dict[tuple[str, str], str]:
    document = directory / "document.json"
    document.write_bytes(operations_of(paths))
    return names_of(import_document(document, "--force", output=directory))


# --- options -----------------------------------------------------


def test_the_address_can_be_given(tmp_path: Path) -> None:
    spec = import_document(
        DOCUMENTS / "clinic.json",
        "--base-uri",
        "https://clinic.example/v1/",
        "--namespace",
        "wards",
        output=tmp_path,
    )

    text = spec.read_text("utf-8")
    assert "baseUri: https://clinic.example/v1\n" in text
    assert "namespace: wards-rest\n" in text
    compile_strictly(spec)


def test_a_part_can_be_imported(tmp_path: Path) -> None:
    spec = import_document(
        DOCUMENTS / "library.yaml", "--tag", "loans", output=tmp_path
    )
    assert set(names_of(spec).values()) == {"lend"}

    below = import_document(
        DOCUMENTS / "library.yaml", "--force", "--path", "/books/*", output=tmp_path
    )
    names = {"get-book", "replace-book", "delete-book", "put-cover", "add-scan"}
    names |= {"head-books-book-id"}
    assert set(names_of(below).values()) == names
    compile_strictly(below)


@pytest.mark.parametrize("command", ["import", "drift"])
def test_the_page_names_every_option(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])

    page = (PAGES / f"{command}.md").read_text("utf-8")
    options = set(
        re.findall(
            r"^  (?:-\w(?: \w+)?, )?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE
        )
    )
    assert len(options) > 3
    missing_options = {option for option in options if option not in page}
    assert missing_options <= {"--traceback", "--help"}
