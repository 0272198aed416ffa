"""`voxpop audit tenancy`: nothing of a forum is reachable with the rights of another."""
