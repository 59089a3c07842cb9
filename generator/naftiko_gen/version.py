"""The version of the compiler."""

VERSION = "0.1.0"
"""The same as pyproject.toml's."""
