"""Django's PostgreSQL, with a pool that asks nobody whether a connection still stands."""
