"""Options of `import` for credentials and settings that a document lacks."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from written import compile_strictly, read

from naftiko_gen.cli.main import main

DOCUMENTS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("settings.yaml").read_text("utf-8")
)
DOCUMENT = DOCUMENTS["library"]
SCHEMES = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return write_document(tmp_path, DOCUMENT)


def write_document(directory: Path, document: dict[str, Any]) -> Path:
    path = directory / "openapi.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


def import_document(document: Path, *arguments: str) -> dict[str, Any]:
    """Import a document; the capability compiles without a note."""
    spec = document.with_name("spec.yaml")
    assert main(["import", str(document), "-o", str(spec), *arguments]) == 0
    compile_strictly(spec)
    assert main(["drift", str(spec), "--openapi", str(document)]) == 0
    capability: dict[str, Any] = read(spec)
    return capability


def refusal(capsys: pytest.CaptureFixture[str], document: Path, *arguments: str) -> str:
    """Return the message of an import that fails."""
    spec = document.with_name("spec.yaml")
    assert main(["import", str(document), "-o", str(spec), *arguments]) == 1
    assert not spec.exists()
    return capsys.readouterr().err.splitlines()[-1].partition(": ")[2]


# --- --auth ---


def test_a_declared_parameter_that_is_the_key_is_no_input(tmp_path: Path) -> None:
    capability = import_document(
        write_document(tmp_path, DOCUMENT), "--auth", "apikey:X-Version"
    )
    assert "X-Version" not in json.dumps(capability["capability"]["exposes"])


def test_a_scheme_that_nothing_uses_is_none(tmp_path: Path) -> None:
    document = {**DOCUMENT, "components": {"securitySchemes": SCHEMES}}
    capability = import_document(write_document(tmp_path, document), "--auth", "bearer")
    [consumes] = capability["capability"]["consumes"]
    assert consumes["authentication"]["type"] == "bearer"


def test_a_document_that_says_it_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guarded_document = {**DOCUMENT, "components": {"securitySchemes": SCHEMES}}
    document = write_document(tmp_path, {**guarded_document, "security": [{"key": []}]})
    assert refusal(capsys, document, "--auth", "bearer") == (
        "the document declares authentication ('key');"
        " write --auth apikey:X-Key or no --auth"
    )


# --- --bind ---


def test_a_parameter_becomes_a_setting_everywhere(document: Path) -> None:
    capability = import_document(
        document, "--bind", "X-VERSION=API_VERSION", "--bind", "tenant=TENANT"
    )
    [consumes] = capability["capability"]["consumes"]
    operations = {
        operation["name"]: operation
        for resource in consumes["resources"]
        for operation in resource["operations"]
    }
    parameter = {"in": "header", "value": "{{API_VERSION}}"}
    assert {"name": "X-Version", **parameter} in operations["get-book"][
        "inputParameters"
    ]
    assert {"name": "x-version", **parameter} in operations["list-books"][
        "inputParameters"
    ]
    tenant = {"name": "tenant", "in": "query", "value": "{{TENANT}}"}
    assert tenant in operations["get-book"]["inputParameters"]
    exposed = json.dumps(capability["capability"]["exposes"])
    assert "ersion" not in exposed
    assert "tenant" not in exposed
    assert list(capability["binds"][0]["keys"]) == ["API_VERSION", "TENANT"]


def test_the_bound_header_may_be_the_credential(tmp_path: Path) -> None:
    operation = {
        "operationId": "listBooks",
        "parameters": [{"name": "Cookie", "in": "header", "required": True}],
        "responses": {"200": {"description": "Books."}},
    }
    paths = {"/books": {"get": operation}}
    document = write_document(tmp_path, {**DOCUMENT, "paths": paths})
    capability = import_document(document, "--bind", "Cookie=LIBRARY_COOKIE")
    assert list(capability["binds"][0]["keys"]) == ["LIBRARY_COOKIE"]


COOKIES = [
    {"name": "session", "in": "cookie", "schema": {"type": "string"}},
    {"name": "Theme", "in": "cookie"},
    {"name": "two words", "in": "cookie"},
    {"name": "tags", "in": "cookie", "schema": {"type": "array"}},
    {"name": "filter", "in": "cookie", "content": {"application/json": {}}},
]


def with_cookies(directory: Path, *others: Any, **members: Any) -> Path:
    operation = {
        "operationId": "listBooks",
        "parameters": [*COOKIES, *others],
        "responses": {"200": {"description": "Books."}},
    }
    paths = {"/books": {"get": operation}}
    return write_document(directory, {**DOCUMENT, "paths": paths, **members})


def cookies_of(capability: dict[str, Any], side: str) -> list[dict[str, Any]]:
    [operation] = capability["capability"][side][0]["resources"][0]["operations"]
    inputs = operation.get("inputParameters", [])
    return [parameter for parameter in inputs if parameter["in"] == "cookie"]


def test_a_cookie_may_be_a_variable(tmp_path: Path) -> None:
    capability = import_document(with_cookies(tmp_path), "--bind", "session=SESSION")
    session = {"name": "session", "in": "cookie", "value": "{{SESSION}}"}
    assert session in cookies_of(capability, "consumes")
    assert [cookie["name"] for cookie in cookies_of(capability, "exposes")] == ["Theme"]


@pytest.mark.parametrize("is_bound", [True, False])
def test_a_request_has_one_header_of_cookies(
    is_bound: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if is_bound:
        header = {"name": "Cookie", "in": "header"}
        document = with_cookies(tmp_path, header)
        capability = import_document(document, "--bind", "Cookie=COOKIES")
    else:
        key = {"type": "apiKey", "in": "cookie", "name": "key"}
        components = {"securitySchemes": {"key": key}}
        security: list[dict[str, list[str]]] = [{"key": []}]
        document = with_cookies(tmp_path, components=components, security=security)
        capability = import_document(document)
    assert cookies_of(capability, "exposes") == []
    err = capsys.readouterr().err
    assert "'session' is left out: the header Cookie is set already" in err


# --- alternatives ---


ALTERNATIVES: list[dict[str, list[str]]] = [{"token": []}, {"key": []}]
BOTH = {"token": {"type": "http", "scheme": "bearer"}, **SCHEMES}


@pytest.mark.parametrize("is_global", [True, False])
def test_alternatives_are_kept_unless_one_is_chosen(
    tmp_path: Path, *, is_global: bool
) -> None:
    guarded_document = {**DOCUMENT, "components": {"securitySchemes": BOTH}}
    books = guarded_document["paths"]["/books"]["get"]
    if is_global:
        guarded_document["security"] = ALTERNATIVES
    else:
        paths = {"/books": {"get": {**books, "security": ALTERNATIVES}}}
        guarded_document["paths"] = paths
    document = write_document(tmp_path, guarded_document)

    [first] = import_document(document)["capability"]["consumes"]
    assert first["authentication"]["type"] == "bearer"
    [other] = first["authentication"]["alternatives"]
    assert (other["type"], other["key"]) == ("apikey", "X-Key")

    (tmp_path / "spec.yaml").unlink()
    [choice] = import_document(document, "--auth", "apikey:X-Key")["capability"][
        "consumes"
    ]
    assert choice["authentication"]["key"] == "X-Key"
    assert "alternatives" not in choice["authentication"]


def test_another_credential_than_the_alternatives_is_answered_by_those(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = write_secured(tmp_path, BOTH, ALTERNATIVES)
    assert refusal(capsys, document, "--auth", "basic").endswith(
        "; choose with --auth bearer or --auth apikey:X-Key"
    )


def write_secured(
    tmp_path: Path, schemes: Any, *security: list[dict[str, list[str]]]
) -> Path:
    """Write a document whose operations ask for credentials, one after another."""
    paths = {
        f"/{number}": {
            "get": {
                "operationId": f"get-{number}",
                "responses": {},
                "security": required,
            }
        }
        for number, required in enumerate(security)
    }
    components = {"securitySchemes": schemes}
    return write_document(
        tmp_path, {**DOCUMENT, "paths": paths, "components": components}
    )


def test_an_optional_credential_that_is_chosen_is_required(tmp_path: Path) -> None:
    document = write_secured(tmp_path, BOTH, [{"token": []}, {}])
    [only] = import_document(document, "--auth", "bearer")["capability"]["consumes"]

    assert "alternatives" not in only["authentication"]


KILLED = """\
import resource, signal, sys
from naftiko_gen.cli.main import main

