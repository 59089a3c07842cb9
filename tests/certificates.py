"""Certificates for tests: an authority, servers and a client."""

import datetime
import ssl
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    serialize_key_and_certificates,
)
from cryptography.x509.oid import NameOID

PHRASE = "certificate-SECRET"
_NOW = datetime.datetime.now(datetime.UTC)
_DAY = datetime.timedelta(days=1)


class Certificates:
    """The files in a directory: `authority`, `server`, `pem` and `pkcs12`."""

    def __init__(self, directory: Path) -> None:
        self.authority = directory / "authority.pem"
        self.server = directory / "server.pem"
        self.pem = directory / "client.pem"
        self.pkcs12 = directory / "client.p12"
        self._root = ec.generate_private_key(ec.SECP256R1())
        root = _sign("authority", self._root, "authority", self._root)
        self.authority.write_bytes(root.public_bytes(Encoding.PEM))
        self.write_client("client")

    def server_context(self, *hosts: str) -> ssl.SSLContext:
        """Return the context of a server of these names that asks for a certificate."""
        context = self.open_context(*hosts)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def open_context(
        self, *hosts: str, is_expired: bool = False, common_name: str = "server"
    ) -> ssl.SSLContext:
        """Return the context of a server that asks for no certificate."""
        self._write_server(common_name, hosts, -_DAY if is_expired else _DAY)
        context = ssl.create_default_context(
            ssl.Purpose.CLIENT_AUTH, cafile=self.authority
        )
        context.load_cert_chain(self.server)
        context.verify_mode = ssl.CERT_NONE
        return context

    def _write_server(
        self, name: str, hosts: tuple[str, ...], rest: datetime.timedelta
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign(name, key, "authority", self._root, hosts, rest)
        self.server.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )

    def write_client(self, name: str) -> None:
        """Write the files of a client of this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign(name, key, "authority", self._root)
        encryption = BestAvailableEncryption(PHRASE.encode())
        self.pem.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
            + certificate.public_bytes(Encoding.PEM)
        )
        self.pkcs12.write_bytes(
            serialize_key_and_certificates(
                name.encode(), key, certificate, None, encryption
            )
        )


def _sign(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    root: ec.EllipticCurvePrivateKey,
    hosts: tuple[str, ...] = (),
    rest: datetime.timedelta = _DAY,
) -> x509.Certificate:
    is_authority = name == issuer
    address = x509.IPAddress(IPv4Address("127.0.0.1"))
    names = x509.SubjectAlternativeName([address, *map(x509.DNSName, hosts)])
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW - 2 * _DAY)
        .not_valid_after(_NOW + rest)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(names, critical=False)
        .sign(root, SHA256())
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
