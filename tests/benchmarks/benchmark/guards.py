"""Guards: a generated server that authenticates its clients, beside one that doesn't.

All of them get the same requests, whose token is valid for either guard.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from . import rest, tools
from .contest import Contest, Contestant, Scenario
from .contestants import Field
from .documents import DOCUMENTS
from .peers import SPEC, compiler
from .process import Command

OPEN = "no guard"
BEARER = "bearer token"
ACCESS_TOKEN = "access token"  # noqa: S105
AGAIN = "no guard, again"
GUARDED = (BEARER, ACCESS_TOKEN)
AUDIENCE = "https://documents.example.com"
FUTURE = 4_102_444_800
"""The year 2100, in seconds since 1970."""
AUTHENTICATION = f"""\
    authentication:
      type: oauth2
      authorizationServerUri: "{{{{ISSUER}}}}"
      resource: {AUDIENCE}
      scopes: [read]
"""
BINDS = "binds: [{namespace: issuer, keys: {ISSUER: ISSUER}}]\n"


def names() -> Sequence[str]:
    """Return the names of the contests."""
    return [f"{name}, guards" for name in (rest.NAME, tools.NAME)]


def contests(field: Field, directory: Path) -> Iterator[Contest]:
    """Return the contests of REST and MCP; the upstream serves the directory."""
    token = _issue(field, directory)
    guarded_field = replace(field, project=_compile_guarded(directory / "guarded"))
    setups = {"rest": rest.contest, "mcp": tools.contest}
    for (adapter, contest), name in zip(setups.items(), names(), strict=True):
        scenarios = [
            _with_token(scenario, token)
            for scenario in short_reads(contest(field, directory))
        ]
        ours = field.start_generated(adapter)
        variable = {f"DOCUMENTS_{adapter.upper()}_TOKEN": token}
        issuer = {"ISSUER": field.upstream}
        contestants = (
            Contestant(OPEN, ours),
            Contestant(BEARER, with_variables(variable, ours)),
            Contestant(
                ACCESS_TOKEN,
                with_variables(issuer, guarded_field.start_generated(adapter)),
            ),
            Contestant(AGAIN, ours),
        )
        yield Contest(name, contestants, scenarios)


def short_reads(contest: Contest) -> list[Scenario]:
    """Return the scenarios of a contest whose answers are short."""
    return [
        scenario
        for scenario in contest.scenarios
        if DOCUMENTS[0].label in scenario.name and "POST" not in scenario.name
    ]


def with_variables(
    variables: Mapping[str, str], start: Callable[[Path, int], Command]
) -> Callable[[Path, int], Command]:
    """Return how a server is started with further variables."""

    def guarded_command(home: Path, port: int) -> Command:
        usual = start(home, port)
        return replace(usual, environment={**usual.environment, **variables})

    return guarded_command


def _with_token(scenario: Scenario, token: str) -> Scenario:
    request = scenario.request
    headers = {**request.headers, "Authorization": f"Bearer {token}"}
    return replace(scenario, request=replace(request, headers=headers))


def _compile_guarded(directory: Path) -> Path:
    """Compile the capability with guards for access tokens; return the project."""
    directory.mkdir()
    text = SPEC.read_text(encoding="utf-8")
    text = text.replace("capability:\n", f"{BINDS}capability:\n", 1)
    for port in ("    port: 8080\n", "    port: 9090\n"):
        text = text.replace(port, port + AUTHENTICATION, 1)
    spec = directory / SPEC.name
    spec.write_text(text, encoding="utf-8")
    output = directory / "generated"
    arguments: tuple[str | Path, ...] = (spec, "-o", output, "--no-config")
    subprocess.run([compiler(), *arguments], check=True, capture_output=True)
    return output / SPEC.stem


@dataclass(frozen=True, slots=True)
class _Signer:
    key: "RSAPrivateKey"

    def token(self, issuer: str) -> str:
        # This library needn't be there for other benchmarks.
        import jwt

        claims = {"iss": issuer, "aud": AUDIENCE, "exp": FUTURE, "scope": "read"}
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "key"})

    def public(self) -> dict[str, object]:
        from jwt.algorithms import RSAAlgorithm

        data = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**data, "kid": "key", "use": "sig", "alg": "RS256"}


def _issue(field: Field, directory: Path) -> str:
    """Publish the metadata and the key of an issuer; return a token of it."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    issuer = field.upstream
    signer = _Signer(rsa.generate_private_key(65537, 2048))
    metadata = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
    _publish(directory / ".well-known/oauth-authorization-server", metadata)
    _publish(directory / "keys", {"keys": [signer.public()]})
    return signer.token(issuer)


def _publish(path: Path, document: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
