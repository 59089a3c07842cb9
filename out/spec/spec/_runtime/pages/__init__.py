"""The pages of adapters for browsers."""
