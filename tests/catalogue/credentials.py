"""The places of an upstream's secrets in requests."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from plain_yaml import Node, UnreadError

SIGNATURES = {
    "aws-sig-v4": {
        "authorization": "AWS4-HMAC-SHA256 Credential=.*",
        "x-amz-date": r"\d{8}T\d{6}Z",
    },
    "oauth1": {"authorization": "OAuth .*"},
    "certificate": {},
}
"""Headers with unpredictable values, by the type of the credential."""


@dataclass(frozen=True)
class Secret:
    """A secret in every request: its place, name and text."""

    place: str
    name: str
    text: str


def kind_of(credential: Node) -> str:
    return str(credential.get("type") or "none").lower()


def secrets(credential: Node) -> list[Secret]:
    """Return the secrets that a credential adds to requests, with their templates."""
    match kind_of(credential):
        case "none":
            return []
        case "bearer":
            token = credential.get("token") or credential["value"]
            return [Secret("header", "Authorization", f"Bearer {token}")]
        case "basic":
            pair = f"{credential['username']}:{credential['password']}"
            return [Secret("header", "Authorization", pair)]
        case "apikey" if "headers" in credential:
            return [Secret("header", k, v) for k, v in credential["headers"].items()]
        case "apikey" | "header":
            return [_key(credential)]
        case kind if kind in SIGNATURES:
            return []
        case kind:
            raise UnreadError(f"a credential of type {kind}")


def _key(credential: Node) -> Secret:
    place = credential.get("placement") or credential.get("in") or "header"
    name = credential.get("name") or credential.get("header") or credential["key"]
    return Secret(place, str(name), str(credential["value"]))


def header_names(credential: Node) -> list[str]:
    own = [secret.name for secret in secrets(credential) if secret.place == "header"]
    return [*own, *SIGNATURES.get(kind_of(credential), {})]


def headers(credential: Node, fill: Callable[[str], str]) -> dict[str, str]:
    """Return patterns of the headers that contain a credential."""
    patterns = dict(SIGNATURES.get(kind_of(credential), {}))
    for secret in secrets(credential):
        if secret.place == "header":
            text = fill(secret.text)
            if kind_of(credential) == "basic":
                text = f"Basic {base64.b64encode(text.encode()).decode()}"
            patterns[secret.name.lower()] = re.escape(text)
    return patterns
