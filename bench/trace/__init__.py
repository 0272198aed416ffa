"""A month like Disqus's: its figures and requests, an edge simulated, the same by arithmetic."""
