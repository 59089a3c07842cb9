"""Verifies requests as the servers of each scheme do, from the schemes' documents."""

import base64
import hashlib
import hmac
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from oauthlib.oauth1.rfc5849.signature import verify_hmac_sha1, verify_rsa_sha256

from recording_upstream import Received

FORM = "application/x-www-form-urlencoded"


def oauth1_parameters(sent: Received) -> dict[str, str]:
    """Return the content of `Authorization: OAuth` says."""
    scheme, _, said = (sent.field("Authorization") or "").partition(" ")
    assert scheme == "OAuth"
    return {name: unquote(text) for name, text in re.findall(r'(\w+)="(.*?)"', said)}


def signed_by_secrets(sent: Received, root: str, *secrets: str) -> bool:
    """Verify HMAC-SHA1."""
    assert oauth1_parameters(sent)["oauth_signature_method"] == "HMAC-SHA1"
    return verify_hmac_sha1(_oauth1_request(sent, root), *secrets)


def signed_by_key(sent: Received, root: str, public_key: str) -> bool:
    """Verify RSA-SHA256 and the hash of the body."""
    said = oauth1_parameters(sent)
    assert said["oauth_signature_method"] == "RSA-SHA256"
    digest = base64.b64encode(hashlib.sha256(sent.body).digest()).decode()
    request = _oauth1_request(sent, root)
    return said["oauth_body_hash"] == digest and verify_rsa_sha256(request, public_key)


def _oauth1_request(sent: Received, root: str) -> Any:
    said = oauth1_parameters(sent)
    signature = said.pop("oauth_signature")
    target, _, query = sent.target.partition("?")
    is_form = sent.field("Content-Type") == FORM
    form = sent.body.decode() if is_form else ""
    fields = [*parse_qsl(query, True), *parse_qsl(form, True), *said.items()]
    return SimpleNamespace(
        uri=root + target, http_method=sent.method, params=fields, signature=signature
    )


def sigv4_signature(sent: Received, secret: str) -> str:
    """Return the signature that AWS's documentation asks for."""
    scope, names = _sigv4_scope(sent)
    path, _, query = sent.target.partition("?")
    lines = [f"{name}:{sent.field(name)}\n" for name in names.split(";")]
    canonical = "\n".join(
        (
            sent.method,
            quote(path, safe="/~"),
            "&".join(sorted(query.split("&"))),
            "".join(lines),
            names,
            hashlib.sha256(sent.body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    stamp = sent.field("X-Amz-Date") or ""
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, digest))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _sigv4_scope(sent: Received) -> tuple[str, str]:
    """Return the scope and the names of the headers that are signed."""
    said = sent.field("Authorization") or ""
    match = re.search(r"Credential=[^/]+/(\S+), SignedHeaders=([^,]+)", said)
    assert match
    return match[1], match[2]


def veracode_signature(sent: Received, key: str, identity: str, host: str) -> str:
    """Return the signature of the values in the header itself."""
    said = sent.field("Authorization") or ""
    match = re.fullmatch(
        rf"VERACODE-HMAC-SHA-256 id={identity},ts=(\d+),nonce=(\w+),sig=\w+", said
    )
    assert match
    step = bytes.fromhex(key)
    for part in (
        bytes.fromhex(match[2]),
        match[1].encode(),
        b"vcode_request_version_1",
    ):
        step = hmac.digest(step, part, "sha256")
    text = f"id={identity}&host={host}&url={sent.target}&method={sent.method}"
    return hmac.digest(step, text.encode(), "sha256").hex()


def digest_response(sent: Received, password: str) -> str:
    """Return the response of RFC 7616 to the values in the header itself."""
    said = digest_parameters(sent)

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    user = digest(f"{said['username']}:{said['realm']}:{password}")
    request = digest(f"{sent.method}:{sent.target}")
    parts = [said[name] for name in ("nonce", "nc", "cnonce", "qop")]
    return digest(":".join((user, *parts, request)))


def digest_parameters(sent: Received) -> dict[str, str]:
    """Return the content of `Authorization: Digest` says."""
    said = sent.field("Authorization") or ""
    return {name: text or bare for name, text, bare in _PAIR.findall(said)}


_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
