"""The compiled capability and its upstream, and the programs that try it."""

from collections.abc import Iterator

import pytest
from compiled_server import Package, compile_server
from node import Programs, install
from samples import SampleHandler

from http_upstream import serving


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """Compile the capability; its upstream runs as long as the session."""
    with serving(SampleHandler) as upstream:
        yield compile_server(tmp_path_factory.mktemp("compiled"), upstream)


@pytest.fixture(scope="session")
def url(package: Package) -> Iterator[str]:
    """Serve the package; the URL of its MCP endpoint."""
    with package.serving() as url:
        yield url


@pytest.fixture(scope="session")
def programs() -> Programs:
    """Install the conformance suite and the Inspector."""
    return install()
