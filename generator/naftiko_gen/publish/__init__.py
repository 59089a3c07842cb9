"""The last stage: compare the emitted files with those on disk, and publish them."""
