"""Flows: several calls of upstreams that produce one answer."""
