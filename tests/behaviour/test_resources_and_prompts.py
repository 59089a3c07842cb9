"""Resources and prompts of an MCP server, read by clients of both revisions."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mcp import Client, MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    BlobResourceContents,
    ReadResourceResult,
    TextContent,
    TextResourceContents,
)
from service import Package, Service, compile_text

from case_tables import named_table
from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).with_name("resources_and_prompts.yaml")
FACTS = named_table(__file__, "resource_facts")
FILES: dict[str, str] = FACTS["files"]
LOGO = b"\x89PNG\0"


@pytest.fixture
def registry(upstream: RecordingUpstream) -> RecordingUpstream:
    upstream.answer = Answer(b'{"vessel": "Star"}')
    return upstream


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compile_fleet(tmp_path_factory.mktemp("fleet"))


def compile_fleet(root: Path) -> Package:
    """Compile a spec with resources and prompts, some of which are files."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "docs/logo.png").write_bytes(LOGO)
    package = compile_text(SPEC.read_text("utf-8"), root, "fleet")
    # The package has copies of the files.
    (root / "licence.txt").unlink()
    return package


@pytest.fixture(params=["legacy", "auto"])
async def fleet(
    service: Service, registry: RecordingUpstream, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    async with Client(service.url("fleet"), mode=request.param) as client:
        yield client


async def test_resources_are_listed_in_the_order_of_the_spec(fleet: Client) -> None:
    resources = (await fleet.list_resources()).resources
    templates = (await fleet.list_resource_templates()).resource_templates

    rows = [[entry.uri, entry.name, entry.mime_type] for entry in resources]
    assert rows == FACTS["resources"]
    titles = [resource.title for resource in resources[:2]]
    assert titles == ["The flagship", "Guides: crews.md"]
    uris = [template.uri_template for template in templates]
    assert uris == FACTS["templates"]
    assert templates[0].mime_type == "application/vnd.ship+json"


async def test_clients_may_keep_lists_and_contents(fleet: Client) -> None:
    is_modern = fleet.protocol_version == "2026-07-28"
    expected = (60_000, "public") if is_modern else (0, "private")

    for result in (
        await fleet.list_tools(),
        await fleet.list_resources(),
        await fleet.list_resource_templates(),
        await fleet.list_prompts(),
        await fleet.read_resource("docs://licence"),
    ):
        assert (result.ttl_ms, result.cache_scope) == expected


async def test_files_are_text_or_bytes(fleet: Client) -> None:
    text = _only(await fleet.read_resource("docs://licence"))
    blob = _only(await fleet.read_resource("docs://guides/logo.png"))

    assert isinstance(text, TextResourceContents)
    assert (text.uri, text.mime_type) == ("docs://licence", "text/plain")
    assert text.text == FILES["licence.txt"]
    assert isinstance(blob, BlobResourceContents)
    assert base64.b64decode(blob.blob) == LOGO


async def test_calls_answer_resources(
    fleet: Client, registry: RecordingUpstream
) -> None:
    flagship = _only(await fleet.read_resource("fleet://flagship"))
    ship = _only(await fleet.read_resource("fleet://ships/A%2FB%20%C3%BC"))
    photo = _only(await fleet.read_resource("fleet://ships/1/photo"))
    sailor = _only(await fleet.read_resource("fleet://ships/1/crew-2.json"))

    assert isinstance(flagship, TextResourceContents)
    assert flagship.text == '{"vessel": "Star"}'
    assert flagship.mime_type == "application/json"
    assert isinstance(ship, TextResourceContents)
    assert ship.text == '{"name":"Star"}'
    assert ship.mime_type == "application/vnd.ship+json"
    assert isinstance(photo, BlobResourceContents)
    assert photo.mime_type == "image/png"
    assert base64.b64decode(photo.blob) == b'{"vessel": "Star"}'
    assert isinstance(sailor, TextResourceContents)
    assert sailor.text == '{"ship":"Star","sailor":"Star"}'
    targets = [request.target for request in registry.requests]
    assert targets[:3] == ["/ships/7", "/ships/A%2FB%20%C3%BC", "/ships/1"]
    assert sorted(targets[3:]) == ["/ships/1", "/ships/1/crew/2"]


@pytest.mark.parametrize("uri", FACTS["unknown"])
async def test_unknown_uris_are_refused(
    fleet: Client, registry: RecordingUpstream, uri: str
) -> None:
    with pytest.raises(MCPError) as error:
        await fleet.read_resource(uri)

    assert error.value.error.code == INVALID_PARAMS
    assert uri in error.value.error.message or "imo" in error.value.error.message
    assert not registry.requests


async def test_a_refusal_of_the_upstream_is_an_error(
    fleet: Client, registry: RecordingUpstream
) -> None:
    registry.answer = Answer(b"no such ship", (), 404)

    with pytest.raises(MCPError) as error:
        await fleet.read_resource("fleet://ships/1")

    assert error.value.error.code == INTERNAL_ERROR
    assert error.value.error.message == "HTTP 404 Not Found\nno such ship"


async def test_prompts_are_filled_once(fleet: Client) -> None:
    prompts = (await fleet.list_prompts()).prompts
    plan = await fleet.get_prompt("plan", {"port": "{{style}}"})
    check = await fleet.get_prompt("check")

    assert [(prompt.name, prompt.title) for prompt in prompts] == [
        ("plan", "Plan"),
        ("check", "Check"),
    ]
    arguments = [
        (argument.name, argument.required) for argument in prompts[0].arguments or ()
    ]
    assert arguments == [("port", True), ("style", False)]
    assert [message.content for message in plan.messages] == [
        TextContent(text="To {{style}}, {{style}}, {{port}}."),
        TextContent(text="Yes."),
    ]
    assert [message.role for message in plan.messages] == ["user", "assistant"]
    assert check.messages[0].content == TextContent(text="Check {{plan}}.\n")


@pytest.mark.parametrize(("name", "arguments", "message"), FACTS["wrong prompts"])
async def test_wrong_prompts_are_refused(
    fleet: Client, name: str, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(MCPError) as error:
        await fleet.get_prompt(name, arguments)

    assert error.value.error.code == INVALID_PARAMS
    assert error.value.error.message == message


def _only(result: ReadResourceResult) -> TextResourceContents | BlobResourceContents:
    [contents] = result.contents
    return contents
