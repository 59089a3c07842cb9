"""The variables of a package, by the requests that contain them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from naftiko_gen import ir

Choice = tuple[tuple[str, ...], ...]
"""The variables of each of several alternative credentials.

The last alternative has no variables if requests may be sent without a credential.
"""

FORWARDED = "forwarded requests"
"""How texts name the requests of forwards."""

_CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_SHOWN = 5
"""The number of operations that a text names; further ones are counted."""


@dataclass(frozen=True)
class PackageVariables:
    """The variables of a capability, by the requests that contain them.

    Everything that a package says about its variables is read here: its settings, its
    README, its command line, `check` and its manifests.
    """

    capability: ir.Capability

    @cached_property
    def in_requests(self) -> frozenset[ir.Variable]:
        """Return the variables in requests, except in credentials."""
        operations = self.capability.operations
        return frozenset(
            chain(
                *map(self._of_operation, operations),
                *(forward.variables for forward in self.capability.forwards),
            )
        )

    @cached_property
    def fields(self) -> tuple[ir.Variable, ...]:
        """Return the variables that are fields; the others occur in base URIs only."""
        in_fields = self.in_requests.union(
            *map(credential_variables, self.capability.upstreams)
        )
        return tuple(v for v in self.capability.variables if v in in_fields)

    @cached_property
    def in_files(self) -> frozenset[ir.Variable]:
        """Return the variables that hold files, paths of files or their passwords.

        No header contains them, so they may be any text.
        """
        credentials = (upstream.credential for upstream in self.capability.upstreams)
        texts = (credential.texts_in_files for credential in credentials if credential)
        return frozenset(ir.variables(chain.from_iterable(texts)))

    @cached_property
    def optional(self) -> frozenset[ir.Variable]:
        """Return the variables that packages can start without.

        All requests of an upstream with a credential contain them, in the credential
        or elsewhere: without one, the operations of that upstream are off.
        """
        optional: set[ir.Variable] = set()
        required: set[ir.Variable] = set()
        for upstream in self.capability.upstreams:
            common = self._shared_by_requests(upstream)
            optional |= common
            required.update(base_variables(upstream))
            required |= self._in_requests_to(upstream) - common
        with_default = {v for v in optional if v.default is not None}
        return frozenset(optional - required - with_default)

    @cached_property
    def alternative(self) -> frozenset[ir.Variable]:
        """Return the optional variables that occur only in alternative credentials.

        Packages start without them, with or without `--partial`.
        """
        choices: list[ir.Variable] = []
        others: list[ir.Variable] = []
        for upstream in self.capability.upstreams:
            is_choice = isinstance(upstream.credential, ir.Alternatives)
            (choices if is_choice else others).extend(credential_variables(upstream))
        return self.optional.intersection(choices) - self.in_requests.union(others)

    @cached_property
    def partial(self) -> frozenset[ir.Variable]:
        """Return the variables without which packages start if `--partial` is given."""
        return self.optional - self.alternative

    @cached_property
    def choices(self) -> Mapping[Choice, str]:
        """Return the alternative credentials, with the operations that need one."""
        operations: dict[Choice, list[ir.Operation]] = {}
        for request in chain[ir.Operation | ir.Forward](
            self.capability.operations, self.capability.forwards
        ):
            credential = request.upstream.credential
            if isinstance(credential, ir.Alternatives):
                own = operations.setdefault(_choice(credential), [])
                own += [request] if isinstance(request, ir.Operation) else []
        return {
            choice: self._name_operations(own) if own else FORWARDED
            for choice, own in operations.items()
        }

    @cached_property
    def spare(self) -> frozenset[str]:
        """Return the names of alternative variables besides each first choice."""
        required = (choice for choice in self.choices if () not in choice)
        first = {name for choice in required for name in choice[0]}
        return frozenset({variable.name for variable in self.alternative} - first)

    def operations_text(self, variable: ir.Variable) -> str:
        """Return the names of the operations that need a variable, as text."""
        is_alternative = variable in self.alternative
        variables_of = credential_variables if is_alternative else _needed_variables
        needing = [
            operation
            for operation in self.capability.operations
            if variable in variables_of(operation.upstream)
            or variable in self._of_operation(operation)
        ]
        is_forwarded = any(
            variable in (*base_variables(f.upstream), *credential_variables(f.upstream))
            or variable in f.variables
            for f in self.capability.forwards
        )
        if not is_forwarded or len(needing) == len(self.capability.operations):
            return self._name_operations(needing)
        phrases = [self._name_operations(needing)] if needing else []
        return ", ".join([*phrases, FORWARDED])

    def upstream_text(self, upstream: ir.Upstream) -> str:
        """Return an upstream in words: by its operations, if there are several."""
        own = self._operations_of(upstream)
        if len(self.capability.upstreams) == 1 or not own:
            return "the upstream API"
        return f"the upstream API of {self._name_operations(own)}"

    def upstream_needs(self, upstream: ir.Upstream) -> list[str]:
        """Return the variables without which the operations of an upstream are off."""
        is_choice = isinstance(upstream.credential, ir.Alternatives)
        find = self._common_to_requests if is_choice else self._shared_by_requests
        return sorted(v.name for v in find(upstream) if v in self.optional)

    def credential_needs(self, upstream: ir.Upstream) -> list[str]:
        """Return the variables of `upstream_needs` that the credential contains."""
        names = {variable.name for variable in credential_variables(upstream)}
        return [name for name in self.upstream_needs(upstream) if name in names]

    def has_credential(self, upstream: ir.Upstream) -> bool:
        """Return whether a request to the upstream may carry a credential."""
        requests = self.requests_to(upstream)
        headers = (name.lower() for request in requests for name, _ in request.headers)
        cookies = chain.from_iterable(request.cookies for request in requests)
        return (
            upstream.credential is not None
            or not _CREDENTIAL_HEADERS.isdisjoint(headers)
            or any(not isinstance(value, ir.Constant) for _, value in cookies)
            or any(variable.secret for variable in self._in_requests_to(upstream))
        )

    def other_half(self, variable: ir.Variable) -> str | None:
        """Return the other variable of a Basic credential: its user or its password.

        Return "" if the other is a text in the spec. Return None if the variable isn't
        half of a Basic credential, or has another use too: then it mustn't be empty.
        """
        others = {
            _other_half(variable, upstream)
            for upstream in self.capability.upstreams
            if variable in credential_variables(upstream)
        }
        return (
            None if len(others) != 1 or variable in self.in_requests else others.pop()
        )

    def is_public(self, variable: ir.Variable) -> bool:
        """Return whether responses may repeat a variable, such as a user's name."""
        credentials = (upstream.credential for upstream in self.capability.upstreams)
        users = [c for c in credentials if c is not None and variable in c.variables]
        return bool(users) and all(variable in user.public_variables for user in users)

    def requests_to(self, upstream: ir.Upstream) -> list[ir.Operation | ir.Forward]:
        """Return the operations and the forwards of an upstream."""
        forwards = self.capability.forwards_to(upstream)
        return [*self._operations_of(upstream), *forwards]

    def _operations_of(self, upstream: ir.Upstream) -> list[ir.Operation]:
        operations = self.capability.operations
        return [operation for operation in operations if operation.upstream is upstream]

    def _of_operation(self, operation: ir.Operation) -> Iterator[ir.Variable]:
        """Yield the variables in an operation's requests, except in the credential."""
        yield from operation.variables
        yield from self.capability.passed_variables(operation)

    def _in_requests_to(self, upstream: ir.Upstream) -> set[ir.Variable]:
        forwards = self.capability.forwards_to(upstream)
        return {
            *chain.from_iterable(
                map(self._of_operation, self._operations_of(upstream))
            ),
            *chain.from_iterable(forward.variables for forward in forwards),
        }

    def _shared_by_requests(self, upstream: ir.Upstream) -> frozenset[ir.Variable]:
        """Return the variables in every request of an upstream with a credential."""
        return self._common_to_requests(upstream).union(credential_variables(upstream))

    def _common_to_requests(self, upstream: ir.Upstream) -> frozenset[ir.Variable]:
        """Return the variables in every such request, except in the credential."""
        if not self.has_credential(upstream):
            return frozenset()
        requests = self.requests_to(upstream)
        return frozenset.intersection(*(frozenset(r.variables) for r in requests))

    def _name_operations(self, needing: Sequence[ir.Operation]) -> str:
        if len(needing) == len(self.capability.operations):
            return "every operation"
        names = list(dict.fromkeys(operation.name for operation in needing))
        others = len(names) - _SHOWN
        rest = [f"{others} more"] if others > 0 else []
        return ", ".join([*names[:_SHOWN], *rest])


