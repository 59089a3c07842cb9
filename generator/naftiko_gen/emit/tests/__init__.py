"""The tests of a package."""
