"""The arguments about an OpenAPI document: its path, and how it is read."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.syntax.reader.events import OPENAPI, Limits, Repeats

_URL = re.compile(r"https?://", re.IGNORECASE)


def document_path(text: str) -> Path:
    """Return the path of a document.

    Raises:
        argparse.ArgumentTypeError: It is a URL. As a path it would lose a slash.
    """
    if _URL.match(text):
        how = "download it first, e.g. with curl -o openapi.yaml URL, or pipe it to `-`"
        url = quote(text, limit=300)
        raise argparse.ArgumentTypeError(f"{url} is a URL: nothing is fetched; {how}")
    return Path(text)


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the argument that decides how a faulty document is read."""
    parser.add_argument(
        "--duplicate-keys",
        choices=[item.value for item in Repeats],
        default=Repeats.REFUSED.value,
        help="which value counts if a key of the document occurs twice in a mapping;"
        " most programs take the last one (default: %(default)s)",
    )


def limits_of(options: argparse.Namespace) -> Limits:
    """Return the limits of a document, with the user's choice of values."""
    return replace(OPENAPI, repeats=Repeats(options.duplicate_keys))
