"""`naftiko-gen run SPEC`: compiles a spec to a temporary place, and serves it."""
