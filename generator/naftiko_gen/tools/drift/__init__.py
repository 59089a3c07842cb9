"""Drift: the differences between a capability and the OpenAPI document of its API."""
