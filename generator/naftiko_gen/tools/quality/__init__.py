"""The quality of lists of tools: whether a model can choose by names and sentences."""
