"""The configuration of a repository: found, read, checked, and less than arguments."""
