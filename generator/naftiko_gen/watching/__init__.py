"""`naftiko-gen --watch`: compiles again what has changed, until it is interrupted."""
