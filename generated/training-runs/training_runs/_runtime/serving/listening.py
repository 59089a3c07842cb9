"""Opens adapters, checks their addresses, and listens or reads standard input."""

import argparse
import asyncio
import gc
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import chain, repeat
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

from ..errors import FAULTS, SettingsError, StartError
from ..http.authentication import (
    Authentication,
    NoAuthentication,
    OptionalToken,
    authentication_of,
    client_guards,
)
from ..http.logs import NOTICES
from ..observing.calls import OBSERVERS, ObservedRequests
from ..observing.metric_files import count_as
from ..observing.span_export import UNTRACED, flush_present, traced
from ..secret_files import SUFFIX
from ..settings import Environment, Listener, Variables, listener, switch
from .board import Board
from .control import Control, ControlAdapter, begin_metrics, control_of
from .program import (
    Adapter,
    McpAdapter,
    Opening,
    Program,
    State,
    UsageError,
    choosing,
    listening,
    open_variable,
    port_option,
)
from .server import (
    ClientLimits,
    Served,
    read_client_limits,
    run,
    serve,
    stop_signals,
)
from .sockets import bind, look_up

FREED_BYTES = 8 * 1024 * 1024

NAMES = frozenset(
    (
        *("instance-data", "instance-data.ec2.internal", "metadata", "metadata.goog"),
        *("metadata.google.internal",),
    )
)
NETWORKS = tuple(
    ip_network(text)
    for text in (
        *("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::254/128"),
        *("fd00:c1::a9fe:a9fe/128", "100.100.100.200/32", "168.63.129.16/32"),
        *("192.0.0.192/32",),
    )
)
"""Networks of the metadata services that give a cloud machine its credentials."""
TRANSLATED = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96"))
)
"""IPv6 networks whose addresses end in an embedded IPv4 address."""
Address = IPv4Address | IPv6Address

Authentications = Mapping[str, Authentication]
"""The authentication of each adapter, by the prefix of its variables."""

LOG = logging.getLogger(__name__)


def tune_memory() -> None:
    """Make garbage collections rare, and let the allocator keep memory.

    Only the command line calls this: a library mustn't tune the process of its host.
    """
    # The objects that exist now live as long as the process, and requests leave few
    # reference cycles. Full collections would be the main cause of slow responses.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    # glibc maps and unmaps memory for each large response, until a block of such a
    # size has been freed once (mallopt(3): M_MMAP_THRESHOLD).
    block = bytes(FREED_BYTES)  # unlike those of a bytearray, no page is touched
    del block


def dangers(
    env: Environment, base_uris: Iterable[str], private: Iterable[str]
) -> Iterator[str]:
    """Yield a warning for each dangerous address; it names only the variable.

    `base_uris` are the variables to check. `private` are the variables whose upstreams
    get a credential.
    """
    for name in base_uris:
        parts = urlsplit(env.get(name, ""))
        host = unquote(parts.hostname or "").rstrip(".").lower()
        addresses = _addresses(host)
        if host in NAMES or _is_metadata(addresses):
            yield (
                f"{name} is a link-local or metadata address, which may give away the "
                "credentials of this machine; set it to where the upstream API lives"
            )
        is_here = host == "localhost" or any(one.is_loopback for one in addresses[:1])
        if name in private and parts.scheme == "http" and not is_here:
            yield (
                f"{name} begins with http://, so the credential is sent unencrypted; "
                "use https://"
            )


def _is_metadata(addresses: Iterable[Address]) -> bool:
    return any(address in network for address in addresses for network in NETWORKS)


