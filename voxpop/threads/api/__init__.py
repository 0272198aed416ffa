"""Threads over HTTP: `shared` is what everybody may have, `writing` and `viewer` the rest."""
