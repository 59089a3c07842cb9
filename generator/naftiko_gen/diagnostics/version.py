"""The version of naftiko-gen, which reports, manifests and scaffolds state."""

VERSION = "0.1.0"
"""The version of the distribution, too: pyproject.toml reads it here."""
