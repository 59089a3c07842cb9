"""The fixtures of these tests, where pytest looks for them."""

from behaviour_fixtures import (
    address,
    anyio_backend,
    authorities,
    hasty,
    interpreter,
    ledger,
    mock,
    package,
    prime,
    recorder,
    rest,
    service,
    services,
    tools,
    training,
    upstream,
    variables,
    with_token,
)
