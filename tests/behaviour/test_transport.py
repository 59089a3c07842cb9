"""The connection to the upstream: trusted certificates, and the environment."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx2
import pytest
from service import Package, running

from certificates import Certificates
from recording_upstream import Answer, RecordingUpstream, recording, tunnelling

PIECE = 64 * 1024
SPEC = Path(__file__).with_name("transport.yaml")


async def got(package: Package, **env: str) -> httpx2.Response:
    """Run the package and request its things."""
    with running(package, **env) as service:
        async with service.client() as client:
            return await client.get("/things")


def certificate(directory: Path) -> Path:
    """Write a certificate for 127.0.0.1 that nobody has signed, and its key."""
    x509 = pytest.importorskip("cryptography.x509")
    hazmat = "cryptography.hazmat.primitives"
    ec = pytest.importorskip(f"{hazmat}.asymmetric.ec")
    forms = pytest.importorskip(f"{hazmat}.serialization")
    hashes = pytest.importorskip(f"{hazmat}.hashes")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "things")])
    address = x509.IPAddress(IPv4Address("127.0.0.1"))
    now = datetime.now(UTC)
    x509_certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
    )
    path = directory / "certificate.pem"
    path.write_bytes(x509_certificate.public_bytes(forms.Encoding.PEM) + secret)
    return path


async def test_a_certificate_must_be_trusted(package: Package, tmp_path: Path) -> None:
    path = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(path)
    upstream = RecordingUpstream()
    upstream.answer = Answer(b"trusted")
    async with recording(upstream, tls) as address:
        root = f"https://{address}"
        outcome = await got(package, API_BASE_URI=root)
        assert outcome.status_code == 502
        assert upstream.requests == []
        outcome_with_authority = await got(
            package, API_BASE_URI=root, SSL_CERT_FILE=str(path)
        )
    assert outcome_with_authority.content == b"trusted"


async def test_proxies_are_used_if_asked_for(package: Package) -> None:
    upstream, proxy = RecordingUpstream(), RecordingUpstream()
    async with recording(upstream) as address, recording(proxy) as between:
        env = {"API_BASE_URI": f"http://{address}", "HTTP_PROXY": f"http://{between}"}
        await got(package, **env)
        assert upstream.only.target == "/things"
        assert proxy.requests == []
        await got(package, **env, TRANSPORT_TRUST_ENV="1")
    assert proxy.only.target == f"http://{address}/things"
    assert len(upstream.requests) == 1


async def test_a_proxy_is_asked_for_a_tunnel(package: Package, tmp_path: Path) -> None:
    """The credential goes only to the proxy, and the rest only to the upstream."""
    certificates, upstream = Certificates(tmp_path), RecordingUpstream()
    async with (
        recording(upstream, certificates.open_context()) as address,
        tunnelling(address) as (proxy, heads),
    ):
        env = {
            "API_BASE_URI": f"https://{address}",
            "HTTPS_PROXY": f"http://me:p%40ss@{proxy}",
            "SSL_CERT_FILE": str(certificates.authority),
            "TRANSPORT_TRUST_ENV": "1",
        }
        assert (await got(package, **env)).status_code == 200
        assert (await got(package, **env, NO_PROXY="127.0.0.1")).status_code == 200
    [head] = heads
    assert head.startswith(f"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n")
    assert "\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n" in head
    for request in upstream.requests:
        assert request.target == "/things"
        assert request.field("Proxy-Authorization") is None


NETRC = "default login eve password of-others\n"
NAMED = f"machine 127.0.0.1 login me password s3cret-word\n{NETRC}"
LOGIN = "Basic bWU6czNjcmV0LXdvcmQ="


@pytest.mark.parametrize(
    ("scheme", "text", "variable", "expected"),
    [
        ("https", NAMED, "TRANSPORT_TRUST_NETRC", LOGIN),
        ("https", NAMED, "TRANSPORT_TRUST_ENV", None),
        ("https", NETRC, "TRANSPORT_TRUST_NETRC", None),
        ("http", NAMED, "TRANSPORT_TRUST_NETRC", None),
    ],
    ids=["named", "not-asked-for", "default", "http"],
)
async def test_netrc_is_for_named_hosts_by_https(
    package: Package,
    tmp_path: Path,
    scheme: str,
    text: str,
    variable: str,
    expected: str | None,
) -> None:
    certificates, upstream = Certificates(tmp_path), RecordingUpstream()
    upstream.answer = Answer(b"the password is s3cret-word")
    tls = certificates.open_context() if scheme == "https" else None
    (tmp_path / ".netrc").write_text(text, encoding="utf-8")
    async with recording(upstream, tls) as address:
        env = {
            "API_BASE_URI": f"{scheme}://{address}",
            "HOME": str(tmp_path),
            "SSL_CERT_FILE": str(certificates.authority),
            variable: "1",
        }
        response = await got(package, **env)
    assert response.status_code == 200
    assert upstream.only.field("Authorization") == expected
    assert (b"s3cret-word" in response.content) == (expected is None)


async def test_netrc_is_for_no_proxy(package: Package, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(NAMED, encoding="utf-8")
    proxy = RecordingUpstream()
    async with recording(proxy) as address:
        env = {
            "API_BASE_URI": "http://things.example",
            "HOME": str(tmp_path),
            "HTTP_PROXY": f"http://{address}",
            "TRANSPORT_TRUST_ENV": "1",
            "TRANSPORT_TRUST_NETRC": "1",
        }
        await got(package, **env)
    assert proxy.only.field("Proxy-Authorization") is None
    assert proxy.only.field("Authorization") is None
