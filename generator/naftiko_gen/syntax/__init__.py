"""Text as it is typed: YAML as trees that know their places, and edits of it."""
