"""The training package and its mock, as processes of the session, and an upstream."""

import re
import shutil
import sys
import venv
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpcore2
import httpx2
import pytest
import yaml
from authorization_server import AuthorizationServer, Issuer
from mcp import Client
from prime import Prime, run_mock
from service import Package, Service, compile_spec, compile_text, running

from certificates import Certificates
from naftiko_gen.language.names import env_name
from package_runtimes import own_runtime
from recording_upstream import RecordingUpstream, recording
from waiting import PATIENCE

LEDGER = Path(__file__).with_name("ledger.yaml")
SPEC = Path(__file__).parents[2] / "specs" / "training-runs.yaml"


@pytest.fixture(scope="session", autouse=True)
def authorities() -> Iterator[None]:
    """Read the certificates of authorities once, not for each client of HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        read_once = cache(httpcore2.default_ssl_context)
        patch.setattr(httpcore2, "default_ssl_context", read_once)
        yield


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Compile the training spec."""
    return compile_spec(SPEC, tmp_path_factory.mktemp("training"))


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Compile a spec with tools of all kinds."""
    return compile_spec(LEDGER, tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="session")
def cold(training: Package) -> Package:
    """Return the training package, which starts as its users start it."""
    return replace(training, is_forked=False)


@pytest.fixture(scope="session")
def mock_service(training: Package, services: Callable[..., Service]) -> Service:
    """Run the training package with made-up answers."""
    return services(training, "serve", "--mock")


@pytest.fixture(scope="session")
def hasty(training: Package, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Return the training package, with less patience for slow requests."""
    project = tmp_path_factory.mktemp("hasty") / training.project.name
    shutil.copytree(training.project, project)
    idle = own_runtime(project, training.module) / "serving" / "capacity.py"
    pattern = re.compile(r"^((?:HEAD|BODY)_SECONDS) = 10\.0$", re.MULTILINE)
    text, count = pattern.subn(r"\1 = 4.0", idle.read_text("utf-8"))
    assert count == 2
    idle.write_text(text, "utf-8")
    return replace(training, project=project)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates of a module's upstreams, whose authority packages trust."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    """Run an authorization server."""
    server = AuthorizationServer()
    async with recording(server) as address:
        server.issuer = f"http://{address}"
        yield Issuer(server)


@pytest.fixture(scope="session")
def interpreter(training: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment that the package is installed in."""
    root = tmp_path_factory.mktemp("installed")
    venv.create(root, symlinks=True)
    [packages] = root.glob("lib/python*/site-packages")
    paths = [str(training.project), *(p for p in sys.path if "site-packages" in p)]
    (packages / "installed.pth").write_text("\n".join(paths), encoding="utf-8")
    return root / "bin" / "python"


@pytest.fixture(scope="session")
def mock(reference: Path) -> Iterator[Prime]:
    """Run the training API's mock."""
    with run_mock(reference / "upstream", MOCK_SLOW_S=str(PATIENCE)) as prime:
        yield prime


@pytest.fixture
def prime(mock: Prime) -> Prime:
    """Return the mock as if it had just started."""
    mock.reset()
    return mock


@pytest.fixture(scope="session")
def services() -> Iterator[Callable[..., Service]]:
    """Return a function that runs a package, once for each configuration."""
    processes: dict[tuple[Any, ...], Service] = {}
    with ExitStack() as stack:

        def serving(package: Package, *arguments: str, **env: str) -> Service:
            key = (package, arguments, *sorted(env.items()))
            if key not in processes:
                process = running(package, *arguments, **env)
                processes[key] = stack.enter_context(process)
            return processes[key]

        yield serving


@pytest.fixture(scope="session")
def with_token(
    training: Package, mock: Prime, services: Callable[..., Service]
) -> Callable[[str], Service]:
    """Return a function that runs the training package with a credential."""

    def serving(token: str) -> Service:
        return services(
            training,
            PRIME_API_KEY=token,
            TRAINING_RUNS_BASE_URI=mock.url,
            TRAINING_RUNS_TIMEOUT=str(PATIENCE),
        )

    return serving


@pytest.fixture(scope="module")
def recorder() -> RecordingUpstream:
    """Return the upstream of a module's tests."""
    return RecordingUpstream()


@pytest.fixture(scope="module")
async def address(
    recorder: RecordingUpstream, anyio_backend: str
) -> AsyncIterator[str]:
    """Serve it; return its host and port.

    Without the backend, a test that isn't a coroutine could not be the first to use it.
    """
    async with recording(recorder) as where:
        yield where


@pytest.fixture
def upstream(recorder: RecordingUpstream) -> RecordingUpstream:
    """Return it as if it had just started."""
    recorder.begin()
    return recorder


@pytest.fixture(scope="module")
def package(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Package:
    """Compile the spec of a module, the file or the text `SPEC`."""
    spec: Path | str = request.module.SPEC
    if isinstance(spec, str):
        return compile_text(spec, tmp_path_factory.mktemp("package"))
    return compile_spec(spec, tmp_path_factory.mktemp(spec.stem))


@pytest.fixture(scope="module")
def variables(request: pytest.FixtureRequest, address: str) -> dict[str, str]:
    """Return the module's `VARIABLES`; the recorder is each upstream of its spec."""
    spec: Path | str = request.module.SPEC
    text = spec if isinstance(spec, str) else spec.read_text("utf-8")
    consumed = yaml.safe_load(text)["capability"]["consumes"]
    names = (env_name(upstream["namespace"]) for upstream in consumed)
    addresses = {f"{name}_BASE_URI": f"http://{address}" for name in names}
    return {**addresses, **getattr(request.module, "VARIABLES", {})}


@pytest.fixture(scope="module")
def service(package: Package, variables: dict[str, str]) -> Iterator[Service]:
    """Run the package."""
    with running(package, **variables) as service:
        yield service


@pytest.fixture
async def rest(
    request: pytest.FixtureRequest, service: Service
) -> AsyncIterator[httpx2.AsyncClient]:
    """Open a client of the REST adapter, whose namespace is `rest` or `REST`."""
    async with service.client(getattr(request.module, "REST", "rest")) as client:
        yield client


@pytest.fixture
async def tools(
    request: pytest.FixtureRequest, service: Service
) -> AsyncIterator[Client]:
    """Open a client of the MCP server, whose namespace is `mcp` or `MCP`."""
    url = service.url(getattr(request.module, "MCP", "mcp"))
    async with Client(url) as client:
        yield client
