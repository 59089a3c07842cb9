"""Starts: all settings are read and checked, then adapters listen or read input."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import chain, repeat
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

from ..errors import FAULTS, Fault, SettingsError, StartError
from ..http.guards import (
    Authentication,
    NoAuthentication,
    OptionalToken,
    authentication_of,
    client_guards,
)
from ..http.messages import ObservedRequests
from ..observing.calls import OBSERVERS
from ..observing.logs import NOTICES
from ..observing.stop import Stop
from ..settings import SUFFIX, Environment, Listener, Variables, listener, switch
from .program import (
    Adapter,
    Board,
    ControlAdapter,
    Opening,
    Program,
    State,
    begin_metrics,
    port_option,
)
from .server import (
    ClientLimits,
    Served,
    bind,
    follow_signal,
    look_up,
    read_client_limits,
    run,
    serve,
    stop_signals,
    supervise,
)

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
LOG = logging.getLogger(__name__)
UNTRACED = nullcontext()
"""The context of serving without traces."""
TRACING = "opentelemetry.trace"
NO_SDK = "variables ask for traces, and opentelemetry-sdk isn't installed"


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


# --- dangerous addresses --------------------------------------------------------------


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
        is_metadata = any(
            address in network for address in addresses for network in NETWORKS
        )
        if host in NAMES or is_metadata:
            yield (
                f"{name} is a link-local or metadata address, which may give away the "
                "credentials of this machine; set it to where the upstream API lives"
            )
        is_here = host == "localhost" or (addresses and addresses[0].is_loopback)
        if name in private and parts.scheme == "http" and not is_here:
            yield (
                f"{name} begins with http://, so the credential is sent unencrypted; "
                "use https://"
            )


def _addresses(host: str) -> tuple[Address, ...]:
    """Return a host's own address, then the IPv4 addresses embedded in it.

    An IPv4 address may have one to four decimal, octal or hexadecimal numbers.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return (IPv4Address(socket.inet_aton(host)),)
        except (OSError, UnicodeEncodeError):
            return ()
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    is_translated = any(address in network for network in TRANSLATED)
    last = IPv4Address(int(address) & 0xFFFFFFFF) if is_translated else None
    return address, *filter(None, (address.sixtofour, last))


# --- the settings of a start ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """A start of adapters, as a command line asks for it.

    `variables` are those that options set, which win over the environment.
    """

    adapters: Sequence[Adapter]
    variables: Mapping[str, str]
    workers: int = 1
    is_mocked: bool = field(default=False, kw_only=True)

    @property
    def env(self) -> Environment:
        """Return the environment with the variables that options set."""
        return {**os.environ, **self.variables}

    def host_source(self, prefix: str) -> str:
        """Return the option or variable that sets the host of an adapter."""
        variable = f"{prefix}_HOST"
        return "--host" if variable in self.variables else variable


@dataclass(frozen=True, slots=True)
class Part:
    """An adapter that is served, and its settings; `options` are those of its factory.

    `exposure` is the fault of one that other machines can reach without a credential.
    """

    adapter: Adapter
    listener: Listener
    authentication: Authentication
    options: Mapping[str, Any]
    exposure: Fault | None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, read before a port is bound; the parts share an API client."""

    parts: Sequence[Part]
    limits: ClientLimits
    propagation: str
    opening: Opening


def read_settings(
    program: Program, start: Start, *, is_check: bool = False
) -> Settings:
    """Read the settings; raises SettingsError. A check opens nothing, and is quiet."""
    control, env = _control(program, start)
    adapters = list(start.adapters)
    if env.get(program.variable("CONTROL_PORT")) and control not in adapters:
        adapters.append(control)
    # The variable by which a platform sets the port is that of the first adapter.
    ports = chain((program.platform_port,), repeat(""))
    with Variables(env) as variables:
        grace = program.limits(variables).timeout
        read_limits = partial(read_client_limits, prefix=program.variables, grace=grace)
        limits = variables.read(ClientLimits(), read_limits)
        allows_all = variables.read(False, switch, program.variable("ALLOW_OPEN"))
        parts = [
            _read_part(program, start, adapter, variables, port, allows_all=allows_all)
            for adapter, port in zip(adapters, ports, strict=False)
        ]
        propagation = program.propagation(variables)
        opening = program.open({**env}, None) if is_check else _open(program, start)
        return Settings(parts, limits, propagation, opening)


