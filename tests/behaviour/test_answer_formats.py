"""Answers in every format: shaped by REST, both ways of MCP, and in steps."""

import shutil
import tomllib
from pathlib import Path

import httpx2
import pytest
from exchanges import Exchange, exchanges
from mcp import Client
from packaging.requirements import Requirement
from service import Package, Service, compile_spec, running

from delivery import chosen_delivery
from naftiko_gen.configuration.options import Delivery
from recording_upstream import Answer, RecordingUpstream

REST, MCP = "shelf", "tools"
SPEC = Path(__file__).with_name("shelf.yaml")
GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMAS = (GOLDEN / "avro-output/books.avsc", GOLDEN / "protobuf-output/books.proto")
NAMES = ("yaml", "html", "Markdown", "avro", "protobuf")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Compile the spec, beside which are the schemas of its answers."""
    directory = tmp_path_factory.mktemp("formats")
    for file in (SPEC, *SCHEMAS):
        shutil.copy(file, directory)
    return compile_spec(directory / SPEC.name, directory)


@exchanges("shelf")
async def test_an_exchange_reads_its_format(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


async def test_the_mock_answers_in_every_format(package: Package) -> None:
    with running(package, "serve", "--mock") as service:
        async with service.client(REST) as rest:
            # The queries of steps get an empty object in JSON, which is YAML as well.
            for name in NAMES[1:]:
                [book] = (await rest.get(f"/{name}")).json()
                assert book.keys() == {"title", "price"}
                assert None not in book.values()
        async with Client(service.url("tools")) as client:
            for name in NAMES:
                in_steps = await client.call_tool(f"{name}-steps", {})
                assert not in_steps.is_error, in_steps.content


LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)


@pytest.mark.parametrize(
    ("name", "body"), [("yaml", LAUGHS), ("Markdown", f"---\n{LAUGHS}---\n")]
)
async def test_values_that_multiply_are_refused(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    name: str,
    body: str,
) -> None:
    upstream.answer = Answer(body.encode())
    assert "can't be read" in (await rest.get(f"/{name}")).json()["detail"]
    result = await tools.call_tool(name, {})
    in_steps = await tools.call_tool(f"{name}-steps", {})
    assert "can't be read" in str(result.content)
    assert "can't be read" in str(in_steps.content)


# --- types ---

ROW = {"title": "string", "price": "number"}
TYPES = {
    **dict.fromkeys(("yaml", "avro", "protobuf"), ROW),
    **{name: {**ROW, "price": "string"} for name in ("html", "Markdown")},
}


@pytest.mark.parametrize("name", NAMES)
async def test_types_flow_through(
    rest: httpx2.AsyncClient, tools: Client, name: str
) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}
    declaration = tool_list[name].output_schema
    assert declaration is not None
    properties = declaration["properties"]["result"]["items"]["properties"]
    kinds = {key: member["type"] for key, member in properties.items()}
    assert kinds == TYPES[name]
    openapi = (await rest.get("/openapi.json")).json()
    response = openapi["paths"][f"/{name}"]["get"]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    properties = schema["items"]["properties"]
    assert {k: member["type"][0] for k, member in properties.items()} == TYPES[name]


LIBRARIES = {
    Delivery.VENDORED: ("lxml", "fastavro", "markdown-it-py", "protobuf", "pyyaml"),
    Delivery.LIBRARY: ("html", "avro", "markdown", "protobuf", "yaml"),
}
"""The library of each format; packages with `naftiko-runtime` name its extra."""


def format_libraries(package: Package) -> set[str]:
    """Return the libraries of formats that a package needs, or their extras."""
    content = (package.project / "pyproject.toml").read_text("utf-8")
    requirements = map(Requirement, tomllib.loads(content)["project"]["dependencies"])
    names = {
        name
        for requirement in requirements
        for name in (requirement.name, *requirement.extras)
    }
    return names & {*LIBRARIES[chosen_delivery()]}


def test_only_read_formats_have_libraries(package: Package, tmp_path: Path) -> None:
    assert format_libraries(package) == {*LIBRARIES[chosen_delivery()]}
    few = compile_spec(GOLDEN / "html-output/spec.yaml", tmp_path)
    assert format_libraries(few) == {LIBRARIES[chosen_delivery()][0]}
