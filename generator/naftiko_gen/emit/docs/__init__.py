"""The pages of a package: README.md and SKILL.md."""
