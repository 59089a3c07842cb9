"""Private keys: RSA signatures of OAuth 1.0, and client certificates."""

import logging
import secrets
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from ..errors import SettingsError
from ..secret_files import NamedFile
from ..transport import Headers, Reply, Transport
from .pool import Pool
from .signing import Signature

LOG = logging.getLogger(__name__)
T = TypeVar("T")


def rsa_signature(name: str, value: str) -> Signature:
    """Return the method RSA-SHA256; `value` is PEM text, or the path of a PEM file.

    The method also signs the digest of the body. A file that changes is read again.
    Raises SettingsError, which names the variable `name`.
    """
    key = _Renewed(name, value, lambda: _key(name, value))

    def sign(text: bytes) -> bytes:
        return key.current().sign(text, PKCS1v15(), SHA256())

    return Signature("RSA-SHA256", sign, hashes_body=True)


class _Renewed(Generic[T]):
    """A thing made of a file, and made again when the file changes.

    `value` is the path of the file, or PEM text.
    """

    def __init__(self, name: str, value: str, read: Callable[[], T]) -> None:
        # Its first look makes the thing again: it may have changed since this reading.
        self._file = None if _is_pem(value) else NamedFile(name, value)
        self._read = read
        self._thing = read()

    def current(self) -> T:
        """Return the thing; if the file has become unusable, the one before."""
        if self._file is not None and self._file.has_changed():
            try:
                self._thing = self._read()
            except SettingsError as error:
                LOG.warning("%s; the last one is still used", str(error))
        return self._thing


def _key(name: str, value: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(_pem(value), None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        fault = "must be an RSA key in PEM without a password, or the path of its file"
        raise SettingsError(f"{name} {fault}")
    return key


def _is_pem(value: str) -> bool:
    return "-----BEGIN" in value


def _pem(value: str) -> bytes:
    r"""Return the PEM text, in which line ends may be written as \n."""
    if _is_pem(value):
        return value.replace("\\n", "\n").encode()
    return Path(value).read_bytes()


class Certificate:
    """A certificate and its key, read from a PEM or PKCS #12 file.

    A file that changes is read again. Raises SettingsError if it can't be read; the
    message names the variable `name`.
    """

    def __init__(self, name: str, path: str, password: str = "") -> None:
        read = partial(_certificate, name, path, password)
        self._context = _Renewed(name, path, read)

    def over(self, exchange: Transport) -> Transport:
        """Return a transport over the pool that presents the certificate.

        A transport other than the pool is returned unchanged: it authenticates itself.
        """
        if not isinstance(exchange, Pool):
            return exchange
        return partial(self._send, exchange)

    async def _send(
        self, pool: Pool, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Reply:
        return await pool(method, url, headers, body, tls=self._context.current())


def _certificate(name: str, path: str, password: str) -> ssl.SSLContext:
    try:
        return _context(path, password)
    except (OSError, ValueError, UnsupportedAlgorithm):
        fault = "must be the path of a certificate with its key, in PEM or PKCS #12"
        raise SettingsError(f"{name} {fault}, and its password be right") from None


def _context(path: str, password: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    content = Path(path).read_bytes()
    if b"-----BEGIN" in content:
        # Without this argument, OpenSSL would prompt for a password on the terminal.
        context.load_cert_chain(path, password=password)
    else:
        _load(context, content, password)
    return context


def _load(context: ssl.SSLContext, content: bytes, password: str) -> None:
    """Load PKCS #12 by way of a temporary PEM file, the only format `ssl` reads."""
    bundle = load_pkcs12(content, password.encode() or None)
    if bundle.key is None or bundle.cert is None:
        raise ValueError("no certificate with a key")
    once = secrets.token_hex(32)
    pem = bundle.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(once.encode())
    )
    for one in (bundle.cert, *bundle.additional_certs):
        pem += one.certificate.public_bytes(Encoding.PEM)
    with TemporaryDirectory() as directory:
        file = Path(directory, "certificate.pem")
        file.write_bytes(pem)
        context.load_cert_chain(file, password=once)
