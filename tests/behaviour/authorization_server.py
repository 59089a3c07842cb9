"""An authorization server: its metadata, its keys, and the tokens that it signs."""

import base64
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.warnings import InsecureKeyLengthWarning

from recording_upstream import Answer, Received, RecordingUpstream

METADATA = "/.well-known/oauth-authorization-server"
KEYS = "/keys"
AUDIENCE = "https://shop.example.com/mcp"
FUTURE = 4_102_444_800
"""The year 2100, in seconds since 1970."""
SCOPES = "things:read things:list"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Signer:
    """A private key with its name."""

    name: str
    algorithm: str
    key: PrivateKey

    @property
    def public(self) -> dict[str, Any]:
        """Return the public key as a member of a key set."""
        match self.key:
            case rsa.RSAPrivateKey():
                data = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            case ec.EllipticCurvePrivateKey():
                data = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            case _:
                data = OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**data, "kid": self.name, "use": "sig"}


def rsa_signer(name: str, algorithm: str = "RS256", bits: int = 2048) -> Signer:
    return Signer(name, algorithm, rsa.generate_private_key(65537, bits))


def ec_signer(name: str) -> Signer:
    return Signer(name, "ES256", ec.generate_private_key(ec.SECP256R1()))


def ed_signer(name: str) -> Signer:
    return Signer(name, "EdDSA", ed25519.Ed25519PrivateKey.generate())


@dataclass
class AuthorizationServer(RecordingUpstream):
    """A server whose metadata is at one path and whose keys are at another."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    issuer: str = ""
    path: str = METADATA
    failure: int | None = None
    """The status of all responses, unless it is None."""

    def __post_init__(self) -> None:
        super().__init__()

    def answer_to(self, request: Received, /) -> Answer:
        if self.failure is not None:
            return Answer(status=self.failure)
        documents = {
            self.path: {"issuer": self.issuer, "jwks_uri": f"{self.issuer}{KEYS}"},
            KEYS: {"keys": self.keys},
        }
        document = documents.get(request.target)
        if document is None:
            return Answer(status=404)
        return Answer(json.dumps(document).encode())

    @property
    def fetches(self) -> int:
        """Return how often the keys were fetched."""
        return sum(request.target == KEYS for request in self.requests)

    def claims(self, **others: Any) -> dict[str, Any]:
        """Return the claims of a valid token; None leaves one out."""
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "agent",
            "exp": FUTURE,
            "scope": SCOPES,
            **others,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self, signer: Signer, headers: dict[str, Any] | None = None, **others: Any
    ) -> str:
        """Return a token with these claims, signed by a key."""
        names = {"kid": signer.name, **(headers or {})}
        header = {name: value for name, value in names.items() if value is not None}
        claims = json.dumps(self.claims(**others)).encode()
        with warnings.catch_warnings():
            # Tests sign with weak keys as well.
            warnings.simplefilter("ignore", InsecureKeyLengthWarning)
            return jwt.PyJWS().encode(
                claims, signer.key, signer.algorithm, headers=header
            )


class Issuer:
    """The authorization server of the tests, and its keys."""

    def __init__(self, server: AuthorizationServer) -> None:
        self.server = server
        self.rsa = rsa_signer("rsa")
        self.pss = Signer("rsa", "PS512", self.rsa.key)
        self.ec = ec_signer("ec")
        self.ed = ed_signer("ed")
        self.stranger = rsa_signer("rsa")
        self.weak = rsa_signer("weak", bits=1024)
        self.encrypting = rsa_signer("encrypting")
        server.keys = [
            *(signer.public for signer in (self.rsa, self.ec, self.ed, self.weak)),
            {**self.encrypting.public, "use": "enc"},
            {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
            {"kty": ["RSA"], "kid": "odd"},
        ]

    def token(self, signer: Signer | None = None, **others: Any) -> str:
        return self.server.token(signer or self.rsa, **others)

    def change_token(self, number: int, change: Callable[[Any], Any]) -> str:
        """Return a token, of which a part isn't the signed one."""
        parts = self.token().split(".")
        data = json.loads(base64.urlsafe_b64decode(f"{parts[number]}=="))
        parts[number] = encode(json.dumps(change(data)).encode())
        return ".".join(parts)

    def with_public_key_as_secret(self) -> str:
        """Return a token that is signed by HMAC with the text of the public key."""
        form = PublicFormat.SubjectPublicKeyInfo
        pem = self.rsa.key.public_key().public_bytes(Encoding.PEM, form)
        head = encode(b'{"alg":"HS256","typ":"JWT","kid":"rsa"}')
        body = encode(json.dumps(self.server.claims()).encode())
        hmac = jwt.get_algorithm_by_name("HS256")
        return f"{head}.{body}.{encode(hmac.sign(f'{head}.{body}'.encode(), pem))}"


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
