"""The embedded server: one process that serves, holds live readers, and does what is due."""
