"""Every route and tool of a running package sends the request that a reader expects.

The packages are processes, and their clients are real. Their upstream is a server that
records requests, with and without TLS, under the names of the hosts in the document.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import SplitResult

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from published import Published, compilable, each, make_package, needs_the_corpus
from reading import Expected, Reader
from services import Host, Surroundings
from trials import Trial

from certificates import PHRASE, Certificates
from recording_upstream import Answer, Received, RecordingUpstream, recording
from signatures import signed_by_key, sigv4_signature

pytestmark = needs_the_corpus

DOCUMENT = {
    "data": [{"id": 1}, {"id": 2}],
    "name": "a name",
    "result": {"count": 2},
    "status": "done",
}
"""The body of the upstreams' responses."""


class Secrets:
    """Keys and certificates of credentials that sign."""

    def __init__(self, directory: Path) -> None:
        self.certificates = Certificates(directory)
        key = generate_private_key(65537, 2048)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        self._public_key = public.decode()
        self.chosen = {
            "signingKey": private.decode(),
            "certPath": str(self.certificates.pem),
            "certPassword": PHRASE,
            "secretKey": "the/secret",
        }

    def confirms(self, expected: Expected, request: Received) -> bool:
        """Return whether a request is authenticated as its upstream requires."""
        match expected.credential.get("type"):
            case "oauth1":
                return signed_by_key(request, request.root, self._public_key)
            case "aws-sig-v4":
                signature = sigv4_signature(request, self.chosen["secretKey"])
                return (request.field("Authorization") or "").endswith(signature)
            case "certificate":
                return request.caller == "client"
            case _:
                return request.caller is None


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    return Secrets(tmp_path_factory.mktemp("secrets"))


@pytest.fixture(scope="session")
def host(secrets: Secrets, bytecode: Path) -> Iterator[Host]:
    host = Host(secrets.certificates.authority, bytecode)
    yield host
    host.close()


@each(compilable())
def test_every_unit_sends_the_requests_of_the_document(
    document: Published, packages: Path, secrets: Secrets, host: Host
) -> None:
    reader = Reader(document.path, DOCUMENT, secrets.chosen)
    exchanges = list(reader.exchanges())
    assert len(exchanges) >= (document.units or 1)
    assert not [exchange.unread for exchange in exchanges if exchange.unread]

    async def try_requests() -> list[str]:
        async with serving(reader.bases(), secrets.certificates) as (upstream, ports):
            values = reader.variables.values
            around = Surroundings(reader.listening(), values, ports)
            with host.running(make_package(document, packages), around) as running:
                trial = Trial(running, upstream, secrets)
                return [fault async for fault in trial.faults(exchanges)]

    faults = asyncio.run(try_requests())
    assert not faults, "\n".join(faults)


@asynccontextmanager
async def serving(
    bases: list[SplitResult], certificates: Certificates
) -> AsyncIterator[tuple[RecordingUpstream, dict[str, int]]]:
    """Serve the upstreams of a document; yield the port of each host."""
    upstream = RecordingUpstream()
    upstream.answer = Answer(json.dumps(DOCUMENT).encode())
    tls = certificates.server_context(*{base.hostname or "" for base in bases})
    tls.verify_mode = ssl.CERT_OPTIONAL
    async with recording(upstream) as plain, recording(upstream, tls) as secure:
        standard = {"http": (80, plain), "https": (443, secure)}
        ports = {}
        for base in bases:
            port, address = standard[base.scheme]
            ports[f"{base.hostname}:{base.port or port}"] = int(address.split(":")[1])
        yield upstream, ports
        await upstream.wait_until_left()
