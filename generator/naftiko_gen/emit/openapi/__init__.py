"""`openapi.json` of a REST adapter."""
