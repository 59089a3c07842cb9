"""The MCP Inspector's command line against the compiled capability."""

import base64
import json
import subprocess
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import pytest
from compiled_server import Package
from node import Programs
from samples import ARCHIVE, FAILURE, PICTURE, TEXT
from tools import TOOLS

Inspect = Callable[..., subprocess.CompletedProcess[str]]

TOOL_ERROR = 5
"""The Inspector's exit code for a result with `isError`."""


@pytest.fixture
def over_http(programs: Programs, url: str) -> Inspect:
    """Return a way to inspect the served package."""
    return partial(programs.inspector, url)


@pytest.fixture
def over_stdio(programs: Programs, package: Package) -> Inspect:
    """Return a way to inspect the package as a child of the Inspector."""
    environment = (("-e", f"{k}={v}") for k, v in package.environment.items())
    options = (*chain.from_iterable(environment), "--cwd", str(package.project))

    def inspect(*arguments: str) -> subprocess.CompletedProcess[str]:
        return programs.inspector(*options, *arguments, "--", *package.stdio_command)

    return inspect


@pytest.fixture(params=["over_http", "over_stdio"])
def inspect(request: pytest.FixtureRequest) -> Inspect:
    transport: Inspect = request.getfixturevalue(request.param)
    return transport


@pytest.fixture(params=["legacy", "modern"])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_tools_are_listed_and_portable(inspect: Inspect, era: str) -> None:
    process = inspect(*options(era), "--method", "tools/list", "--strict")

    assert process.returncode == 0, process.stderr
    assert result_of(process)["tools"] == TOOLS


def test_text_is_answered_to_an_older_client(over_http: Inspect) -> None:
    """The tests below are of the newer era."""
    process = call(over_http, "test_simple_text", era="legacy")

    assert process.returncode == 0, process.stderr
    assert result_of(process)["content"] == [{"type": "text", "text": TEXT}]


def test_an_error_is_a_result_that_says_so(over_http: Inspect) -> None:
    process = call(over_http, "test_error_handling")

    assert process.returncode == TOOL_ERROR
    assert result_of(process)["isError"] is True
    [content] = result_of(process)["content"]
    assert content["text"] == f"HTTP 500 Internal Server Error\n{FAILURE}"


def test_an_archive_is_an_embedded_resource(over_http: Inspect) -> None:
    [text, content] = result_of(call(over_http, "test_embedded_resource"))["content"]

    assert text["type"] == "text"
    assert text["text"].startswith(f"application/zip, {len(ARCHIVE)} bytes, ")
    assert content["resource"]["uri"] in text["text"]
    assert content["type"] == "resource"
    assert content["resource"]["mimeType"] == "application/zip"
    assert base64.b64decode(content["resource"]["blob"]) == ARCHIVE


def test_a_picture_is_an_image(over_http: Inspect) -> None:
    [content] = result_of(call(over_http, "test_image_content"))["content"]

    assert (content["type"], content["mimeType"]) == ("image", "image/png")
    assert base64.b64decode(content["data"]) == PICTURE


def test_arguments_arrive(over_http: Inspect) -> None:
    arguments = {"topic": "a/b", "title": "naïve 😀", "pages": 3, "labels": ["x"]}

    process = call(over_http, "add-note", "--tool-args-json", json.dumps(arguments))

    [content] = result_of(process)["content"]
    assert json.loads(content["text"]) == {
        "path": "/notes/a%2Fb?pages=3",
        "body": {"title": "naïve 😀", "labels": ["x"]},
    }


def call(
    inspect: Inspect, tool: str, *arguments: str, era: str = "modern"
) -> subprocess.CompletedProcess[str]:
    method = ("--method", "tools/call", "--tool-name", tool)
    return inspect(*options(era), *method, *arguments)


def options(era: str) -> tuple[str, ...]:
    return ("--protocol-era", era, "--format", "json")


def result_of(process: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert process.stdout, process.stderr
    result: dict[str, Any] = json.loads(process.stdout)["result"]
    return result
