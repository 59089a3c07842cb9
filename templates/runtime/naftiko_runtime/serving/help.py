"""The text of `--help` about environment variables."""

from collections.abc import Iterator

from ..configuration import usual_values
from ..guards.default import OptionalToken, authentication_of
from ..settings import Limits
from .program import Adapter, Program


def variables_text(program: Program) -> str:
    """Describe the environment variables, for `--help`."""
    rows = [
        *((name, _need(program, name)) for name in program.required),
        *_file_rows(program),
        *_address_rows(program),
        *_usual_rows(program),
        *(
            (
                f"{one.variables}_PORT, _HOST",
                f"the listener of {one.namespace} (default: {one.port}, 127.0.0.1)",
            )
            for one in program.over_http
        ),
        *(row for one in program.over_http for row in _client_rows(one)),
        *(_limit_rows(program) if program.has_client else ()),
    ]
    width = max(len(name) for name, _ in rows)
    lines = (f"  {name:{width}}  {meaning}" for name, meaning in rows)
    return "\n".join(
        (
            "environment variables (options win over them):",
            *lines,
            "The README of the package lists all of them.",
        )
    )


def _limit_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the variables that limit calls."""
    usual = Limits()
    yield (
        f"{program.variables}_TIMEOUT",
        f"the seconds that a call may take (default: {usual.timeout:g})",
    )
    yield (
        f"{program.variables}_MAX_CONCURRENCY",
        f"the number of calls at once (default: {usual.max_concurrency})",
    )


def _address_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the variables that are addresses of upstreams."""
    usual = usual_values(program.settings)
    for name, upstream in program.base_uris.items():
        default = usual[name].value if name in usual else None
        words = f" (default: {default})" if default else ""
        yield name, f"the address of {upstream}{words}"


def _usual_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the other variables that have a default in the spec."""
    for name, usual in usual_values(program.settings).items():
        if name not in program.base_uris and usual.value is not None:
            listed = (
                f"one of {', '.join(usual.choices)}" if usual.choices else "any text"
            )
            yield name, f"{listed} (default: {usual.value})"


def _file_rows(program: Program) -> Iterator[tuple[str, str]]:
    """Yield the variables that name files of values, each once."""
    paths = dict(program.file_variables)
    for adapter in program.over_http:
        if adapter.authentication:
            paths |= adapter.authentication.file_variables
    for variable, path in paths.items():
        yield variable, f"the file of needed variables (default: {path})"


def _client_rows(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Yield the variables that authenticate the clients of an adapter."""
    authentication = authentication_of(adapter.authentication, adapter.variables)
    match authentication:
        case OptionalToken(variable=variable):
            yield variable, f"a token that clients of {adapter.namespace} have to send"
        case _:
            for name in authentication.variables:
                yield name, f"needed: authenticates the clients of {adapter.namespace}"


def _need(program: Program, name: str) -> str:
    """Describe when a variable is needed, and its choices, for `--help`."""
    usual = usual_values(program.settings).get(name)
    listed = f"; one of {', '.join(usual.choices)}" if usual and usual.choices else ""
    choices = [one for one in program.choices if any(name in row for row in one)]
    if name in program.alternatives and all(() in one for one in choices):
        return "optional, sent if it is set"
    if name in program.alternatives:
        return "one credential is enough; without any, operations answer 503"
    return f"needed, except with --mock{listed}"
