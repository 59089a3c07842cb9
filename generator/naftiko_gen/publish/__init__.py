"""The last stage: compare the emitted files with the disk, and publish them."""
