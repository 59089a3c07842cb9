"""The emit stage: each target turns the capability into views for its templates."""
