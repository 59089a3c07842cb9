"""Write the credentials of an API, and the variables that hold their secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.package_settings import PACKAGE, UPSTREAM
from naftiko_gen.openapi.read.api import Place, Requirement, Scheme
from naftiko_gen.openapi.read.security import Proof, proof_of
from naftiko_gen.openapi.write.inputs import Constant
from naftiko_gen.openapi.write.names import variable_name
from naftiko_gen.resolve.consumed.places import is_framing, is_token
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.readable import double_quoted
from naftiko_gen.syntax.yaml_writer import Block

CHOSEN = "--auth"
"""The name of the scheme that the command line adds to a document."""

_SCOPES = 20
"""The most scopes that a comment names."""
_SETTINGS = tuple(f"_{setting.name}" for setting in (*PACKAGE, *UPSTREAM))
"""Suffixes of the settings that packages have already."""


Variable = tuple[str, str]
"""An environment variable with its description."""


@dataclass(frozen=True)
class Credential:
    """A credential for requests.

    Attributes:
        requirement: The schemes that it satisfies.
        variables: Environment variables, each with a description.
        headers: The headers that it sets, in lower case.
        queries: The query parameters that it sets.
        comments: Facts that `authentication` can't express.
    """

    requirement: Requirement
    authentication: Block
    variables: tuple[Variable, ...]
    fixed: tuple[Constant, ...] = ()
    headers: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()
    comments: tuple[str, ...] = ()

    def sets(self, place: Place, name: str) -> bool:
        """Return whether it sets a parameter, ignoring the case of header names."""
        is_header = place is Place.HEADER
        return name.lower() in self.headers if is_header else name in self.queries


Choice = tuple["Requirement", ...]
"""Alternative requirements, the preferred one first; none for anonymous calls.

