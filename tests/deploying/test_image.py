"""The image of a package is built, and its root runs as production would run it."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx2
import pytest
from images import Builder, Sandbox, base_archive, run, skip_without_tools
from mcp import Client

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.tools.deploy import lock
from recording_upstream import Answer, RecordingUpstream, recording
from waiting import PATIENCE
from wheelhouse import CHECKOUT, VERSION

pytestmark = pytest.mark.slow

SPEC = CHECKOUT / "specs" / "training-runs.yaml"
IMAGE = "localhost/training-runs:1"
KEY = "a-key-in-a-file"
PROBES = ("live", "ready")
PROBE = """
import errno, json, os
refusals = {}
for place in ("/", "/opt/package", "/etc", "/var", "/var/run/secrets/training-runs"):
    try:
        open(f"{place}/written", "w")
    except OSError as error:
        refusals[place] = errno.errorcode[error.errno]
open("/tmp/written", "w")
lines = (line.partition(":") for line in open("/proc/self/status"))
status = {name: value.split() for name, _, value in lines}
facts = {name: status[name] for name in ("Uid", "Gid", "CapEff", "NoNewPrivs")}
facts["shell"] = os.path.exists("/bin/sh") and os.access("/bin/sh", os.X_OK)
print(json.dumps({"refusals": refusals, **facts}))
"""


@dataclass(frozen=True)
class Image:
    """An image: its configuration, and its root in a sandbox."""

    configuration: dict[str, Any]
    sandbox: Sandbox

    @property
    def command(self) -> list[str]:
        return [*self.configuration["Entrypoint"], *self.configuration["Cmd"]]

    @property
    def environment(self) -> dict[str, str]:
        pairs = (pair.partition("=") for pair in self.configuration["Env"])
        return {name: value for name, _, value in pairs}


@pytest.fixture(scope="module")
def image(
    tmp_path_factory: pytest.TempPathFactory, wheels: dict[str, str]
) -> Iterator[Image]:
    """The image of training-runs, of the files that two commands write."""
    skip_without_tools()
    base = base_archive()
    place = tmp_path_factory.mktemp("image")
    assert wheels, "the wheels are those of this Python"
    deploy(place, Path(wheels["PIP_FIND_LINKS"]))
    builder = Builder(place)
    build(builder, builder.import_base(base), wheels["PIP_FIND_LINKS"])
    secrets = place / "secrets"
    secrets.mkdir()
    (secrets / "PRIME_API_KEY").write_text(f"{KEY}\n", encoding="ascii")
    configuration = builder.configuration(IMAGE)
    with builder.mount(IMAGE) as root:
        files = {"/var/run/secrets/training-runs": secrets}
        yield Image(configuration, Sandbox(root, configuration["User"], files))


def deploy(place: Path, wheels: Path) -> None:
    """Compile the package and write its deployment, with a lock of these wheels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        patch.setenv("UV_FIND_LINKS", str(wheels))
        patch.setenv("UV_CACHE_DIR", str(place / "uv"))
        # The wheels are only of this Python.
        only = f"sys_platform == 'linux' and python_version == '{VERSION}'"
        patch.setattr(lock, "_PROJECT", f'[tool.uv]\nenvironments = ["{only}"]\n')
        patch.chdir(place)
        assert main([str(SPEC), "--no-config", "-q"]) == Exit.DONE
        assert main(["deploy", str(SPEC), "--no-config"]) == Exit.DONE


def build(builder: Builder, base: str, wheels: str) -> None:
    pip = builder.place / "pip.conf"
    pip.write_text("[global]\nno-index = true\nfind-links = /wheels\n", "ascii")
    builder.run(
        *("bud", "--quiet", "--isolation", "chroot", "--build-arg", f"BASE={base}"),
        *("--build-context", f"packages={builder.place / 'generated'}"),
        *("--secret", f"id=pip,src={pip}", "--volume", f"{wheels}:/wheels:ro"),
        *("--tag", IMAGE, str(builder.place / "deploy" / "training-runs")),
    )


def test_an_image_has_a_user_ports_and_a_command(image: Image) -> None:
    ports = {"8080/tcp", "9090/tcp", "9091/tcp"}

    assert image.configuration["User"] == "65532:65532"
    assert image.configuration["ExposedPorts"].keys() == ports
    assert image.command == [
        "/opt/package/bin/python3",
        "-P",
        "-m",
        "training_runs",
        "serve",
    ]
    assert image.environment["TRAINING_RUNS_REST_HOST"] == ".".join("0000")


def test_a_process_of_an_image_has_no_rights_and_writes_only_to_tmp(
    image: Image,
) -> None:
    python = image.configuration["Entrypoint"][0]
    words = [python, "-I", "-c", PROBE]

    facts = json.loads(run(image.sandbox.command(words, image.environment)))

    assert [*facts["refusals"].values()] == ["EROFS"] * 5
    assert facts["Uid"] == facts["Gid"] == ["65532"] * 4
    assert (facts["CapEff"], facts["NoNewPrivs"]) == (["0" * 16], ["1"])
    assert facts["shell"] is False


def test_an_image_is_closed_to_others_unless_its_user_opens_it(image: Image) -> None:
    env = {**image.environment, "PRIME_API_KEY": KEY}

    process = subprocess.run(
        image.sandbox.command(image.command, env),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )

    assert process.returncode == 1
    assert "TRAINING_RUNS_ALLOW_OPEN=1" in process.stderr


def test_an_image_serves_calls_with_a_mounted_credential(image: Image) -> None:
    asyncio.run(_serve(image))


async def _serve(image: Image) -> None:
    upstream = RecordingUpstream()
    upstream.answer = Answer(b'{"run": {"id": "run_1"}, "message": "done"}')
    async with recording(upstream) as address:
        env = {
            **image.environment,
            "TRAINING_RUNS_REST_PORT": "0",
            "TRAINING_RUNS_MCP_PORT": "0",
            "TRAINING_RUNS_CONTROL_PORT": "0",
            "TRAINING_RUNS_ALLOW_OPEN": "1",
            "TRAINING_RUNS_BASE_URI": f"http://{address}",
            "PRIME_API_KEY_FILE": "/var/run/secrets/training-runs/PRIME_API_KEY",
        }
        with image.sandbox.running(image.command, env) as output:
            rest, mcp, control = (port_of(output) for _ in range(3))
            async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
                health = f"http://127.0.0.1:{control}/health"
                probes = [await client.get(f"{health}/{name}") for name in PROBES]
                url = f"http://127.0.0.1:{rest}/v1/api/v1/training/runs"
                answer = await client.post(url, json={"config": {"max_steps": 5}})
            async with Client(f"http://127.0.0.1:{mcp}/mcp") as tools:
                result = await tools.call_tool(
                    "prime-intellect-deleterun", {"run_id": "run_1"}
                )
        await upstream.wait_until_left()
    assert [probe.status_code for probe in probes] == [200, 200]
    assert answer.status_code == 200, answer.text
    assert not result.is_error, result
    assert [request.method for request in upstream.requests] == ["POST", "DELETE"]
    for request in upstream.requests:
        assert request.field("Authorization") == f"Bearer {KEY}"


def port_of(output: IO[str]) -> str:
    """Return the port in the next line that names one."""
    lines: list[str] = []
    for line in output:
        lines.append(line)
        if " listens on " in line:
            return line.strip().removesuffix("/mcp").rpartition(":")[2]
    raise AssertionError("".join(lines))
