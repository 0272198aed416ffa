"""Public profiles, kept by the edge; and the private pages by which one is made and followed."""
