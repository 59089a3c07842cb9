"""Arguments that have a value if a client leaves them out."""

import copy
from dataclasses import dataclass, field
from typing import Any

from ..json import JsonObject
from .tools import Argument


@dataclass(frozen=True)
class DefaultArgument(Argument):
    """An optional argument that is `default` if it is absent or null."""

    default: Any = field(kw_only=True)

    @property
    def schema(self) -> JsonObject:
        """Return the JSON Schema of its values, with its description and default."""
        return {**super().schema, "default": self.default}

    def read(self, arguments: JsonObject) -> Any:
        """Return the value; raises InvalidInputError unless it is of its type."""
        value = super().read(arguments)
        return copy.deepcopy(self.default) if value is None else value
