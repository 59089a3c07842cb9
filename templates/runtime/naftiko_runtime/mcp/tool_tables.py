"""Tools whose descriptions and schemas stand in the JSON file of their module."""

from typing import TypeVar

from ..schemas import Types, read_inputs
from ..values import read_table
from .arguments import Argument, BodyArguments, ConstantArgument, DefaultArgument
from .long_answers import read_item_list
from .tools import Operation, Tool

C = TypeVar("C")
ARGUMENTS = (Argument, BodyArguments, ConstantArgument, DefaultArgument)


class ToolTable:
    """The tools in the JSON file of a module: the arguments of `Tool` by name."""

    def __init__(self, module: str, kinds: Types) -> None:
        self._tools = read_table(module)
        self._types = kinds

    def tool(self, kind: type[Tool[C]], name: str, operation: Operation[C]) -> Tool[C]:
        """Return the tool of a name."""
        document = self._tools[name]
        rows = document.get("inputs", ())
        items = document.get("items")
        # Only some classes of tools have these options.
        own = {key: document[key] for key in ("media_type",) if key in document}
        return kind(
            name,
            document.get("description", ""),
            operation,
            read_inputs(rows, self._types, ARGUMENTS),
            title=document.get("title"),
            output=document.get("output"),
            items=None if items is None else read_item_list(items),
            hints=document.get("hints"),
            **own,
        )