def _read_part(
    program: Program,
    start: Start,
    adapter: Adapter,
    variables: Variables,
    platform_port: str,
    *,
    allows_all: bool,
) -> Part:
    prefix = adapter.variables
    where = variables.read(
        Listener("localhost", 0), listener, prefix, adapter.port, platform_port
    )
    authentication: Authentication = variables.read(
        NoAuthentication(), _authentication, adapter, start.is_mocked
    )
    is_guarded = variables.read(
        False, lambda env: bool(client_guards(authentication, prefix, env))
    )
    may_be_open = allows_all or where.loopback or _is_open(program, start, adapter)
    exposure = (
        None
        if is_guarded or may_be_open
        else _exposure(program, start, prefix, authentication)
    )
    return Part(
        adapter, where, authentication, adapter.own_options(variables), exposure
    )


def _is_open(program: Program, start: Start, adapter: Adapter) -> bool:
    """Return whether the package's own variable sets the host of the control port.

    Probes have no token, so whoever sets it lets other machines read these pages.
    """
    is_control = isinstance(adapter, ControlAdapter)
    variable = program.variable("CONTROL_HOST")
    return is_control and (
        adapter not in program.others or bool(start.env.get(variable))
    )


def _control(program: Program, start: Start) -> tuple[ControlAdapter, Environment]:
    """Return the control adapter of the spec, else the package's own.

    The package's own variables override those of the spec's adapter.
    """
    own = ControlAdapter(
        "control", program.variable("CONTROL"), 0, authentication=NoAuthentication()
    )
    controls = (item for item in program.others if isinstance(item, ControlAdapter))
    control = next(controls, own)
    values = {
        f"{control.variables}_{name}": start.env.get(f"{own.variables}_{name}")
        for name in ("PORT", "HOST")
    }
    others = {name: value for name, value in values.items() if value}
    return control, {**os.environ, **others, **start.variables}


def _authentication(
    env: Environment, adapter: Adapter, is_mocked: bool
) -> Authentication:
    """Return the authentication of clients.

    With made-up data, they aren't authenticated if a variable is missing.
    """
    default = authentication_of(adapter.authentication, adapter.variables)
    is_off = is_mocked and default.lacks_variable(env)
    return NoAuthentication() if is_off else default


def _exposure(
    program: Program, start: Start, prefix: str, authentication: Authentication
) -> Fault:
    """Return the fault of an open adapter that other machines can reach."""
    variable = program.variable("ALLOW_OPEN")
    token = (
        f"set {authentication.variable} to a token that they have to send, or "
        if isinstance(authentication, OptionalToken)
        else "set "
    )
    return Fault(
        f"other machines can reach the host in {start.host_source(prefix)}, and "
        f"callers are not authenticated; {token}{variable}=1 to listen there all the "
        "same",
        f"{prefix}_HOST",
    )


def _open(program: Program, start: Start) -> Opening:
    """Open the API client; the mock needs neither credentials nor base URIs."""
    env = start.env
    if not (start.is_mocked and program.has_client):
        opening = _open_partly(program, env)
        for danger in dangers(env, program.base_uris, program.private):
            LOG.warning(danger)
        return opening
    values = {
        **dict.fromkeys(program.required, "mock"),
        **dict.fromkeys(program.base_uris, "http://mock.invalid"),
    }
    files = {name + SUFFIX for name in program.required}
    others = {name: value for name, value in env.items() if name not in files}
    return program.open({**others, **values}, program.mock())


def _open_partly(program: Program, env: Environment) -> Opening:
    """Connect; in partial mode, warn of missing credentials instead of failing."""
    variable = program.variable("PARTIAL")
    is_partial = program.partial and switch(env, variable)
    try:
        opening = program.open({**env, variable: "0"}, None)
    except SettingsError as error:
        if not is_partial:
            raise
        opening = program.open({**env, variable: "1"}, None)
        for name in (fault.variable for fault in error.faults):
            if operations := program.required.get(name):
                off = f"which turns off {operations}"
                NOTICES.warning("%s: %s is not set, %s", program.name, name, off)
    if program.choices:
        _tell_of_choices(program, {**env, variable: "1"})
    return opening


def _tell_of_choices(program: Program, env: Environment) -> None:
    """Print the operations that are off because no credential of theirs is set."""
    unset = program.settings.from_env(env).unset
    for choice, operations in program.choices.items():
        if not any(map(unset.isdisjoint, choice)):
            names = ", or ".join(map(" and ".join, choice))
            off = f"set {names}; until then, calls of {operations} get 503"
            NOTICES.warning("%s: no credential is set: %s", program.name, off)


