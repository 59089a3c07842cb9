"""Values of arguments as a client sends them that only knows the list of tools."""

import json
from typing import Any

NO_SCHEMA: dict[str, Any] = {}


def as_listed(value: Any, wire: Any, schema: Any = NO_SCHEMA) -> Any:
    """Return a value by listed names, without the members that aren't listed.

    A list where the schema has a text, because it is too deep, is a text in JSON.
    """
    match value:
        case list() if schema.get("type") == "string":
            return json.dumps(value)
        case list():
            items = schema.get("items", {})
            return [as_listed(item, wire.get("items", {}), items) for item in value]
        case dict():
            names = {key: name for name, key in wire.get("names", {}).items()}
            parts = wire.get("parts", {})
            members = schema.get("properties", {})
            return {
                (name := names.get(key, key)): as_listed(
                    item, parts.get(key, {}), members.get(name, {})
                )
                for key, item in value.items()
                if key not in wire.get("constants", {})
            }
        case _:
            return value
