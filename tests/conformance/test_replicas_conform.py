"""Three replicas behind a proxy without affinity conform: none holds a session."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import suite
from compiled_server import Package
from node import Programs
from raw_http import refuses
from suite import out_of_scope

from nginx import Nginx, balancing, free_address
from waiting import eventually


@pytest.fixture(scope="module")
def nginx(
    package: Package, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    """Run nginx in front of three replicas."""
    front = free_address()
    with ExitStack() as stack:
        urls = [
            stack.enter_context(package.serving(CONFORMANCE_MCP_ALLOWED_HOSTS=front))
            for _ in range(3)
        ]
        directory = tmp_path_factory.mktemp("nginx")
        proxy = stack.enter_context(balancing(front, urls, directory))
        eventually(lambda: not refuses(f"http://{front}"))
        yield proxy


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
def test_replicas_conform_without_sessions(
    programs: Programs,
    nginx: Nginx,
    revision: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    faults = out_of_scope(revision)
    run = suite.run(
        programs,
        f"http://{nginx.address}/mcp",
        ("--requirements", revision),
        faults,
        tmp_path_factory.mktemp("suite"),
    )

    assert run.unexpected_faults(faults) == set()
    assert run.stale(faults) == set()
    assert run.exit_code == 0, run.output
    assert len(nginx.replicas) == 3