def _tell_of_mock(program: Program, start: Start) -> None:
    """Print that responses are made up, with `--mock`."""
    if start.is_mocked and program.has_client:
        calm = f"the answers of {program.name} are made up (--mock)"
        NOTICES.info("%s: no upstream is called", calm)


def _tell_of_open(parts: Iterable[Part]) -> None:
    """Print the adapters that don't authenticate clients as their spec declares."""
    for part in parts:
        of_spec = part.adapter.authentication
        if of_spec and of_spec != part.authentication:
            names = " and ".join(of_spec.variables)
            fault = f"{part.adapter.namespace} authenticates no client (--mock)"
            NOTICES.warning("%s: set %s to change that", fault, names)


def explain(program: Program, error: SettingsError) -> list[str]:
    """Return a line for each fault, with the operations that need the variable.

    If standard error is a terminal, the last line says how to start without them.
    """
    lines = [_explain(program, fault) for fault in error.faults]
    is_needed = any(fault.variable in program.required for fault in error.faults)
    if is_needed and sys.stderr.isatty():
        lines[-1] += "; or take --mock for made-up data"
        variable = program.variable("PARTIAL")
        if program.partial and _opens(program, {**os.environ, variable: "1"}):
            lines[-1] += f", or {variable}=1 to start without credentials"
    return lines


def _explain(program: Program, fault: Fault) -> str:
    """Add the operations that need the faulty variable, or the adapters."""
    if operations := program.required.get(fault.variable):
        return f"{fault} (required by {operations})"
    adapters = ", ".join(
        adapter.namespace
        for adapter in program.over_http
        if adapter.authentication
        if fault.variable in adapter.authentication.variables
    )
    return f"{fault} (authenticates the clients of {adapters})" if adapters else fault


def _opens(program: Program, env: Environment) -> bool:
    try:
        program.open(env, None)
    except SettingsError:
        return False
    return True


# --- serving --------------------------------------------------------------------------


def listen(program: Program, start: Start) -> None:
    """Bind every port, then serve the adapters; they share one API client."""
    settings = read_settings(program, start)
    parts = settings.parts
    for part in parts:
        look_up(part.listener, start.host_source(part.adapter.variables))
    for fault in filter(None, (part.exposure for part in parts)):
        raise StartError(fault)
    adapters = [part.adapter for part in parts]
    bound = [
        bind(
            part.listener, part.adapter.variables, _port_advice(part.adapter, adapters)
        )
        for part in parts
    ]
    processes = _Processes(program, start, settings, bound)
    _tell_of_mock(program, start)
    _tell_of_open(parts)
    for adapter, (_, where) in zip(adapters, bound, strict=True):
        url = f"{where.url}{adapter.path}"
        NOTICES.info("%s listens on %s", adapter.namespace, url)
    processes.serve()


def _port_advice(adapter: Adapter, adapters: Sequence[Adapter]) -> str:
    if isinstance(adapter, ControlAdapter):
        return "choose another with --control-port PORT"
    port = port_option(adapter, adapters, "PORT")
    return f"choose another with --port {port} or --host HOST"


def observe(adapter: Adapter, app: ASGIApp) -> ASGIApp:
    """Wrap the application if calls have observers.

    Requests of supervisors, which come every few seconds, aren't calls.
    """
    if not OBSERVERS or adapter.is_last:
        return app
    return ObservedRequests(app, adapter.kind, adapter.namespace, adapter.path)


def trace(
    program: Program, propagation: str, env: Environment
) -> AbstractContextManager[None]:
    """Observe calls if they are to be traced, and return the context of serving.

    Without traces it is UNTRACED. They are asked for if the process has a provider of
    spans, or if variables of OpenTelemetry name one or an exporter.
    """
    names = _exporters(env)
    has_library = "OTEL_PYTHON_TRACER_PROVIDER" in env or TRACING in sys.modules
    is_disabled = env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if is_disabled or not (names or has_library):
        return UNTRACED
    try:
        from ..observing.traces import trace_calls  # imports OpenTelemetry
    except ImportError:
        if names:
            LOG.warning("calls aren't traced: %s", NO_SDK)
        return UNTRACED
    about = program.name, program.version, propagation
    return trace_calls(*about, names, env) or UNTRACED


def _exporters(env: Mapping[str, str]) -> list[str]:
    """Return the names of exporters, as the SDK reads them; OTLP for an endpoint."""
    endpoints = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    usual = "otlp" if any(map(env.get, endpoints)) else "none"
    names = (env.get("OTEL_TRACES_EXPORTER") or usual).split(",")
    return [name.strip() for name in names if name.strip() not in ("", "none")]


