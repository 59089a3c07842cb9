"""The path of an OpenAPI document as an argument: URLs are refused."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from naftiko_gen.diagnostics.quoting import shown

_URL = re.compile(r"https?://", re.IGNORECASE)


def document_path(text: str) -> Path:
    """Return the path of a document.

    Raises:
        argparse.ArgumentTypeError: It is a URL. As a path it would lose a slash.
    """
    if _URL.match(text):
        how = "download it first, e.g. with curl -o openapi.yaml URL"
        url = shown(text, limit=300)
        raise argparse.ArgumentTypeError(f"{url} is a URL: nothing is fetched; {how}")
    return Path(text)
