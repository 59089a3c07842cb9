"""The API reference of a REST adapter, by Swagger UI."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.types import ASGIApp

from ..http.messages import Document, RawHeaders

START = Path(__file__).with_suffix(".js").read_text("utf-8")
# The URL of an asset contains its digest, so the content of a URL never changes.
ASSET_HEADERS: RawHeaders = [(b"cache-control", b"public, max-age=31536000, immutable")]


def reference(directory: Path) -> dict[str, ASGIApp]:
    """Return the page, which is the first, and its assets by their paths.

    `directory` has the files of Swagger UI.
    """
    script = (directory / "swagger-ui-bundle.js").read_bytes()
    style = (directory / "swagger-ui.css").read_bytes()
    return {
        "/docs": _page(_digest(script), _digest(style)),
        "/docs/swagger-ui-bundle.js": Document(
            "text/javascript; charset=utf-8", script, ASSET_HEADERS
        ),
        "/docs/swagger-ui.css": Document(
            "text/css; charset=utf-8", style, ASSET_HEADERS
        ),
    }


def _page(script: str, style: str) -> Document:
    body = f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>API reference</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css?{style}" integrity="{style}">
<div id="reference"></div>
<script src="docs/swagger-ui-bundle.js?{script}" integrity="{script}"></script>
<script>{START}</script>
"""
    headers = [
        (b"content-security-policy", _policy(script).encode()),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-cache"),
    ]
    return Document("text/html; charset=utf-8", body.encode(), headers)


def _policy(script: str) -> str:
    """Return a policy that allows the page's two scripts and its own server alone."""
    return (
        "default-src 'none'"
        f"; script-src '{script}' '{_digest(START.encode())}'"
        "; style-src 'self'; img-src 'self' data:; connect-src 'self'"
        "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(content: bytes) -> str:
    """Return a digest in the format of integrity attributes and policies."""
    return f"sha256-{b64encode(sha256(content).digest()).decode()}"
