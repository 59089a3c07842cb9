"""Read the files of an OpenAPI document into a model of its API."""
