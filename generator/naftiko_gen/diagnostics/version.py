"""The version of naftiko-gen, which reports, manifests and scaffolds state."""

VERSION = "0.1.0"
"""The same as pyproject.toml's."""
