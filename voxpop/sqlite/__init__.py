"""Django's SQLite, with a quicker queue at the door of the one writer."""
