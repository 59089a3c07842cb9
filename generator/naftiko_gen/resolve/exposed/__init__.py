"""Exposed adapters: routes, tools and skills, and the calls that they make."""
