"""Imported adapters call the APIs of their own files, with those files' credentials."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mcp import Client
from service import compiled, running

if TYPE_CHECKING:
    from service import Package, Service

    from recording_upstream import RecordingUpstream

pytestmark = pytest.mark.anyio

CASE = Path(__file__).parents[1] / "golden" / "imported-adapter"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    directory = tmp_path_factory.mktemp("shop")
    for name in ("spec.yaml", "shared.yaml"):
        shutil.copy(CASE / name, directory / name)
    return compiled(directory / "spec.yaml", directory)


async def call(
    service: Service, adapter: str, tool: str, arguments: dict[str, str]
) -> None:
    async with Client(service.urls[adapter]) as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error


@pytest.mark.parametrize(
    ("called", "sent"),
    [
        (("tools", "list-orders", {}), ("/own/orders", "Bearer mine")),
        (
            ("book-tools", "get-book", {"number": "7"}),
            ("/shared/books/7", "Bearer theirs"),
        ),
    ],
)
async def test_each_adapter_calls_the_api_of_its_file(
    package: Package,
    address: str,
    upstream: RecordingUpstream,
    called: tuple[str, str, dict[str, str]],
    sent: tuple[str, str],
) -> None:
    variables = {
        "STORE_BASE_URI": f"http://{address}/own",
        "STORE_2_BASE_URI": f"http://{address}/shared",
        "OWN_TOKEN": "mine",
        "SHARED_TOKEN": "theirs",
    }
    with running(package, **variables) as service:
        await call(service, *called)
    request = upstream.only
    assert (request.target, request.field("Authorization")) == sent
