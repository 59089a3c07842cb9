"""Requests: their parts, bodies and styles, as expressions and as tests expect them."""
