"""Packages of hostile text run: they show the text as it is and execute none of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hostile_packages import emit
from hostile_specs import Marker, benign, everything, fill_markers, markers
from hostile_texts import BLANK, CANARY, TEXTS
from programs import check_cleanliness, start

from emitted_tests import outcome
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.resolve.exposed.names import (
    ARGUMENT_NAMES,
    TOOL_NAMES,
    aliases,
    describe_aliases,
    humanise,
)

DOCUMENT = everything()
MARKERS = markers(DOCUMENT)
VERBS = (
    *("list", "add", "tell", "say", "store bytes", "apply", "apply by text"),
    *("upload", "choose", "keep", "function", "steps"),
)
GROUPS = ("operation", "other")
ROUNDS = 4
PROBE = Path(__file__).with_name("wire_probe.py")


def is_name(text: str) -> bool:
    """Say whether templates and paths take a text for a name."""
    return text.strip() == text and text[:1] not in "&=>!^/" and not {*"?#"} & {*text}


PLAIN = [text for text in (*TEXTS, *BLANK) if "{" not in text and text[:1] != "$"]
NAMES = [text for text in PLAIN if is_name(text)]


@dataclass(frozen=True)
class Running:
    """A document with a text of its own in every place, and its package."""

    texts: dict[Marker, str]
    package: Path

    def __getitem__(self, name: str) -> str:
        kind, _, words = name.partition(":")
        text = self.texts[Marker(kind, words)]
        return "" if kind == "text" and not text.strip() else text


@pytest.fixture(scope="module", params=range(ROUNDS))
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Running:
    texts = {
        marker: text_of(marker, place * ROUNDS + request.param)
        for place, marker in enumerate(MARKERS)
    }
    directory = tmp_path_factory.mktemp("hostile")
    return Running(texts, emit(fill_markers(DOCUMENT, texts.__getitem__), directory))


def text_of(marker: Marker, number: int) -> str:
    match marker.kind:
        case "text" | "template":
            return PLAIN[number % len(PLAIN)]
        case "name" if "member" not in marker.name:
            text = NAMES[number % len(NAMES)]
            return f"{text}{number}" if number % 2 else f"{number}{text}"
        case _:
            return benign(marker)


def test_the_package_passes_its_own_tests(running: Running) -> None:
    tests = outcome(running.package)

    assert tests.status == 0, tests.output
    assert not list(running.package.rglob(CANARY))


def test_the_text_is_shown_as_it_is(running: Running) -> None:
    probe = start(PROBE.parent, PROBE.stem, str(running.package), "everything")

    assert probe.returncode == 0, probe.stderr
    report = json.loads(probe.stdout)
    check_mcp(running, report["mcp"])
    check_openapi(running, report["openapi"])
    assert report["examples"] == 0
    assert not list(running.package.rglob(CANARY))


def check_mcp(text: Running, report: dict[str, Any]) -> None:
    assert report["server"] == text["name:mcp"]
    assert report["answer"] == ["image"]
    check_instructions(text, report["instructions"])
    listing, adding, *_ = report["tools"]
    tools = [text[f"name:{verb} tool"] for verb in VERBS]
    others = aliases(tools, TOOL_NAMES)
    names = [others.get(tool, tool) for tool in tools]
    assert [tool["name"] for tool in report["tools"]] == names
    title = " ".join(plain(text["text:list tool label"]).split())
    assert listing["title"] == (title or humanise(names[0]))
    mine = {tool: others[tool] for tool in tools[:1] if tool in others}
    inputs = [text[f"name:tool {name}"] for name in ("shelf", "kind", "filter")]
    others = aliases(inputs, ARGUMENT_NAMES)
    text_ = describe_aliases(text["text:list tool"] or text["text:list"], others)
    assert listing["description"] == plain(describe_aliases(text_, mine))
    members = listing["inputSchema"]["properties"]
    arguments = [others.get(name, name) for name in inputs]
    assert list(members) == [*arguments, "fields"]
    schema = next(iter(members.values()))
    # A parameter without a text has the texts of the inputs that feed it.
    shelves = (text[f"text:{which}shelf"] for which in ("tool ", "", "route "))
    assert schema.get("description", "") == plain(next(filter(None, shelves), ""))
    arguments = [text["name:tool title"], text["name:shelf"]]
    others = aliases(arguments, ARGUMENT_NAMES)
    assert list(adding["inputSchema"]["properties"]) == [
        others.get(name, name) for name in arguments
    ]


def check_instructions(text: Running, instructions: str) -> None:
    """Check that the words of the spec stand first, and each rule has its line."""
    *purpose, groups, changes, credentials = instructions.split("\n")
    assert "\n".join(purpose).startswith(plain(text["text:mcp"]).strip())
    tags = (" ".join(text[f"name:{which} tag"].split()) for which in GROUPS)
    assert all(tag in groups for tag in ("Groups: ", *tags))
    assert changes == "9 of 12 tools may change state, the others only read."
    variables = "STORE_TOKEN, STORE_USER, STORE_PASSWORD"
    assert credentials == f"Credentials are variables of the server: {variables}."


def check_openapi(text: Running, report: dict[str, Any]) -> None:
    if text["text:label"]:
        assert report["info"]["title"] == text["text:label"]
    if text["text:rest"]:
        assert report["info"]["description"] == text["text:rest"]
    route = f"/v1/{text['path:route']}/{{{text['name:route shelf']}}}"
    operation = report["paths"][route]["get"]
    assert operation["description"] == (text["text:list route"] or text["text:list"])
    shelf, limit, trace, kind, cookie = operation["parameters"]
    assert (shelf["name"], limit["name"]) == (
        text["name:route shelf"],
        text["name:route limit"],
    )
    assert trace["name"] == text["field:route trace"]
    assert cookie["name"] == text["field:route cookie"]
    assert kind["name"] == text["name:route kind"]
    # A value may be blank; a description that is blank is none.
    assert kind["schema"]["enum"] == [text.texts[Marker("text", "route kind")]]
    assert limit.get("description", "") == (
        text["text:route limit"] or text["text:limit"]
    )


@pytest.mark.parametrize("running", [0], indirect=True)
def test_the_package_is_clean(
    running: Running, mypy_cache: str, tmp_path: Path
) -> None:
    check_cleanliness([running.package], mypy_cache, tmp_path)
