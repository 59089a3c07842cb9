"""A reader who chooses the delivery of the runtime in the configuration files."""

import re
from itertools import chain
from pathlib import Path

from delivery import chosen_delivery
from naftiko_gen.configuration.options import Delivery

NAME = "naftiko-gen.toml"
SETTING = f'runtime = "{Delivery.LIBRARY.value}"\n'
TABLE = "[tool.naftiko-gen]\n"
RUNTIME = (
    "naftiko-gen runtime -o ~/naftiko-runtime",
    "pip install --quiet --no-deps ~/naftiko-runtime",
)
"""Lines that install the runtime; its libraries are those of packages."""
INSTALLED = re.compile(r"^next: pip install (generated)(?=/(?!naftiko-runtime))")
ITS_RUNTIME = r"...\nnext: pip install \1/naftiko-runtime \1"
"""The start of the command that naftiko-gen shows, without the runtime and with it.

A line before it may say that the runtime was written.
"""


def configure(directory: Path) -> None:
    """Choose the delivery for a directory and those below it."""
    if chosen_delivery() is Delivery.LIBRARY:
        path = directory / NAME
        content = path.read_text("utf-8") if path.exists() else ""
        path.write_text(with_choice(NAME, content), "utf-8")


def with_choice(name: str, content: str) -> str:
    """Return the content of a file with the choice, if it is a configuration."""
    if chosen_delivery() is Delivery.VENDORED:
        return content
    if Path(name).name == NAME:
        return f"{SETTING}{content}"
    return content.replace(TABLE, f"{TABLE}{SETTING}")


def expected_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines that a page shows, as this delivery has them."""
    if chosen_delivery() is Delivery.VENDORED:
        return lines
    changed_lines = (INSTALLED.sub(ITS_RUNTIME, line) for line in lines)
    return tuple(chain.from_iterable(line.split("\n") for line in changed_lines))


def installation() -> tuple[str, ...]:
    """Return the lines that install the libraries of packages of this delivery."""
    return RUNTIME if chosen_delivery() is Delivery.LIBRARY else ()
