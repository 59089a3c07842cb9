"""Programs beside the compiler: each reads a spec, and none emits a package."""
