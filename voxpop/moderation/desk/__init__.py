"""The desk: `/moderate/`, on our own origin, whole without JavaScript and fast with it."""
