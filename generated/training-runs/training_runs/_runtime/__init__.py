"""The code that the packages of naftiko-gen share."""
