"""Tunes the memory of a process that serves adapters and nothing else."""

import gc

FREED_BYTES = 8 * 1024 * 1024


def tune_memory() -> None:
    """Make garbage collections rare, and let the allocator keep memory.

    Only the command line calls this: a library mustn't tune the process of its host.
    """
    # The objects that exist now live as long as the process, and requests leave few
    # reference cycles. Full collections would be the main cause of slow responses.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    # glibc maps and unmaps memory for each large response, until a block of such a
    # size has been freed once (mallopt(3): M_MMAP_THRESHOLD).
    block = bytearray(FREED_BYTES)
    del block
