"""Types of values: annotations, checks and schemas."""
