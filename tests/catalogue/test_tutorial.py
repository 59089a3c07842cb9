"""The steps of the official tutorial, in both languages: what their packages answer."""

from __future__ import annotations

import json
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import yaml
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from published import CORPUS
from service import compiled, running
from shipyard import DOCKYARD, REGISTRY, Shipyard

from recording_upstream import recording
from waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from service import Service

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not (CORPUS / "official").is_dir(),
        reason="the corpus isn't beside the checkout",
    ),
]

LANGUAGES = ("official", "ikanos")
GUARDED = range(3, 12)
SECRET = ("registry-bearer-token", "dockyard-api-key", "mcp-server-token")
STAR, DAWN = "IMO-9321483", "IMO-9456781"
STAR_CARD = {
    "imo": STAR,
    "name": "Northern Star",
    "type": "cargo",
    "flag": "NO",
    "status": "active",
}
SPECS = {"yearBuilt": 2015, "tonnage": 42000, "length": 229}
CREW = [
    {"fullName": "Erik Lindström", "role": "captain"},
    {"fullName": "Aiko Tanaka", "role": "cook"},
]
VESSELS = [
    {
        "vesselCode": "LEGACY-4012",
        "name": "Old Faithful",
        "type": "cargo",
        "flag": "GB",
        "status": "active",
    },
    {
        "vesselCode": "LEGACY-2087",
        "name": "Iron Maiden",
        "type": "bulk_carrier",
        "flag": "PA",
        "status": "laid_up",
    },
]
VOYAGE = {
    "shipImo": STAR,
    "departurePort": 'Oslo "North"',
    "arrivalPort": "Singapore",
    "departureDate": "2026-04-10T08:00:00Z",
    "arrivalDate": "2026-05-02T14:00:00Z",
    "crewIds": ["CREW-001", "CREW-003"],
    "cargoIds": ["CARGO-2024-0451"],
}
PLANNED = {
    "voyageId": "VOY-2026-042",
    "shipImo": STAR,
    "route": {"from": 'Oslo "North"', "to": "Singapore"},
    "dates": {"departure": "2026-04-10T08:00:00Z", "arrival": "2026-05-02T14:00:00Z"},
    "crewIds": ["CREW-001", "CREW-003"],
    "cargoIds": ["CARGO-2024-0451"],
    "status": "planned",
}
CARGO = [
    {
        "type": "container",
        "description": "Electronics components",
        "weight": 12.5,
        "hazardous": False,
    }
]
SHIP = {"name": "Northern Star", "type": "cargo", "flag": "NO"}


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

    @property
    def rest(self) -> httpx2.AsyncClient:
        url = self.service.url("shipyard-api")
        return httpx2.AsyncClient(base_url=url, timeout=PATIENCE)


@asynccontextmanager
async def tutorial(
    language: str, step: int, directory: Path
) -> AsyncIterator[Tutorial]:
    """Run the package of a step beside its file of values."""
    [spec] = (CORPUS / language / "tutorial").glob(f"step-{step}-*.yml")
    package = compiled(spec, directory)
    shared = spec.parent / "shared"
    secrets = yaml.safe_load((shared / "secrets.yaml").read_text("utf-8"))
    emitted = [p.read_text("utf-8") for p in package.project.rglob("*") if p.is_file()]
    shutil.copytree(shared, package.project / "shared")
    registry, dockyard = Shipyard(REGISTRY), Shipyard(DOCKYARD)
    async with recording(registry) as at_registry, recording(dockyard) as at_dockyard:
        bases = {
            "REGISTRY_BASE_URI": f"http://{at_registry}",
            "LEGACY_BASE_URI": f"http://{at_dockyard}",
        }
        with running(package, **bases) as service:
            token = secrets["mcp-server-token"]
            headers = {"Authorization": f"Bearer {token}"} if step in GUARDED else {}
            http = httpx2.AsyncClient(headers=headers, timeout=PATIENCE)
            url = service.url("shipyard-tools")
            async with (
                http,
                Client(streamable_http_client(url, http_client=http)) as mcp,
            ):
                yield Tutorial(step, service, registry, dockyard, mcp)
    for text in (*emitted, service.output):
        assert not any(secrets[name] in text for name in SECRET)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_first_step_answers_a_mock(language: str, tmp_path: Path) -> None:
    async with tutorial(language, 1, tmp_path) as one:
        given = "{{x}} $.y"
        assert await one.tool("get-ship", imo_number=given) == STAR_CARD | {
            "imo": given
        }
        assert one.registry.requests == []


