"""Names and descriptions of imported operations, and remarks about them."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from written import tools, write_api

from naftiko_gen.cli.main import main

OK: dict[str, Any] = {"200": {"description": "Done."}}
Paths = dict[str, dict[str, Any]]


def import_tools(
    directory: Path, paths: Paths, *arguments: str
) -> list[dict[str, Any]]:
    """Return the tools of an imported document; `drift` finds no change of it."""
    path, spec = write_api(directory, paths), directory / "spec.yaml"
    assert main(["import", str(path), "-o", str(spec), *arguments]) == 0
    assert main(["drift", str(spec), "--openapi", str(path)]) == 0
    return [*tools(spec).values()]


def names(directory: Path, ids: dict[str, str]) -> list[str]:
    """Return the names of tools, by ids of operations at `METHOD path`."""
    paths: Paths = {}
    for place, own_id in ids.items():
        method, _, path = place.partition(" ")
        operation = {"operationId": own_id, "responses": OK}
        paths.setdefault(path, {})[method.lower()] = operation
    return [tool["name"] for tool in import_tools(directory, paths)]


@pytest.mark.parametrize(
    ("place", "own_id", "name"),
    [
        (
            "GET /v1/voices/{voice_id}/audio",
            "get_audio_of_voice_v1_voices__voice_id__audio_get",
            "get-audio-of-voice",
        ),
        ("PUT /voices", "renameVoiceVoicesPut", "rename-voice"),
        ("GET /health", "health_health_get", "health"),
        # One word doesn't say whose list it is.
        ("GET /voices", "list_voices_get", "list-voices"),
        ("GET /voices", "voices_get", "voices-get"),
        ("POST /", "create_post", "create-post"),
        ("GET /voices", "read_voices_voices_post", "read-voices-voices-post"),
        ("GET /ids", "getIDsByURLs", "get-ids-by-urls"),
        ("GET /token", "getOAuthToken", "get-oauth-token"),
    ],
)
def test_a_name_is_made_of_the_words_of_an_id(
    tmp_path: Path, place: str, own_id: str, name: str
) -> None:
    assert names(tmp_path, {place: own_id}) == [name]


def test_ids_that_would_be_equal_stay_long(tmp_path: Path) -> None:
    ids = {"GET /a": "read_all_a_get", "GET /b": "read_all_b_get", "GET /c": "ReadC"}
    expected = ["read-all-a-get", "read-all-b-get", "read-c"]
    assert names(tmp_path, ids) == expected


def test_a_short_name_depends_on_the_whole_document(tmp_path: Path) -> None:
    ids = {"/a": "read_all_a_get", "/b": "read_all_b_get", "/c": "read_one_c_get"}
    paths = {
        path: {"get": {"operationId": own_id, "responses": OK}}
        for path, own_id in ids.items()
    }
    [tool] = import_tools(tmp_path, paths, "--path", "/a")
    assert tool["name"] == "read-all-a-get"
    for name in ("read-one", "read-one-c-get", "read_one_c_get", "GET /c"):
        [tool] = import_tools(tmp_path, paths, "--operation", name, "--force")
        assert tool["name"] == "read-one"


def test_an_operation_without_an_id_has_the_name_of_its_tool(tmp_path: Path) -> None:
    paths = {path: {"get": {"responses": OK}} for path in ("/a/{id}", "/b")}
    assert len(import_tools(tmp_path, paths)) == 2
    [tool] = import_tools(tmp_path, paths, "--operation", "get-a-id", "--force")
    assert tool["name"] == "get-a-id"


def test_a_doubled_id_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = {"GET /a": "read", "GET /b": "read", "GET /c": "other"}
    assert len({*names(tmp_path, ids)}) == 3
    errors = " ".join(capsys.readouterr().err.split())
    assert "the id 'read' is that of 'GET /a', 'GET /b'" in errors
    assert "`import --operation 'GET /a'` takes one" in errors
    assert "other" not in errors


def header(name: str, **schema: object) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": schema}


def test_usual_headers_are_not_asked_for(tmp_path: Path) -> None:
    parameters = [
        header("X-Version", type="string", default="2022-06-28"),
        header("X-Only", enum=["a b"]),
        header("X-Count", const=2),
        header("X-Odd", enum=["{{KEY}}"]),
        header("X-Free", type="string"),
        {"name": "day", "in": "query", "required": True, "schema": {"enum": ["mon"]}},
    ]
    operation = {"operationId": "read", "parameters": parameters, "responses": OK}
    [tool] = import_tools(tmp_path, {"/a": {"get": operation}})
    required = {item["name"]: item["required"] for item in tool["inputParameters"]}
    assert required == {"X-Version": False, "X-Odd": True, "X-Free": True, "day": True}
    [version] = [i for i in tool["inputParameters"] if i["name"] == "X-Version"]
    assert version["default"] == "2022-06-28"
    spec = yaml.safe_load((tmp_path / "spec.yaml").read_text("utf-8"))
    [resource] = spec["capability"]["consumes"][0]["resources"]
    [consumed] = resource["operations"]
    values = {i["name"]: i.get("value") for i in consumed["inputParameters"]}
    assert (values["X-Only"], values["X-Count"]) == ("a b", "2")


@pytest.mark.parametrize(
    ("place", "name", "text"),
    [
        ("header", "xi-api-key", "header 'xi-api-key'; apikey:xi-api-key"),
        ("header", "Authorization", "header 'Authorization'; bearer"),
        ("query", "api_key", "query parameter 'api_key'; apikey:query:api_key"),
        ("header", "X-Request-Id", ""),
        ("header", "Idempotency-Key", ""),
    ],
)
def test_a_remark_names_the_likely_credential(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, name: str, text: str
) -> None:
    parameter = {"name": name, "in": place, "schema": {"type": "string"}}
    operation = {"operationId": "read", "parameters": [parameter], "responses": OK}
    import_tools(tmp_path, {"/a": {"get": operation}})
    about, _, option = text.partition("; ")
    errors = " ".join(capsys.readouterr().err.split())
    remark = f"the {about} looks like the API's credential: `import --auth {option}`"
    assert (remark in errors) == bool(text)
    assert ("looks like" in errors) == bool(text)
    if option:
        [tool] = import_tools(
            tmp_path, {"/a": {"get": operation}}, "--auth", option, "--force"
        )
        assert "inputParameters" not in tool
        assert "looks like" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("operation", "path_item", "description"),
    [
        ({"summary": "Create"}, {}, "Create"),
        ({"description": "Voice."}, {}, "Voice."),
        ({"summary": "Read voice"}, {}, "Read voice"),
        ({}, {"description": "About voices."}, "Read voice. About voices."),
        ({}, {"summary": "About voices"}, "Read voice. About voices"),
        ({"summary": "Read one"}, {"summary": "About voices"}, "Read one"),
        ({}, {}, "Read voice."),
    ],
)
def test_the_name_precedes_the_text_of_a_path(
    tmp_path: Path,
    operation: dict[str, str],
    path_item: dict[str, str],
    description: str,
) -> None:
    own = {"operationId": "readVoice", "responses": OK, **operation}
    [tool] = import_tools(tmp_path, {"/voices": {"get": own, **path_item}})
    assert tool["description"] == description


HINTS = {
    "GET /a": (True, False),
    "POST /b": (False, False),
    "PUT /c": (False, False),
    "PATCH /d": (False, False),
    "DELETE /e": (False, True),
    "POST /f/cancel": (False, True),
    "PUT /purge-g": (False, True),
    "POST /deleted": (False, False),
}
"""Whether tools are `readOnly` and `destructive`, by method and path."""


def hints(directory: Path, *arguments: str) -> dict[str, tuple[bool, bool]]:
    """Return the hints of the tools of an import, by their names."""
    paths: Paths = {}
    for title in HINTS:
        method, path = title.split()
        paths[path] = {method.lower(): {"responses": OK}}
    imported_tools = import_tools(directory, paths, "--only", "mcp", *arguments)
    return {
        tool["name"]: (tool["hints"]["readOnly"], tool["hints"]["destructive"])
        for tool in imported_tools
    }


def test_an_operation_is_destructive_if_nobody_can_undo_it(tmp_path: Path) -> None:
    assert [*hints(tmp_path).values()] == [*HINTS.values()]


def test_the_user_says_the_effect_of_an_operation(tmp_path: Path) -> None:
    choices = ("POST /b=read", "put-c=destructive", "post-f-cancel=write")
    options = [word for choice in choices for word in ("--hint", choice)]
    tools = hints(tmp_path, *options)
    assert tools["post-b"] == (True, False)
    assert tools["put-c"] == (False, True)
    assert tools["post-f-cancel"] == (False, False)


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        ("put-c=read", "'PUT /c' can't only read: it is a PUT"),
        ("put-x=read", "there is no operation 'put-x'; did you mean 'put-c'?"),
        ("put-c=safe", "'put-c=safe' says no effect; write OPERATION=read, "),
    ],
)
def test_a_wrong_effect_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    hint: str,
    message: str,
) -> None:
    path = write_api(tmp_path, {"/c": {"put": {"responses": OK}}})
    with suppress(SystemExit):
        assert main(["import", str(path), "--hint", hint]) == 1
    assert message in " ".join(capsys.readouterr().err.split())


def test_no_text_of_a_parameter_is_made_of_its_name(tmp_path: Path) -> None:
    parameters = [
        {"name": "q", "in": "query", "schema": {"type": "string"}},
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
    ]
    operation = {"operationId": "read", "parameters": parameters, "responses": OK}
    [tool] = import_tools(tmp_path, {"/a/{id}": {"get": operation}})
    assert [item["description"] for item in tool["inputParameters"]] == ["", ""]