def _addresses(host: str) -> tuple[Address, ...]:
    """Return a host's own address, then the IPv4 addresses embedded in it."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return _number(host)
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    translated = last if any(address in network for network in TRANSLATED) else None
    embedded = address.sixtofour, translated
    return address, *(each for each in embedded if each is not None)


def _number(host: str) -> tuple[IPv4Address, ...]:
    """Parse an IPv4 address of one to four decimal, octal or hexadecimal numbers."""
    try:
        return (IPv4Address(socket.inet_aton(host)),)
    except (OSError, UnicodeEncodeError):
        return ()


def authentications_of(
    adapters: Iterable[Adapter], env: Environment, *, is_mocked: bool
) -> Authentications:
    """Return the authentication of each adapter.

    With made-up data, clients aren't authenticated if a variable is missing.
    """
    declared = {
        one.variables: authentication_of(one.authentication, one.variables)
        for one in adapters
    }
    return {
        prefix: NoAuthentication() if is_mocked and one.lacks_variable(env) else one
        for prefix, one in declared.items()
    }


def tell_of_open(adapters: Iterable[Adapter], chosen: Authentications) -> None:
    """Print the adapters that don't authenticate clients as their spec declares."""
    for adapter in adapters:
        declared = adapter.authentication
        if declared is not None and declared != chosen[adapter.variables]:
            names = " and ".join(declared.variables)
            said = f"{adapter.namespace} authenticates no client (--mock)"
            NOTICES.warning("%s: set %s to change that", said, names)


def unguarded(
    variables: Variables, authentications: Authentications
) -> Authentications:
    """Return the authentications by which every client is allowed."""

    def is_guarded(env: Environment, prefix: str) -> bool:
        return bool(client_guards(authentications[prefix], prefix, env))

    return {
        prefix: authentication
        for prefix, authentication in authentications.items()
        if not variables.read(False, is_guarded, prefix)
    }


def advice_for(authentication: Authentication) -> str:
    """Return how to authenticate clients, as the middle of a message."""
    match authentication:
        case OptionalToken(variable=variable):
            return f"set {variable} to a token that they have to send, or "
        case _:
            return "set "


def opening(program: Program, options: argparse.Namespace) -> Opening:
    """Read the settings; the mock needs neither credentials nor base URIs.

    Raises SettingsError for missing or malformed variables.
    """
    if not (options.mock and program.has_client):
        opened = _opened(program, options)
        for danger in dangers(os.environ, program.base_uris, program.private):
            LOG.warning(danger)
        return opened
    variables = dict.fromkeys(program.required, "mock")
    addresses = dict.fromkeys(program.base_uris, "http://mock.invalid")
    unread = {name + SUFFIX for name in variables}
    own = {name: value for name, value in os.environ.items() if name not in unread}
    return program.open({**own, **variables, **addresses}, program.mock())


def tell_of_mock(program: Program, options: argparse.Namespace) -> None:
    """Print that responses are made up, with `--mock`."""
    if options.mock and program.has_client:
        said = f"the answers of {program.name} are made up (--mock)"
        NOTICES.info("%s: no upstream is called", said)


def explained(program: Program, error: SettingsError) -> list[str]:
    """Return a line for each fault, with the operations that need the variable."""
    *others, last = (_explained(program, fault) for fault in error.faults)
    return [*others, f"{last}{_advice(program, error)}"]


def _opened(program: Program, options: argparse.Namespace) -> Opening:
    """Connect; in partial mode, warn of missing credentials instead of failing."""
    variable = f"{program.variables}_PARTIAL"
    wanted = program.partial and (options.partial or switch(os.environ, variable))
    try:
        opened = program.open({**os.environ, variable: "0"}, None)
    except SettingsError as error:
        if not wanted:
            raise
        opened = program.open({**os.environ, variable: "1"}, None)
        for name in filter(None, (_required(program, fault) for fault in error.faults)):
            off = f"which turns off {program.required[name]}"
            NOTICES.warning("%s: %s is not set, %s", program.name, name, off)
    _tell_of_choices(program, {**os.environ, variable: "1"})
    return opened


