"""Samples: values of inputs, and responses of a mock upstream."""
