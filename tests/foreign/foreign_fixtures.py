"""The packages of published APIs, compiled once."""

import pytest
from apis import Apis


@pytest.fixture(scope="session")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Apis:
    """Return the packages of published APIs."""
    return Apis(tmp_path_factory.mktemp("apis"))
