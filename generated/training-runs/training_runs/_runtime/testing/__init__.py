"""A mock upstream for tests: its responses, and assertions about its requests.

`mock` has the upstream, `formats` more of its responses, `recording` a recorder of the
client's calls, and `plugin` fixtures for pytest.
"""
