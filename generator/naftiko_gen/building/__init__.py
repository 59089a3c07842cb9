"""Specs compiled while another project is built: what build backends call."""