def base_variables(upstream: ir.Upstream) -> list[ir.Variable]:
    """Return the variables of an upstream's base URI."""
    return [part for part in upstream.base_uri if isinstance(part, ir.Variable)]


def credential_variables(upstream: ir.Upstream) -> Iterator[ir.Variable]:
    """Yield the variables in an upstream's credential."""
    if upstream.credential is not None:
        yield from upstream.credential.variables


def choice_text(choice: Choice) -> str:
    """Return the variables of alternative credentials, as text."""
    return ", or ".join(" and ".join(names) or "no credential" for names in choice)


def _choice(alternatives: ir.Alternatives) -> Choice:
    names = tuple(
        tuple(dict.fromkeys(variable.name for variable in credential.variables))
        for credential in alternatives.credentials
    )
    return (*names, ()) if alternatives.fallback is ir.Fallback.ANONYMOUS else names


def _needed_variables(upstream: ir.Upstream) -> Iterator[ir.Variable]:
    """Yield the variables without which requests of an upstream can't be sent."""
    yield from base_variables(upstream)
    match upstream.credential:
        case ir.Alternatives(fallback=ir.Fallback.ANONYMOUS):
            pass
        case ir.Alternatives(credentials=credentials):
            yield from set.intersection(*({*c.variables} for c in credentials))
        case _:
            yield from credential_variables(upstream)


def _other_half(variable: ir.Variable, upstream: ir.Upstream) -> str | None:
    credential = _only_with(variable, upstream)
    if not isinstance(credential, ir.Basic):
        return None
    half = ir.Setting(variable)
    match credential.username, credential.password:
        case (other, password) if password == half and other != half:
            pass
        case (username, other) if username == half and other != half:
            pass
        case _:
            return None
    return other.variable.name if isinstance(other, ir.Setting) else ""


def _only_with(variable: ir.Variable, upstream: ir.Upstream) -> ir.Single | None:
    """Return the only credential of an upstream that has a variable."""
    match upstream.credential:
        case ir.Alternatives(credentials=credentials):
            matching = [c for c in credentials if variable in c.variables]
            return matching[0] if len(matching) == 1 else None
        case credential:
            return credential
