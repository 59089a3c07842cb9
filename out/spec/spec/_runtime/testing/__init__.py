"""A mock upstream for tests: its responses, and assertions about its requests.

`mock` has the upstream, `formats` more of its responses, and `plugin` fixtures for
pytest and a recorder of the client's calls.
"""
