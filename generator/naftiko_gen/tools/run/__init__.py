"""`naftiko-gen run SPEC`: compile a spec to a temporary directory and serve it."""
