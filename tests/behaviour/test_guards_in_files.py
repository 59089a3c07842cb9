"""Guards whose credential stands in a file of values, in packages as processes."""

import shutil
from pathlib import Path

import pytest
from client_requests import Attempt, Way, call
from service import Package, Service, running

from recording_upstream import RecordingUpstream

TOKEN, UPSTREAM = "token-of-clients", "token-of-the-upstream"
CONTENT = f"client-token: {TOKEN}\nupstream-token: {UPSTREAM}\n"
SPEC = Path(__file__).with_name("guards_in_files.yaml")


@pytest.fixture
def values(package: Package) -> Path:
    """Return the file of values in the working directory of the package."""
    path = package.project / "shared" / "secrets.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(CONTENT)
    return path


@pytest.fixture(autouse=True)
def without_values(package: Package) -> None:
    shutil.rmtree(package.project / "shared", ignore_errors=True)


async def status(service: Service, way: Way, token: str | None) -> list[int]:
    fields = () if token is None else (("Authorization", f"Bearer {token}"),)
    answer = await call(service, "held", way, Attempt(fields))
    return answer.statuses


async def test_the_file_without_the_variable_is_enough(
    package: Package, values: Path, address: str, upstream: RecordingUpstream
) -> None:
    with running(package, API_BASE_URI=f"http://{address}") as service:
        for way in Way:
            for token in (None, "other", UPSTREAM, "{{CLIENT_TOKEN}}"):
                assert await status(service, way, token) == [401], (way, token)
            assert upstream.requests == []
            assert await status(service, way, TOKEN) == [200], way
            assert upstream.only.field("Authorization") == f"Bearer {UPSTREAM}"
            upstream.requests.clear()
    assert TOKEN not in service.output


def test_a_start_without_the_file_names_file_and_key(package: Package) -> None:
    process = package.run("rest", UPSTREAM_TOKEN=UPSTREAM, **package.free_ports())
    assert process.returncode == 1
    assert process.stderr == (
        "guards-in-files: set the environment variable CLIENT_TOKEN, "
        "or the key 'client-token' of the file './shared/secrets.yaml' "
        "(from the working directory; "
        "SECRETS_FILE names another file) "
        "(authenticates the clients of held-rest, held-mcp)\n"
    )


async def test_the_mock_is_open_without_the_file(package: Package) -> None:
    with running(package, "serve", "--mock") as service:
        assert await status(service, Way.REST, None) == [200]
    assert "held-rest authenticates no client (--mock)" in service.output
