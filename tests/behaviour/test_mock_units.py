"""A capability without any upstream: a real package answers values of its spec."""

from pathlib import Path

from mcp import Client
from service import compile_text, running

DOCUMENT = Path(__file__).with_name("mock_units.yaml").read_text("utf-8")


async def test_values_of_the_spec_are_answered(tmp_path: Path) -> None:
    package = compile_text(DOCUMENT, tmp_path, "ships")
    with running(package) as service:
        async with service.client() as rest:
            response = await rest.get("/ships/%7B%7Bimo%7D%7D")
        async with Client(service.url("tools")) as mcp:
            [tool] = (await mcp.list_tools()).tools
            result = await mcp.call_tool("get-ship", {"imo": '"'})

    assert (response.status_code, response.json()) == (
        200,
        {"imo": "{{imo}}", "length": 229},
    )
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint
    assert result.structured_content == {"imo": '"', "length": 229}