def _tell_of_choices(program: Program, env: Mapping[str, str]) -> None:
    """Print the operations that are off because no credential of theirs is set."""
    if not program.choices:
        return
    unset = program.settings.from_env(env).unset
    for choice, operations in program.choices.items():
        if not any(map(unset.isdisjoint, choice)):
            names = ", or ".join(map(" and ".join, choice))
            off = f"until then, calls of {operations} get 503"
            said = f"no credential is set: set {names}; {off}"
            NOTICES.warning("%s: %s", program.name, said)


def _explained(program: Program, fault: str) -> str:
    """Add the operations that need the faulty variable, or the adapters."""
    if name := _required(program, fault):
        return f"{fault} (required by {program.required[name]})"
    adapters = ", ".join(_authenticating(program, fault))
    return f"{fault} (authenticates the clients of {adapters})" if adapters else fault


def _authenticating(program: Program, fault: str) -> Iterator[str]:
    """Yield the adapters that authenticate clients by a variable in a fault."""
    for adapter in program.over_http:
        declared = adapter.authentication
        if declared and not set(declared.variables).isdisjoint(_words(fault)):
            yield adapter.namespace


def _advice(program: Program, error: SettingsError) -> str:
    """Return a hint on how to start without the variables, if stderr is a terminal.

    It is the end of the last line, because each line reports one variable.
    """
    is_missing = any(_required(program, fault) for fault in error.faults)
    if not is_missing or not sys.stderr.isatty():
        return ""
    variable = f"{program.variables}_PARTIAL"
    partial = f", or {variable}=1 to start without credentials"
    offered = partial if _starts_with(program, {variable: "1"}) else ""
    return f"; or take --mock for made-up data{offered}"


def _starts_with(program: Program, env: Mapping[str, str]) -> bool:
    try:
        program.open({**os.environ, **env}, None)
    except SettingsError:
        return False
    return program.partial


def _required(program: Program, fault: str) -> str | None:
    """Return the first required variable in the text of a fault."""
    return next((word for word in _words(fault) if word in program.required), None)


def _words(fault: str) -> list[str]:
    return re.findall(r"\w+", fault)


@dataclass(frozen=True, slots=True)
class _Settings:
    """The settings of the adapters that are served, read before a port is bound.

    `open_to_all` are the authentications by which every client is allowed.
    `own_options` are those of each factory, and `opened` is the API client of all.
    """

    adapters: Sequence[Adapter]
    control: Control
    limits: ClientLimits
    listeners: Mapping[str, Listener]
    authentications: Authentications
    open_to_all: Authentications
    own_options: Sequence[Mapping[str, Any]]
    propagation: str
    opened: Opening


def listen(
    program: Program, options: argparse.Namespace, adapters: Sequence[Adapter]
) -> None:
    """Bind every port, then serve the adapters; they share one API client."""
    settings = _read(program, options, adapters)
    adapters = settings.adapters
    _check_hosts(program, options, settings)
    bound = [
        bind(
            settings.listeners[one.variables],
            one.variables,
            _port_advice(one, adapters),
        )
        for one in adapters
    ]
    ports = [where.port for _, where in bound]
    processes = _Processes(program, options, settings, ports)
    # Built before workers are forked, so that they share the imported modules.
    served = _served(program, settings, bound, processes.state)
    tell_of_mock(program, options)
    tell_of_open(adapters, settings.authentications)
    for adapter, (_, where) in zip(adapters, bound, strict=True):
        url = f"{where.url}{adapter.path}"
        NOTICES.info("%s listens on %s", adapter.namespace, url)
    processes.serve(served)


