"""Inputs of routes that are cookies (RFC 6265)."""

from collections.abc import Iterator
from typing import Any

from ..errors import InvalidInputError
from .inputs import Input
from .request import Request

SPACE = " \t"


class Cookie(Input):
    """A cookie; its value is read as it stands, without decoding it."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value of the only cookie with the name, which has case."""
        texts = [text for name, text in _cookies(request) if name == self.name]
        if len(texts) > 1:
            raise InvalidInputError(self.name, "must be given once")
        value = self.type.read(self.name, texts[0]) if texts else None
        return self._present(value)


def _cookies(request: Request) -> Iterator[tuple[str, str]]:
    for field in request.fields(b"cookie"):
        for pair in field.split(";"):
            name, _, text = pair.partition("=")
            yield name.strip(SPACE), text.strip(SPACE)
