"""Text for XML bodies."""

import re
from xml.sax.saxutils import escape

from ..errors import InvalidInputError
from .text import written

# Characters that XML forbids, even as a character reference.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_escaped(value: object) -> str:
    """Escape a value for an XML element or attribute."""
    text = written(value)
    if NO_XML.search(text):
        raise InvalidInputError("the request body", "must hold what XML can")
    return escape(text, {'"': "&quot;", "'": "&apos;"})