def _read(
    program: Program, options: argparse.Namespace, adapters: Sequence[Adapter]
) -> _Settings:
    """Read the settings from options and variables; raises SettingsError."""
    tools = choosing(options, [one for one in adapters if one in program.mcp])
    control = control_of(program, options, os.environ)
    ports_and_hosts = {**control.variables, **listening(options, adapters)}
    env = {**os.environ, **ports_and_hosts, **tools}
    adapters = control.served_with(adapters)
    with Variables(env) as variables:
        grace = program.limits(variables).timeout
        authentications = authentications_of(adapters, env, is_mocked=options.mock)
        return _Settings(
            adapters,
            control,
            variables.read(
                ClientLimits(), read_client_limits, program.variables, grace
            ),
            read_listeners(variables, adapters, program.platform_port),
            authentications,
            unguarded(variables, authentications),
            [one.own_options(variables) for one in adapters],
            program.propagation(variables),
            opening(program, options),
        )


def _served(
    program: Program,
    settings: _Settings,
    bound: Sequence[tuple[socket.socket, Listener]],
    state: State,
) -> list[Served]:
    """Build the application of each adapter, for the socket that it listens on."""
    return [
        Served(
            _application(
                program,
                adapter,
                state,
                guards=adapter.guards(where),
                authentication=settings.authentications[adapter.variables],
                **own,
            ),
            port,
            adapter.is_last,
        )
        for adapter, (port, where), own in zip(
            settings.adapters, bound, settings.own_options, strict=True
        )
    ]


class _Processes:
    """The processes of a package, each with an API client of its own.

    They are one process, or workers and the process of the control port.
    """

    def __init__(
        self,
        program: Program,
        options: argparse.Namespace,
        settings: _Settings,
        ports: Sequence[int],
    ) -> None:
        self._settings = settings
        self._client: Any = None
        self._board = Board(options.workers)
        names = [one.variables for one in settings.adapters]
        self.state = State(
            lambda: nullcontext(self._client),
            dict(zip(names, ports, strict=True)),
            is_mocked=options.mock,
            board=self._board,
        )
        self._tracing = traced(
            program.name, program.version, settings.propagation, os.environ
        )
        self.state.is_traced = self._tracing is not UNTRACED
        if any(isinstance(one, ControlAdapter) for one in settings.adapters):
            self.state.metrics = begin_metrics(program, self._board)

    def serve(self, served: Sequence[Served]) -> None:
        """Serve the applications until the package is asked to stop."""
        workers = self._board.workers
        working, watching = _parted(served, workers)
        if workers == 1:
            run(self._work(working))
            return
        from .workers import supervise  # Windows can't import it

        jobs = [
            lambda end, worker=worker: run(self._work(working, worker, end))
            for worker in range(workers)
        ]
        watch = partial(self._watch, watching, working)
        last = [lambda end: run(watch(end))] if watching else []
        metrics = self.state.metrics
        forget = metrics.forget if metrics else _forget_nothing
        sockets = [one.socket for one in served]
        supervise(jobs, sockets, self._board, last, forget)

    async def _work(
        self, served: list[Served], worker: int = 0, lifeline: int | None = None
    ) -> None:
        self.state.worker = worker
        count_as(worker)
        with self._tracing:
            async with self._settings.opened as self._client:
                tune_memory()
                await serve(served, self._settings.limits, self.state, lifeline)
                FAULTS.tell()

    async def _watch(
        self, served: list[Served], working: list[Served], lifeline: int
    ) -> None:
        self.state.worker = None
        count_as(self._board.workers)
        # A socket that this process kept open would never refuse a connection.
        for one in working:
            one.socket.close()
        await serve(served, self._settings.limits, self.state, lifeline)


def _forget_nothing(_: int) -> None:
    """Keep no counts of workers."""


def _parted(
    served: Sequence[Served], workers: int
) -> tuple[list[Served], list[Served]]:
    """Return the applications of each worker, and those of a process beside them.

    That process answers for all workers, and outlives them.
    """
    if workers == 1 or all(one.is_last for one in served):
        return list(served), []
    return (
        [one for one in served if not one.is_last],
        [one for one in served if one.is_last],
    )


