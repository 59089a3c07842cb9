"""Values of arguments as a client sends them that only knows the list of tools."""

from typing import Any


def as_listed(value: Any, wire: Any) -> Any:
    """Return a value by listed names, without the members that aren't listed."""
    match value:
        case list():
            return [as_listed(item, wire.get("items", {})) for item in value]
        case dict():
            names = {key: name for name, key in wire.get("names", {}).items()}
            parts = wire.get("parts", {})
            return {
                names.get(key, key): as_listed(item, parts.get(key, {}))
                for key, item in value.items()
                if key not in wire.get("constants", {})
            }
        case _:
            return value
