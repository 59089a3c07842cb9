"""The configuration of a repository, which the command line overrides."""
