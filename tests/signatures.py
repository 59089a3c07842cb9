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


def oauth1_parameters(request: Received) -> dict[str, str]:
    """Return the content of `Authorization: OAuth` says."""
    scheme, _, header = (request.field("Authorization") or "").partition(" ")
    assert scheme == "OAuth"
    return {name: unquote(text) for name, text in re.findall(r'(\w+)="(.*?)"', header)}


def signed_by_secrets(request: Received, root: str, *secrets: str) -> bool:
    """Verify HMAC-SHA1."""
    assert oauth1_parameters(request)["oauth_signature_method"] == "HMAC-SHA1"
    return verify_hmac_sha1(_oauth1_request(request, root), *secrets)


def signed_by_key(call: Received, root: str, public_key: str) -> bool:
    """Verify RSA-SHA256 and the hash of the body."""
    parameters = oauth1_parameters(call)
    assert parameters["oauth_signature_method"] == "RSA-SHA256"
    digest = base64.b64encode(hashlib.sha256(call.body).digest()).decode()
    request = _oauth1_request(call, root)
    return parameters["oauth_body_hash"] == digest and verify_rsa_sha256(
        request, public_key
    )


def _oauth1_request(request: Received, root: str) -> Any:
    parameters = oauth1_parameters(request)
    signature = parameters.pop("oauth_signature")
    target, _, query = request.target.partition("?")
    is_form = request.field("Content-Type") == FORM
    form = request.body.decode() if is_form else ""
    fields = [*parse_qsl(query, True), *parse_qsl(form, True), *parameters.items()]
    return SimpleNamespace(
        uri=root + target,
        http_method=request.method,
        params=fields,
        signature=signature,
    )


def sigv4_signature(request: Received, secret: str) -> str:
    """Return the signature that AWS's documentation asks for."""
    scope, names = _sigv4_scope(request)
    path, _, query = request.target.partition("?")
    lines = [f"{name}:{request.field(name)}\n" for name in names.split(";")]
    canonical = "\n".join(
        (
            request.method,
            quote(path, safe="/~"),
            "&".join(sorted(query.split("&"))),
            "".join(lines),
            names,
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    stamp = request.field("X-Amz-Date") or ""
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, digest))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _sigv4_scope(request: Received) -> tuple[str, str]:
    """Return the scope and the names of the headers that are signed."""
    header = request.field("Authorization") or ""
    match = re.search(r"Credential=[^/]+/(\S+), SignedHeaders=([^,]+)", header)
    assert match
    return match[1], match[2]


def veracode_signature(request: Received, key: str, identity: str, host: str) -> str:
    """Return the signature of the values in the header itself."""
    header = request.field("Authorization") or ""
    match = re.fullmatch(
        rf"VERACODE-HMAC-SHA-256 id={identity},ts=(\d+),nonce=(\w+),sig=\w+", header
    )
    assert match
    step = bytes.fromhex(key)
    for part in (
        bytes.fromhex(match[2]),
        match[1].encode(),
        b"vcode_request_version_1",
    ):
        step = hmac.digest(step, part, "sha256")
    text = f"id={identity}&host={host}&url={request.target}&method={request.method}"
    return hmac.digest(step, text.encode(), "sha256").hex()


def digest_response(call: Received, password: str) -> str:
    """Return the response of RFC 7616 to the values in the header itself."""
    parameters = digest_parameters(call)

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    user = digest(f"{parameters['username']}:{parameters['realm']}:{password}")
    request = digest(f"{call.method}:{call.target}")
    parts = [parameters[name] for name in ("nonce", "nc", "cnonce", "qop")]
    return digest(":".join((user, *parts, request)))


def digest_parameters(request: Received) -> dict[str, str]:
    """Return the content of `Authorization: Digest` says."""
    header = request.field("Authorization") or ""
    return {name: text or bare for name, text, bare in _PAIR.findall(header)}


_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