def read_listeners(
    variables: Variables, adapters: Iterable[Adapter], platform_port: str
) -> dict[str, Listener]:
    """Read the listener of each adapter, by the prefix of its variables.

    The variable by which a platform sets the port is that of the first adapter.
    """
    loopback = Listener("localhost", 0)
    names = chain((platform_port,), repeat(""))
    return {
        one.variables: variables.read(loopback, listener, one.variables, one.port, name)
        for one, name in zip(adapters, names, strict=False)
    }


def _check_hosts(
    program: Program, options: argparse.Namespace, settings: _Settings
) -> None:
    """Raise StartError for an unknown host, or one that other machines can reach.

    Other machines may reach an adapter that authenticates its clients, and a control
    port whose own variable says so.
    """
    control, listeners = settings.control, settings.listeners
    own = control.adapter.variables
    for variables, where in listeners.items():
        is_apart = control.is_own and variables == own
        look_up(where, f"{own}_HOST" if is_apart else _source(options, variables))
    variable = open_variable(program)
    allowed = switch(os.environ, variable)
    judged = {
        one: authentication
        for one, authentication in settings.open_to_all.items()
        if one != own or not control.is_open
    }
    for exposed in exposed_adapters(listeners, judged, is_allowed=allowed):
        raise StartError(
            f"other machines can reach the host in {_source(options, exposed)}, "
            f"and callers are not authenticated; {advice_for(judged[exposed])}"
            f"{variable}=1 to listen there all the same"
        )


def exposed_adapters(
    listeners: Mapping[str, Listener], open_to_all: Authentications, *, is_allowed: bool
) -> list[str]:
    """Return the adapters that any client of other machines can reach, if none may."""
    reachable = (one for one in open_to_all if not listeners[one].loopback)
    return [] if is_allowed else list(reachable)


def _source(options: argparse.Namespace, variables: str) -> str:
    """Return the option or variable that sets the host."""
    return "--host" if options.host else f"{variables}_HOST"


def _port_advice(adapter: Adapter, adapters: Sequence[Adapter]) -> str:
    if isinstance(adapter, ControlAdapter):
        return "choose another with --control-port PORT"
    port = port_option(adapter, adapters, "PORT")
    return f"choose another with --port {port} or --host HOST"


def _application(
    program: Program,
    adapter: Adapter,
    state: State,
    **options: Any,
) -> ASGIApp:
    """Build the application of an adapter, with options of its factory."""
    return _observed(adapter, adapter.application(program, state, **options))


def _observed(adapter: Adapter, app: ASGIApp) -> ASGIApp:
    """Wrap the application if calls have observers.

    Requests of supervisors, which come every few seconds, aren't calls.
    """
    if not OBSERVERS or adapter.is_last:
        return app
    return ObservedRequests(app, adapter.kind, adapter.namespace, adapter.path)


def speak(program: Program, options: argparse.Namespace, adapter: McpAdapter) -> None:
    """Serve the adapter; raises UsageError for options of servers with ports."""
    if options.workers > 1:
        raise UsageError("--stdio serves one client: leave --workers out")
    if options.port or options.host:
        raise UsageError("--stdio listens on no port: leave --port and --host out")
    if options.control_port:
        raise UsageError("--stdio has no control port: leave --control-port out")
    with Variables({**os.environ, **choosing(options, [adapter])}) as variables:
        own_options = adapter.own_options(variables)
        propagation = program.propagation(variables)
    opened = opening(program, options)
    tell_of_mock(program, options)
    for number in (signal.SIGINT, *stop_signals()):
        signal.signal(number, _end_at_once)
    tune_memory()
    tracing = traced(program.name, program.version, propagation, os.environ)
    serve_stdio = program.module(adapter).serve_stdio
    with tracing:
        asyncio.run(program.build(serve_stdio, lambda: opened, **own_options))
    FAULTS.tell()


def _end_at_once(*_: object) -> None:
    """Exit on signals: the thread that reads standard input can't be interrupted."""
    flush_present()
    FAULTS.tell()
    logging.shutdown()
    os._exit(0)
