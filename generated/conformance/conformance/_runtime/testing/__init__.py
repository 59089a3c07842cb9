"""A mock upstream for tests: its responses, and assertions about its requests.

`mock` has the upstream, `replies` its responses and `plugin` fixtures for pytest.
"""
