"""YAML as typed: syntax trees with source positions, and edits of the text."""
