"""The version of the compiler, the same as pyproject.toml's."""

VERSION = "0.1.0"
