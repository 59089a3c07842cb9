"""The fixtures of these tests, where pytest looks for them."""

from behaviour_fixtures import (
    address,
    anyio_backend,
    authorities,
    hasty,
    interpreter,
    mock,
    prime,
    recorder,
    services,
    training,
    upstream,
    with_token,
)

__all__ = [
    "address",
    "anyio_backend",
    "authorities",
    "hasty",
    "interpreter",
    "mock",
    "prime",
    "recorder",
    "services",
    "training",
    "upstream",
    "with_token",
]
