"""The JSON files of a package: values that are too long to be read as code."""

import json
from pathlib import Path

from .json import JsonObject


def read_table(module: str) -> JsonObject:
    """Return the values in the JSON file beside a module, which has its name."""
    table: JsonObject = json.loads(Path(module).with_suffix(".json").read_bytes())
    return table
