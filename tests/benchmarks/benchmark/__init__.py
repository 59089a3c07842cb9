"""The benchmarks: contests of servers, the cost of the compiler, and their report."""
