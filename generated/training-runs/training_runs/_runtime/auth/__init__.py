"""Authenticates requests to upstreams."""
