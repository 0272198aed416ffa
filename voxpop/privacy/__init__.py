"""What is kept of people, in one table; and what they may ask: all of it, or that it goes."""
