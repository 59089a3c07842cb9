"""The language of capabilities: its models, expressions and names."""