class _Processes:
    """The processes of a package, each with an API client of its own.

    They are a single process, or workers and the process of the control port, which
    answers for all workers and outlives them.
    """

    def __init__(
        self,
        program: Program,
        start: Start,
        settings: Settings,
        bound: Sequence[tuple[socket.socket, Listener]],
    ) -> None:
        self._settings = settings
        self._client: Any = None
        self._board = Board(start.workers)
        self._state = State(
            lambda: nullcontext(self._client),
            {
                part.adapter.variables: where.port
                for part, (_, where) in zip(settings.parts, bound, strict=True)
            },
            start.is_mocked,
            self._board,
        )
        self._tracing = trace(program, settings.propagation, os.environ)
        self._state.is_traced = self._tracing is not UNTRACED
        if any(isinstance(part.adapter, ControlAdapter) for part in settings.parts):
            self._state.metrics = begin_metrics(program, self._state)
        # Built before workers are forked, so that they share the imported modules.
        self._served = [
            Served(self._application(program, part, where), port, part.adapter.is_last)
            for part, (port, where) in zip(settings.parts, bound, strict=True)
        ]

    def _application(self, program: Program, part: Part, where: Listener) -> ASGIApp:
        """Build the application of an adapter that listens on this port."""
        app = part.adapter.application(
            program,
            self._state,
            guards=part.adapter.guards(where),
            authentication=part.authentication,
            **part.options,
        )
        return observe(part.adapter, app)

    def serve(self) -> None:
        """Serve the applications until the package is asked to stop."""
        workers = self._board.workers
        if workers == 1:
            run(self._work(self._served))
            return
        working = [item for item in self._served if not item.is_last] or self._served
        watching = [item for item in self._served if item not in working]
        jobs = [
            lambda end, place=place: run(self._work(working, place, end))
            for place in range(workers)
        ]
        last = [lambda end: run(self._watch(watching, working, end))]
        sockets = [item.socket for item in self._served]
        metrics = self._state.metrics
        forget = metrics.forget if metrics else lambda _: None
        supervise(jobs, sockets, self._board, last if watching else [], forget)

    async def _work(
        self, working: list[Served], place: int = 0, lifeline: int | None = None
    ) -> None:
        self._state.place = place
        with self._tracing:
            async with self._settings.opening as self._client:
                tune_memory()
                await serve(working, self._settings.limits, self._state, lifeline)
                FAULTS.tell()

    async def _watch(
        self, watching: list[Served], working: list[Served], lifeline: int
    ) -> None:
        self._state.place = self._board.workers
        # A socket that this process kept open would never refuse a connection.
        for item in working:
            item.socket.close()
        await serve(watching, self._settings.limits, self._state, lifeline)


def speak(program: Program, start: Start) -> None:
    """Serve an adapter on standard input and output."""
    [adapter] = start.adapters
    with Variables(start.env) as variables:
        own_options = adapter.own_options(variables)
        propagation = program.propagation(variables)
        stop = Stop(program.limits(variables).timeout)
    opening = _open(program, start)
    _tell_of_mock(program, start)
    for number in (signal.SIGINT, *stop_signals()):
        signal.signal(number, lambda *_: _end_at_once(0))
    tune_memory()
    tracing = trace(program, propagation, os.environ)
    serve_stdio = program.module(adapter).serve_stdio
    with tracing:
        options = {"stop": stop, **own_options}
        asyncio.run(
            _speak(program.build(serve_stdio, lambda: opening, **options), stop)
        )
    FAULTS.tell()
    if stop.has_lost_change:
        sys.exit(1)


async def _speak(session: Coroutine[Any, Any, None], stop: Stop) -> None:
    """Serve a session until its input ends or a signal asks for the end."""
    ends = {**dict.fromkeys(stop_signals(), stop.ask), signal.SIGINT: stop.interrupt}
    for number, end in ends.items():
        follow_signal(asyncio.get_running_loop(), number, end)
    await session
    if stop.is_asked:
        _end_at_once(int(stop.has_lost_change))


def _end_at_once(status: int) -> None:
    """Exit after signals: the thread that reads standard input can't be interrupted."""
    if TRACING in sys.modules:
        from ..observing.traces import flush_present

        flush_present()
    FAULTS.tell()
    logging.shutdown()
    os._exit(status)
