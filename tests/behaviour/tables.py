"""Tables of cases, each a YAML file beside the tests."""

from pathlib import Path
from typing import Any

import yaml


def table(name: str) -> Any:
    """Return the content of a table."""
    path = Path(__file__).with_name(f"{name}.yaml")
    return yaml.safe_load(path.read_text("utf-8"))
