"""A mock upstream for tests, fixtures for pytest, and a recorder of calls."""
