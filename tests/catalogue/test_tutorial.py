"""The steps of the official tutorial, and their answers.

`test_official_documents.py` compares the meanings of those of both languages.
"""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from published import CORPUS
from service import Service, compile_spec, running
from shipyard import DOCKYARD, REGISTRY, Shipyard
from shipyard_answers import (
    DAWN,
    DAWN_SPECS,
    FLAT_MANIFEST,
    NESTED_MANIFEST,
    PLANNED,
    STAR,
    STAR_CARD,
    STAR_SPECS,
    STAR_WITH_CREW,
    UNKNOWN_SHIP,
    UNKNOWN_VOYAGE,
    VESSELS,
    VOYAGE,
    skills,
    tool_names,
)

from recording_upstream import Received, recording
from waiting import PATIENCE

pytestmark = [
    pytest.mark.skipif(
        not (CORPUS / "official").is_dir(),
        reason="the corpus isn't beside the checkout",
    ),
]

REVISIONS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}
"""The revisions of MCP, and the mode in which the official client speaks them."""
GUARDED = range(3, 12)
WITH_SKILLS = range(7, 12)
WITH_REST = (7, 10, 11)
JSON = {"Content-Type": "application/json"}
SECRET = ("registry-bearer-token", "dockyard-api-key", "mcp-server-token")


@dataclass(frozen=True)
class Tutorial:
    """A step's package as a process, its upstreams, and a client of its MCP server."""

    step: int
    service: Service
    registry: Shipyard
    dockyard: Shipyard
    mcp: Client

    async def tool(self, name: str, **arguments: Any) -> Any:
        """Return the result of a tool, which mustn't be an error."""
        result = await self.mcp.call_tool(name, arguments)
        assert not result.is_error, result.content
        value: Any = result.structured_content
        return value["result"] if set(value) == {"result"} else value

    async def refusal(self, name: str, **arguments: Any) -> str:
        result = await self.mcp.call_tool(name, arguments)
        assert result.is_error
        return repr(result.content)

    async def claims(self, name: str) -> tuple[bool | None, ...]:
        """Return whether a tool only reads, destroys, is idempotent, is open."""
        tools = (await self.mcp.list_tools()).tools
        hints = next(tool.annotations for tool in tools if tool.name == name)
        assert hints
        return (
            hints.read_only_hint,
            hints.destructive_hint,
            hints.idempotent_hint,
            hints.open_world_hint,
        )

    @property
    def rest(self) -> httpx2.AsyncClient:
        url = self.service.url("shipyard-api")
        return httpx2.AsyncClient(base_url=url, timeout=PATIENCE)


@dataclass(frozen=True)
class Step:
    """A step's package as a process, and its upstreams."""

    number: int
    service: Service
    registry: Shipyard
    dockyard: Shipyard
    token: str

    @asynccontextmanager
    async def client(self, revision: str) -> AsyncIterator[Tutorial]:
        """Connect the official client, which speaks a revision of MCP."""
        fields = {"Authorization": f"Bearer {self.token}"}
        headers = fields if self.number in GUARDED else {}
        url = self.service.url("shipyard-tools")
        async with (
            httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http,
            Client(
                streamable_http_client(url, http_client=http), mode=REVISIONS[revision]
            ) as mcp,
        ):
            assert mcp.protocol_version == revision
            yield Tutorial(self.number, self.service, self.registry, self.dockyard, mcp)


@asynccontextmanager
async def tutorial(step: int, directory: Path) -> AsyncIterator[Step]:
    """Run the package of a step beside its file of values."""
    [spec] = (CORPUS / "official" / "tutorial").glob(f"step-{step}-*.yml")
    package = compile_spec(spec, directory)
    shared_folder = spec.parent / "shared"
    secrets = yaml.safe_load((shared_folder / "secrets.yaml").read_text("utf-8"))
    texts = [p.read_text("utf-8") for p in package.project.rglob("*") if p.is_file()]
    shutil.copytree(shared_folder, package.project / "shared")
    registry, dockyard = Shipyard(REGISTRY), Shipyard(DOCKYARD)
    async with recording(registry) as at_registry, recording(dockyard) as at_dockyard:
        bases = {
            "REGISTRY_BASE_URI": f"http://{at_registry}",
            "LEGACY_BASE_URI": f"http://{at_dockyard}",
        }
        with running(package, **bases) as service:
            token = secrets["mcp-server-token"]
            yield Step(step, service, registry, dockyard, token)
    for text in (*texts, service.output):
        assert not any(secrets[name] in text for name in SECRET)


