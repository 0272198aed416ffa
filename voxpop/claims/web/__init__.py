"""Mine alone: claiming what I wrote as a guest, and merging an account into this one."""
