"""The places of an upstream's secrets in requests."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plain_yaml import UnreadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from plain_yaml import Node

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


def kind_of(given: Node) -> str:
    return str(given.get("type") or "none").lower()


def secrets(given: Node) -> list[Secret]:
    """Return the secrets that a credential adds to requests, with their templates."""
    match kind_of(given):
        case "none":
            return []
        case "bearer":
            token = given.get("token") or given["value"]
            return [Secret("header", "Authorization", f"Bearer {token}")]
        case "basic":
            pair = f"{given['username']}:{given['password']}"
            return [Secret("header", "Authorization", pair)]
        case "apikey" if "headers" in given:
            return [Secret("header", k, v) for k, v in given["headers"].items()]
        case "apikey" | "header":
            return [_key(given)]
        case kind if kind in SIGNATURES:
            return []
        case kind:
            raise UnreadError(f"a credential of type {kind}")


def _key(given: Node) -> Secret:
    place = given.get("placement") or given.get("in") or "header"
    name = given.get("name") or given.get("header") or given["key"]
    return Secret(place, str(name), str(given["value"]))


def header_names(given: Node) -> list[str]:
    own = [one.name for one in secrets(given) if one.place == "header"]
    return [*own, *SIGNATURES.get(kind_of(given), {})]


def headers(given: Node, filled: Callable[[str], str]) -> dict[str, str]:
    """Return patterns of the headers that contain a credential."""
    found = dict(SIGNATURES.get(kind_of(given), {}))
    for one in secrets(given):
        if one.place == "header":
            text = filled(one.text)
            if kind_of(given) == "basic":
                text = f"Basic {base64.b64encode(text.encode()).decode()}"
            found[one.name.lower()] = re.escape(text)
    return found
