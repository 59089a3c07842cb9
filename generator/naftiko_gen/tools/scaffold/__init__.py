"""Repositories for specs: `naftiko-gen init` creates them, `update` renews them."""
