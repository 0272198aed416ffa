"""The inbox and the settings of one's mail, on our own origin."""
