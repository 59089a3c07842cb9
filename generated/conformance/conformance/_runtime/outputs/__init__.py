"""Shapes responses."""
