"""An upstream for tests."""