async def test_the_first_step_answers_a_mock(tmp_path: Path) -> None:
    async with tutorial(1, tmp_path) as step:
        for revision in REVISIONS:
            async with step.client(revision) as client:
                await check_tools(client)
                for imo in (STAR, "{{x}} $.y", "{{imo_number}}"):
                    expected = STAR_CARD | {"imo": imo}
                    assert await client.tool("get-ship", imo_number=imo) == expected
                assert "imo_number" in await client.refusal("get-ship")
        assert step.registry.requests == []


@pytest.mark.parametrize("number", range(2, 12))
async def test_a_step_answers_as_the_tutorial_says(number: int, tmp_path: Path) -> None:
    async with tutorial(number, tmp_path) as step:
        for revision in REVISIONS:
            async with step.client(revision) as client:
                await check_mcp(client)
        if number in GUARDED:
            await check_guard(step)
        if number in WITH_SKILLS:
            await check_skills(client)
        if number in WITH_REST:
            await check_rest(client)
            await check_voyages_over_rest(client)


async def check_mcp(client: Tutorial) -> None:
    await check_tools(client)
    await check_ships(client)
    if client.step >= 5:
        await check_vessels(client)
    if client.step >= 6:
        await check_voyage(client)
    if client.step >= 7:
        await check_crew(client)
    if client.step == 11:
        await check_manifest(client)


async def check_tools(client: Tutorial) -> None:
    tools = (await client.mcp.list_tools()).tools
    assert [tool.name for tool in tools] == tool_names(client.step)
    assert all(tool.description for tool in tools)
    [get_ship] = (tool for tool in tools if tool.name == "get-ship")
    imo = "imo_number" if client.step == 1 else "imo"
    assert get_ship.input_schema["required"] == [imo]


async def check_ships(client: Tutorial) -> None:
    client.registry.begin()
    ships = await client.tool("list-ships")
    assert [ship["imo"] for ship in ships] == [STAR, DAWN]
    assert ships[0] == STAR_CARD
    for status, imo in ("active", STAR), ("maintenance", DAWN):
        result = await client.tool("list-ships", status=status)
        assert [ship["imo"] for ship in result] == [imo]
    for imo, specs in (STAR, STAR_SPECS), (DAWN, DAWN_SPECS):
        ship = await client.tool("get-ship", imo=imo)
        assert ship["imo"] == imo
        assert ship.get("specs") == (specs if client.step >= 4 else None)
    assert "404" in await client.refusal("get-ship", imo=UNKNOWN_SHIP)
    assert client.registry.calls == [
        "GET /ships",
        "GET /ships?status=active",
        "GET /ships?status=maintenance",
        f"GET /ships/{STAR}",
        f"GET /ships/{DAWN}",
        f"GET /ships/{UNKNOWN_SHIP}",
    ]
    for request in client.registry.requests:
        check_credentials(client.step, request)


def check_credentials(step: int, request: Received) -> None:
    """The registry gets only its own credential, and the version that binds name."""
    is_guarded = step in GUARDED
    token = "Bearer dummy-token" if is_guarded else None
    version = "1.0.0-alpha2" if is_guarded else None
    assert request.field("Authorization") == token
    assert request.field("Registry-Version") == version
    assert request.field("X-Dock-Key") is None


async def check_guard(step: Step) -> None:
    url = step.service.url("shipyard-tools")
    step.registry.begin()
    wrong = ("", "{{MCP_SERVER_TOKEN}}", "MCP_SERVER_TOKEN", "dummy-token")
    async with httpx2.AsyncClient(timeout=PATIENCE) as http:
        for token in wrong:
            fields = {"Authorization": f"Bearer {token}"} if token else {}
            response = await http.post(url, json={}, headers=fields)
            assert response.status_code == 401
            assert response.headers["www-authenticate"].startswith("Bearer")
    assert step.registry.requests == []


async def check_vessels(client: Tutorial) -> None:
    client.dockyard.begin()
    client.registry.begin()
    assert await client.tool("list-legacy-vessels") == VESSELS
    assert await client.tool("list-legacy-vessels", status="laid_up") == VESSELS[1:]
    assert client.dockyard.calls == ["GET /vessels", "GET /vessels?status=laid_up"]
    for request in client.dockyard.requests:
        assert request.field("X-Dock-Key") == "dummy-dockyard-key"
        assert request.field("Authorization") is None
        assert request.field("Registry-Version") is None
    assert client.registry.requests == []


async def check_voyage(client: Tutorial) -> None:
    client.registry.begin()
    assert await client.tool("create-voyage", **VOYAGE) == PLANNED
    check_body(client, VOYAGE)
    required = {name: VOYAGE[name] for name in VOYAGE if name != "cargoIds"}
    client.registry.begin()
    voyage = await client.tool("create-voyage", **required)
    assert (voyage["crewIds"], voyage["status"]) == (VOYAGE["crewIds"], "planned")
    check_body(client, required)
    client.registry.begin()
    assert "crewIds" in await client.refusal(
        "create-voyage", **{n: required[n] for n in required if n != "crewIds"}
    )
    assert client.registry.requests == []
    assert await client.claims("create-voyage") == (False, False, False, True)


