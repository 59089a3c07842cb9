"""Private keys: RSA signatures of OAuth 1.0, and client certificates."""

import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from ..errors import SettingsError
from ..settings import NamedFile
from ..transport import Reply, Transport
from .client import Pool
from .connection import client_tls
from .credentials import Signature
from .requests import Request

LOG = logging.getLogger(__name__)
PEM = "-----BEGIN"
T = TypeVar("T")


def rsa_signature(name: str, value: str) -> Signature:
    """Return the method RSA-SHA256; `value` is PEM text, or the path of a PEM file.

    The method also signs the digest of the body. A file that changes is read again.
    Raises SettingsError, which names the variable `name`.
    """
    current_key = _latest(name, value, lambda: _key(name, value))

    def sign(text: bytes) -> bytes:
        return current_key().sign(text, PKCS1v15(), SHA256())

    return Signature("RSA-SHA256", sign, hashes_body=True)


def _latest(name: str, value: str, read: Callable[[], T]) -> Callable[[], T]:
    """Return a function for the latest content of a file that could be used.

    `value` is the path of the file, or PEM text.
    """
    # Its first look reads the file again: it may have changed since this reading.
    file = None if PEM in value else NamedFile(name, value)
    content = read()

    def look() -> T:
        nonlocal content
        if file is not None and file.has_changed():
            try:
                content = read()
            except SettingsError as error:
                LOG.warning("%s; the last one is still used", str(error))
        return content

    return look


def _key(name: str, value: str) -> RSAPrivateKey:
    try:
        # In a variable, line ends may be written as \\n.
        pem = (
            value.replace("\\n", "\n").encode()
            if PEM in value
            else Path(value).read_bytes()
        )
        key = serialization.load_pem_private_key(pem, None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        fault = "must be an RSA key in PEM without a password, or the path of its file"
        raise SettingsError.of(name, fault)
    return key


class Certificate:
    """A certificate and its key, read from a PEM or PKCS #12 file.

    A file that changes is read again. Raises SettingsError if it can't be read; the
    message names the variable `name`.
    """

    def __init__(self, name: str, path: str, password: str = "") -> None:
        self._tls = _latest(name, path, lambda: _tls(name, path, password))

    def over(self, exchange: Transport) -> Transport:
        """Return a transport over the pool that presents the certificate.

        A transport other than the pool is returned unchanged: it authenticates itself.
        """
        if not isinstance(exchange, Pool):
            return exchange

        def send(*request: *Request) -> Awaitable[Reply]:
            return exchange(*request, tls=self._tls())

        return send


def _tls(name: str, path: str, password: str) -> ssl.SSLContext:
    try:
        context = client_tls()
        content = Path(path).read_bytes()
        if PEM.encode() in content:
            # Without this argument, OpenSSL would prompt for a password.
            context.load_cert_chain(path, password=password)
        else:
            _load(context, content, password)
    except (OSError, ValueError, UnsupportedAlgorithm):
        fault = "must be the path of a certificate with its key, in PEM or PKCS #12"
        raise SettingsError.of(name, f"{fault}, and its password be right") from None
    return context


def _load(context: ssl.SSLContext, content: bytes, password: str) -> None:
    """Load PKCS #12 by way of a temporary PEM file, the only format `ssl` reads."""
    bundle = load_pkcs12(content, password.encode() or None)
    if bundle.key is None or bundle.cert is None:
        raise ValueError("no certificate with a key")
    secret = secrets.token_hex(32)
    encryption = serialization.BestAvailableEncryption(secret.encode())
    pem = bundle.key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    for entry in (bundle.cert, *bundle.additional_certs):
        pem += entry.certificate.public_bytes(Encoding.PEM)
    with TemporaryDirectory() as directory:
        file = Path(directory, "certificate.pem")
        file.write_bytes(pem)
        context.load_cert_chain(file, password=secret)
