"""Mine on every site: what I wrote and what became of it. Private, on our own origin."""