@pytest.mark.parametrize("step", range(2, 12))
async def test_a_step_answers_as_the_tutorial_says(
    language: str, step: int, tmp_path: Path
) -> None:
    async with tutorial(language, step, tmp_path) as one:
        await check_ships(one)
        if step in GUARDED:
            await check_guard(one)
        if step >= 5:
            await check_vessels(one)
        if step >= 6:
            await check_voyage(one)
        if step >= 7:
            await check_crew(one)
        if step in (7, 10, 11):
            await check_rest(one)
        if step == 11:
            await check_manifest(one)


async def check_ships(one: Tutorial) -> None:
    ships = await one.tool("list-ships")
    assert [ship["imo"] for ship in ships] == [STAR, DAWN]
    for status, imo in ("active", STAR), ("maintenance", DAWN):
        assert [s["imo"] for s in await one.tool("list-ships", status=status)] == [imo]
    specs = {"specs": SPECS} if one.step >= 4 else {}
    assert await one.tool("get-ship", imo=STAR) == STAR_CARD | specs
    assert "404" in await one.refusal("get-ship", imo="IMO-0000000")


async def check_guard(one: Tutorial) -> None:
    url = f"{one.service.url('shipyard-tools')}"
    one.registry.begin()
    async with httpx2.AsyncClient(timeout=PATIENCE) as http:
        for token in ("", "Bearer {{MCP_SERVER_TOKEN}}", "Bearer dummy-token"):
            fields = {"Authorization": token} if token else {}
            refused = await http.post(url, json={}, headers=fields)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
    assert one.registry.requests == []
    await one.tool("list-ships")
    assert one.registry.only.field("Authorization") == "Bearer dummy-token"
    assert one.registry.only.field("Registry-Version") == "1.0.0-alpha2"
    assert one.registry.only.field("X-Dock-Key") is None


async def check_vessels(one: Tutorial) -> None:
    one.dockyard.begin()
    assert await one.tool("list-legacy-vessels") == VESSELS
    assert one.dockyard.only.field("X-Dock-Key") == "dummy-dockyard-key"
    assert one.dockyard.only.field("Authorization") is None
    assert await one.tool("list-legacy-vessels", status="laid_up") == VESSELS[1:]


async def check_voyage(one: Tutorial) -> None:
    one.registry.begin()
    assert await one.tool("create-voyage", **VOYAGE) == PLANNED
    assert json.loads(one.registry.only.body) == VOYAGE
    [tool] = (
        t for t in (await one.mcp.list_tools()).tools if t.name == "create-voyage"
    )
    hints = tool.annotations
    assert hints
    claims = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint)
    assert claims == (False, False, False)


async def check_crew(one: Tutorial) -> None:
    one.registry.begin()
    expected = STAR_CARD | SPECS | {"crew": CREW}
    assert await one.tool("get-ship-with-crew", imo=STAR) == expected
    assert len(one.registry.requests) == 2
    assert "404" in await one.refusal("get-ship-with-crew", imo="IMO-0000000")


async def check_rest(one: Tutorial) -> None:
    async with one.rest as rest:
        assert len((await rest.get("/ships")).json()) == 2
        assert (await rest.get(f"/ships/{STAR}")).json()["imo"] == STAR
        crew = (await rest.get(f"/ships/{STAR}/crew")).json()
        assert crew == STAR_CARD | SPECS | {"crew": CREW}
        missing = await rest.get("/ships/IMO-0000000/crew")
        assert (missing.status_code, missing.json()["error"]) == (404, "not_found")
        assert (await rest.get("/legacy/vessels")).json() == VESSELS
        planned = await rest.post("/voyages", json=VOYAGE)
        assert (planned.status_code, planned.json()) == (201, PLANNED)
        wrong = await rest.delete("/ships")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
        assert (await rest.get("/openapi.json")).status_code == 200


async def check_manifest(one: Tutorial) -> None:
    one.registry.begin()
    voyage = {"voyageId": "VOY-2026-042", "status": "planned"}
    parts = {"crew": CREW, "cargo": CARGO}
    route = {"from": "Oslo", "to": "Singapore"}
    nested = await one.tool("get-voyage-manifest", voyageId="VOY-2026-042")
    assert {key: nested[key] for key in ("voyageId", "status")} == voyage
    assert nested["route"] == route
    assert nested["ship"] == SHIP
    assert {key: nested[key] for key in ("crew", "cargo")} == parts
    assert len(one.registry.requests) == 4
    async with one.rest as rest:
        flat = (await rest.get("/voyages/VOY-2026-042/manifest")).json()
        assert (await rest.get("/voyages/VOY-0/manifest")).status_code == 404
    ship = {f"ship{key.title()}": value for key, value in SHIP.items()}
    ports = {"departurePort": "Oslo", "arrivalPort": "Singapore"}
    expected = voyage | parts | ship | ports
    assert {key: flat[key] for key in expected} == expected
