"""HTTP for both adapters: checks, refusals, pages and the log of calls."""