def check_body(client: Tutorial, expected: Any) -> None:
    """The body was sent once, as JSON."""
    request = client.registry.only
    assert (request.method, request.target) == ("POST", "/voyages")
    assert request.field("Content-Type") == "application/json"
    assert request.field("Transfer-Encoding") is None
    assert json.loads(request.body) == expected
    check_credentials(client.step, request)


async def check_crew(client: Tutorial) -> None:
    client.registry.begin()
    assert await client.tool("get-ship-with-crew", imo=STAR) == STAR_WITH_CREW
    assert sorted(client.registry.calls) == ["GET /crew", f"GET /ships/{STAR}"]
    assert "404" in await client.refusal("get-ship-with-crew", imo=UNKNOWN_SHIP)
    if client.step in (9, 10):
        claims = await client.claims("get-ship-with-crew")
        assert claims[:3] == (True, False, True)


async def check_skills(client: Tutorial) -> None:
    expected = skills(client.step)
    url = client.service.url("shipyard-skills")
    async with httpx2.AsyncClient(timeout=PATIENCE) as http:
        index = (await http.get(url)).json()
        assert index["count"] == len(expected)
        assert {s["name"]: s["tools"] for s in index["skills"]} == expected
        assert all(skill["description"] for skill in index["skills"])
        for name, tools in expected.items():
            skill = (await http.get(f"{url}/{name}")).json()
            assert [tool["name"] for tool in skill["tools"]] == tools
            assert {tool["type"] for tool in skill["tools"]} == {"derived"}
            assert (await http.get(f"{url}/{name}/contents/SKILL.md")).is_success


async def check_rest(client: Tutorial) -> None:
    client.registry.begin()
    async with client.rest as rest:
        ships = (await rest.get("/ships")).json()
        assert [ship["imo"] for ship in ships] == [STAR, DAWN]
        active = (await rest.get("/ships", params={"status": "active"})).json()
        assert active == [STAR_CARD]
        ship = (await rest.get(f"/ships/{STAR}")).json()
        assert ship == STAR_CARD | {"specs": STAR_SPECS}
        crew = (await rest.get(f"/ships/{STAR}/crew")).json()
        assert crew == STAR_WITH_CREW
        for path in (f"/ships/{UNKNOWN_SHIP}", f"/ships/{UNKNOWN_SHIP}/crew"):
            missing = await rest.get(path)
            assert (missing.status_code, missing.json()["error"]) == (404, "not_found")
        assert (await rest.get("/legacy/vessels")).json() == VESSELS
        laid_up = await rest.get("/legacy/vessels", params={"status": "laid_up"})
        assert laid_up.json() == VESSELS[1:]
        paths = (await rest.get("/openapi.json")).json()["paths"]
        assert {"/ships", "/ships/{imo}", "/ships/{imo}/crew"} < set(paths)
    for request in client.registry.requests:
        check_credentials(client.step, request)


async def check_voyages_over_rest(client: Tutorial) -> None:
    client.registry.begin()
    async with client.rest as rest:
        voyage = await rest.post("/voyages", json=VOYAGE)
        assert (voyage.status_code, voyage.json()) == (201, PLANNED)
        check_body(client, VOYAGE)
        client.registry.begin()
        refusal = await rest.post("/voyages", content=b"{", headers=JSON)
        assert (refusal.status_code, client.registry.requests) == (400, [])
        if client.step == 11:
            flat = await rest.get("/voyages/VOY-2026-042/manifest")
            assert flat.json() == FLAT_MANIFEST
            check_calls_of_manifest(client)
            missing = await rest.get(f"/voyages/{UNKNOWN_VOYAGE}/manifest")
            assert (missing.status_code, missing.json()["error"]) == (404, "not_found")


async def check_manifest(client: Tutorial) -> None:
    client.registry.begin()
    manifest = await client.tool("get-voyage-manifest", voyageId="VOY-2026-042")
    assert manifest == NESTED_MANIFEST
    check_calls_of_manifest(client)
    assert "404" in await client.refusal("get-voyage-manifest", voyageId=UNKNOWN_VOYAGE)


def check_calls_of_manifest(client: Tutorial) -> None:
    expected = ["GET /cargo", "GET /crew", "GET /ships", "GET /voyages/VOY-2026-042"]
    assert sorted(client.registry.calls) == expected
