"""How much is read, written and decided in a forum, by the minute: sums, and never a person."""
