"""The most values that a JSONPath or a lookup may lead to."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import NaftikoError
from ..json import json_bytes

# More values would delay all other calls.
MOST = 200_000
# As much as an upstream may answer with.
MOST_BYTES = 16 * 1024 * 1024


class TooManyValuesError(NaftikoError, TypeError):
    """A path leads to too many values."""

    def __init__(self) -> None:
        super().__init__("a path to fewer values was declared")


@dataclass(slots=True)
class Room:
    """The number of values that a path may still lead to, or look at."""

    left: int = MOST

    def take(self, count: int) -> None:
        """Count values; raises TooManyValuesError if there is no room for them."""
        self.left -= count
        if self.left < 0:
            raise TooManyValuesError


def check_size(values: Iterable[object]) -> None:
    """Raise TooManyValuesError if the JSON of values has too many bytes together.

    Values that stand in each other, or several times, may be much larger than the
    document from which they are.
    """
    size = 0
    for value in values:
        size += len(json_bytes(value))
        if size > MOST_BYTES:
            raise TooManyValuesError
