"""The most values that a JSONPath may lead to."""

from ..errors import NaftikoError

# More values would delay all other calls.
MOST = 200_000


class TooManyValuesError(NaftikoError, TypeError):
    """A path leads to too many values."""

    def __init__(self) -> None:
        super().__init__("a path to fewer values was declared")
