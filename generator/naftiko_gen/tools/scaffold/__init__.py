"""Repositories that hold specs: made by `naftiko-gen init`, kept up by `update`."""