# The kernel kills it as soon as a file is larger than that.
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
main(["import", *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="is killed by Linux")
@pytest.mark.slow
def test_a_run_that_is_killed_while_it_writes_leaves_no_spec(document: Path) -> None:
    output = document.with_name("a.yaml")
    arguments = [str(document), "-o", str(output)]
    command = [sys.executable, "-B", "-c", KILLED, *arguments]

    process = subprocess.run(command, capture_output=True, check=False)

    assert process.returncode == -signal.SIGXFSZ, process.stderr
    assert not output.exists()
    assert main(["import", str(document), "-o", str(output)]) == 0


def test_a_credential_of_other_operations_is_no_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {"operationId": "own", "security": [{"key": []}], "responses": {}}
    paths = {"/a": {"get": own}, "/b": {"get": {"operationId": "b", "responses": {}}}}
    components = {"securitySchemes": SCHEMES}
    document = write_document(
        tmp_path, {**DOCUMENT, "paths": paths, "components": components}
    )
    options = ["--tools", "b", "--auth", "apikey:X-Key", "-o", str(tmp_path / "b.yaml")]
    assert main(["import", str(document), *options]) == 0
    reason = "the document declares one only for other operations"
    output = capsys.readouterr().err
    assert f"requests are sent without a credential: {reason}\n" in output


TICKETS = {**DOCUMENT, "paths": DOCUMENTS["tickets"]}
"""An API whose own example isn't valid."""


def checks(capability: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the names of a capability's inputs with their `check`."""
    rest, mcp = capability["capability"]["exposes"]
    routes = [
        operation for item in rest["resources"] for operation in item["operations"]
    ]
    return [
        (declaration["name"], declaration["check"])
        for unit in (*routes, *mcp["tools"])
        for declaration in unit["inputParameters"]
        if "check" in declaration
    ]


@pytest.mark.parametrize("word", ["shallow", "none"])
def test_bodies_are_checked_less(tmp_path: Path, word: str) -> None:
    document = write_document(tmp_path, TICKETS)
    capability = import_document(document, "--check", word)
    assert checks(capability) == [("body", word), ("size", word)] * 2


def test_a_second_import_keeps_the_check(tmp_path: Path) -> None:
    document = write_document(tmp_path, TICKETS)
    first = import_document(document, "--check", "none")
    assert import_document(document) == first
    assert checks(import_document(document, "--check", "strict")) == []


def test_explain_says_how_much_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = write_document(tmp_path, TICKETS)
    for word, about in (("none", "unchecked"), ("shallow", "only types are checked")):
        import_document(document, "--check", word)
        capsys.readouterr()
        assert main(["explain", str(document.with_name("spec.yaml"))]) == 0
        assert about in " ".join(capsys.readouterr().out.split())
