"""For the operator of the data: backup, restore, the move from SQLite to PostgreSQL."""
