"""Binds the ports of adapters, and serves them until a signal."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from starlette.types import ASGIApp

from ..errors import StartError
from ..http.call_log import LoggedRequests, are_logged
from ..http.guards import listener_guards
from ..listener import Listener, listener
from ..settings import Environment, Variables, switch, whole_number
from .arguments import listening
from .clients import (
    Authentications,
    advice_for,
    authentications_of,
    tell_of_open,
    unguarded,
)
from .memory import tune_memory
from .opening import opening, tell_of_mock
from .program import Adapter, Program, open_variable, port_option
from .server import Served, bind, look_up, run, serve
from .state import State


def listen(
    program: Program, options: argparse.Namespace, adapters: Sequence[Adapter]
) -> None:
    """Bind every port, then serve the adapters; they share one API client."""
    env = {**os.environ, **listening(options, adapters)}
    with Variables(env) as variables:
        grace = program.limits(variables).timeout
        connections = variables.read(0, max_connections, program.variables)
        listeners = _listeners(variables, adapters)
        authentications = authentications_of(adapters, env, is_mocked=options.mock)
        open_to_all = unguarded(variables, authentications)
        opened = opening(program, options)
    _check_hosts(program, options, listeners, open_to_all)
    bound = [
        bind(listeners[one.variables], one.variables, _port_advice(one, adapters))
        for one in adapters
    ]
    tell_of_mock(program, options)
    tell_of_open(adapters, authentications)
    for adapter, (_, where) in zip(adapters, bound, strict=True):
        url = f"{where.url}{adapter.path}"
        print(f"{adapter.namespace} listens on {url}", file=sys.stderr)
    client: Any
    ports = {
        one.variables: where.port
        for one, (_, where) in zip(adapters, bound, strict=True)
    }
    state = State(lambda: nullcontext(client), ports, is_mocked=options.mock)
    # Built before workers are forked, so that they share the imported modules.
    served = [
        Served(
            _application(
                program,
                adapter,
                state,
                guards=listener_guards(where),
                authentication=authentications[adapter.variables],
            ),
            port,
            adapter.is_last,
        )
        for adapter, (port, where) in zip(adapters, bound, strict=True)
    ]

    async def main(lifeline: int | None = None) -> None:
        nonlocal client
        async with opened as client:
            tune_memory()
            await serve(served, grace, connections, state, lifeline)

    if options.workers > 1:
        from .workers import supervise  # not importable on Windows

        sockets = [one.socket for one in served]
        supervise(options.workers, lambda end: run(main(end)), sockets)
    else:
        run(main())


def max_connections(env: Environment, prefix: str) -> int:
    """Read the maximum number of client connections of a process."""
    return whole_number(env, f"{prefix}_MAX_CONNECTIONS", 15_000, 1, 1_000_000)


def _listeners(
    variables: Variables, adapters: Iterable[Adapter]
) -> dict[str, Listener]:
    """Read the listener of each adapter, by the prefix of its variables."""
    loopback = Listener("localhost", 0)
    return {
        one.variables: variables.read(loopback, listener, one.variables, one.port)
        for one in adapters
    }


def _check_hosts(
    program: Program,
    options: argparse.Namespace,
    listeners: Mapping[str, Listener],
    open_to_all: Authentications,
) -> None:
    """Raise StartError for an unknown host, or one that other machines can reach.

    Other machines may reach an adapter that authenticates its clients.
    """
    for variables, where in listeners.items():
        look_up(where, _source(options, variables))
    variable = open_variable(program)
    allowed = switch(os.environ, variable)
    for variables, authentication in open_to_all.items():
        if not listeners[variables].loopback and not allowed:
            raise StartError(
                f"other machines can reach the host in {_source(options, variables)}, "
                f"and callers are not authenticated; {advice_for(authentication)}"
                f"{variable}=1 to listen there all the same"
            )


def _source(options: argparse.Namespace, variables: str) -> str:
    """Return the option or variable that sets the host."""
    return "--host" if options.host else f"{variables}_HOST"


def _port_advice(adapter: Adapter, adapters: Sequence[Adapter]) -> str:
    port = port_option(adapter, adapters, "PORT")
    return f"choose another with --port {port} or --host HOST"


def _application(
    program: Program,
    adapter: Adapter,
    state: State,
    **options: Any,
) -> ASGIApp:
    """Build the application of an adapter, with options of its factory."""
    return _logged(adapter, adapter.application(program, state, **options))


def _logged(adapter: Adapter, app: ASGIApp) -> ASGIApp:
    """Wrap the application in logging if the log level includes calls."""
    if not are_logged():
        return app
    return LoggedRequests(app, adapter.namespace, adapter.path)
