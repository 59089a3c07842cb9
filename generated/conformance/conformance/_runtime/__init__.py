"""The code that the packages of naftiko-gen share."""

__version__ = "1.0.0"
