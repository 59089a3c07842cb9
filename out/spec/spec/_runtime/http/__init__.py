"""HTTP for both adapters: guards of clients, refusals, pages and the log of calls."""
