"""`naftiko-gen SPEC...`: compiles specs into packages and says what became of them."""