The empty requirement comes last, and makes the others optional.
"""


def join_alternatives(first: Credential, *others: Credential) -> Credential:
    """Return a credential with others as its alternatives."""
    if not others:
        return first
    blocks = [replace(o.authentication, comments=o.comments) for o in others]
    every = (first, *others)
    return replace(
        first,
        authentication=first.authentication.put("alternatives", blocks, MEANT),
        variables=tuple(chain.from_iterable(item.variables for item in every)),
        headers=frozenset().union(*(item.headers for item in every)),
        queries=frozenset().union(*(item.queries for item in every)),
    )


@dataclass(frozen=True)
class Credentials:
    """Makes credentials for the security schemes of a document."""

    schemes: Mapping[str, Scheme]
    prefix: str
    """The prefix of the names of variables."""

    def usable(self, requirements: Iterable[Requirement]) -> list[Requirement]:
        """Return the alternatives that a capability can satisfy."""
        return [item for item in requirements if item and self._is_usable(item)]

    def credential(self, requirement: Requirement, suffix: str = "") -> Credential:
        """Return the credential of a usable requirement, or of the empty one."""
        if not requirement:
            return Credential((), Block().put("type", "none"), ())
        schemes = _distinct(self.schemes[name] for name in requirement)
        first, *keys = sorted(schemes, key=lambda scheme: scheme.kind == "apikey")
        authentication, variables = self._authentication(first, suffix)
        constants = (
            Constant(key.parameter, key.place, _template(self._key_variable(key)[0]))
            for key in keys
        )
        return Credential(
            requirement,
            authentication,
            (*variables, *map(self._key_variable, keys)),
            tuple(constants),
            frozenset(filter(None, map(_header_of, schemes))),
            frozenset(s.parameter for s in schemes if s.place is Place.QUERY),
            tuple(self._token_comments(first, variables[0][0])),
        )

    def choice(
        self, first: Requirement, usable: Iterable[Requirement], *, is_optional: bool
    ) -> Choice:
        """Return a usable requirement, with its alternatives in a capability.

        Each alternative has a single scheme, and no two are sent in the same way.
        """
        if not self._is_static(first):
            return (first,)
        choice = {proof_of(self.schemes[first[0]]): first}
        for requirement in filter(self._is_static, usable):
            choice.setdefault(proof_of(self.schemes[requirement[0]]), requirement)
        return (*choice.values(), ()) if is_optional else tuple(choice.values())

    def _is_static(self, requirement: Requirement) -> bool:
        """Return whether a usable requirement is sent unchanged in every request."""
        return len(requirement) == 1 and self.schemes[requirement[0]].kind != "digest"

    def _is_usable(self, requirement: Sequence[str]) -> bool:
        """Return whether all schemes are known, and at most one of them isn't a key."""
        schemes = [self.schemes.get(name) for name in requirement]
        known_schemes = [scheme for scheme in schemes if scheme and is_known(scheme)]
        proofs = _distinct(known_schemes)
        others = [scheme for scheme in proofs if scheme.kind != "apikey"]
        in_cookies = [scheme for scheme in proofs if scheme.place is Place.COOKIE]
        return (
            len(known_schemes) == len(requirement)
            and len(others) <= 1
            and (not in_cookies or len(proofs) == 1)
        )

    def _authentication(
        self, scheme: Scheme, suffix: str
    ) -> tuple[Block, tuple[Variable, ...]]:
        """Return the authentication of a scheme, and the variables of its secrets."""
        is_chosen = scheme.name == CHOSEN
        origin = "(chosen by --auth)" if is_chosen else f"({quote(scheme.name)})"
        token = "_".join(filter(None, (self.prefix, suffix, "TOKEN")))
        match scheme.kind:
            case "basic" | "digest":
                user = "_".join(filter(None, (self.prefix, suffix, "USERNAME")))
                password = "_".join(filter(None, (self.prefix, suffix, "PASSWORD")))
                block = Block().put("type", scheme.kind)
                block.put("username", _template(user))
                block.put("password", _template(password))
                names = (user, f"a user's name {origin}")
                return block, (names, (password, f"a password {origin}"))
            case "apikey":
                variable = self._key_variable(scheme)
                key, value = scheme.parameter, _template(variable[0])
                if scheme.place is Place.COOKIE:
                    key, value = "Cookie", f"{key}={value}"
                is_in_query = scheme.place is Place.QUERY
                return _key(key, value, "query" if is_in_query else "header"), (
                    variable,
                )
            case "bearer" | "oauth2" | "openid":
                block = Block().put("type", "bearer").put("token", _template(token))
                return block, ((token, f"an access token {origin}"),)
            case word:
                about = "the credential, which follows the scheme's name"
                value = f"{word} {_template(token)}"
                return _key("Authorization", value, "header"), ((token, about),)

    def _token_comments(self, scheme: Scheme, name: str) -> Iterable[str]:
        if scheme.kind == "oauth2":
            flows = ", ".join(scheme.flows) or "no flow"
            yield f"OAuth 2 ({flows}): {name} is an access token that you fetch."
        if scheme.kind == "openid":
            yield f"OpenID Connect: {name} is an access token that you fetch."
        if scheme.token_url:
            prefix = self.prefix
            yield (
                "The package fetches tokens itself if the authentication is"
                f" {{type: oauth2, tokenEndpoint: {double_quoted(scheme.token_url)},"
                f" clientId: '{{{{{prefix}_CLIENT_ID}}}}',"
                f" clientSecret: '{{{{{prefix}_CLIENT_SECRET}}}}'}}, which is beyond"
                " the official language; the variables go to binds."
            )
        if scheme.token_url and scheme.scopes:
            scopes = ", ".join(map(double_quoted, scheme.scopes[:_SCOPES]))
            more = ", …" if len(scheme.scopes) > _SCOPES else ""
            yield f"Add the scopes that the requests need, of scopes: [{scopes}{more}]."

    def _key_variable(self, scheme: Scheme) -> Variable:
        name = variable_name(scheme.parameter)
        if not name.startswith(f"{self.prefix}_"):
            name = f"{self.prefix}_{name}"
        if name.endswith(_SETTINGS):
            name = f"{name}_KEY"
        place = "query parameter" if scheme.place is Place.QUERY else scheme.place
        return name, f"the {place} {quote(scheme.parameter)}"


def _distinct(schemes: Iterable[Scheme]) -> list[Scheme]:
    """Return the first of the schemes that are sent alike, such as two of OAuth 2.0."""
    distinct: dict[Proof, Scheme] = {}
    for scheme in schemes:
        distinct.setdefault(proof_of(scheme), scheme)
    return list(distinct.values())


def is_known(scheme: Scheme) -> bool:
    """Return whether a capability can have a credential for a scheme."""
    if scheme.kind == "apikey":
        in_header = scheme.place in (Place.HEADER, Place.COOKIE)
        is_refused = in_header and is_framing(scheme.parameter)
        return is_token(scheme.parameter) and not is_refused
    is_word = scheme.kind.isascii() and scheme.kind.isalnum()
    return is_word and scheme.kind != "tls"


def _header_of(scheme: Scheme) -> str | None:
    """Return the header that a scheme sets, in lower case."""
    if scheme.kind != "apikey":
        return "authorization"
    headers = {Place.HEADER: scheme.parameter.lower(), Place.COOKIE: "cookie"}
    return headers.get(scheme.place)


def _key(key: str, value: str, placement: str) -> Block:
    block = Block().put("type", "apikey").put("key", key)
    return block.put("value", value).put("placement", placement)


def _template(name: str) -> str:
    return f"{{{{{name}}}}}"
