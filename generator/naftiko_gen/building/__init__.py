"""Compilation of specs by the build backends of other projects."""
