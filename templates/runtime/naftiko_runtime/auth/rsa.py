"""Signs OAuth 1.0a requests with an RSA key."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..errors import SettingsError
from .oauth1 import Signature


def rsa_signature(name: str, value: str) -> Signature:
    """Return the method RSA-SHA256; `value` is PEM text, or the path of a PEM file.

    The method also signs the digest of the body. Raises SettingsError, which names the
    variable `name`.
    """
    key = _key(name, value)

    def sign(text: bytes) -> bytes:
        return key.sign(text, PKCS1v15(), SHA256())

    return Signature("RSA-SHA256", sign, hashes_body=True)


def _key(name: str, value: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(_pem(value), None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        fault = "must be an RSA key in PEM without a password, or the path of its file"
        raise SettingsError(f"{name} {fault}")
    return key


def _pem(value: str) -> bytes:
    r"""Return the PEM text, in which line ends may be written as \n."""
    if "-----BEGIN" in value:
        return value.replace("\\n", "\n").encode()
    return Path(value).read_bytes()
