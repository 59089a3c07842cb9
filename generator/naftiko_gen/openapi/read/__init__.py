"""From the files of an OpenAPI document to the API that it describes."""
