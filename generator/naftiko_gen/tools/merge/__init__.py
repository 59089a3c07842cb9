"""Merging a new import of an OpenAPI document into an edited capability."""
