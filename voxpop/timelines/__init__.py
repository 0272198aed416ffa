"""Timelines: what happened, kept per author, forum or inbox, newest first, each in its own place.

`contract.py` says what a store of them can; memory, SQL and Cassandra do it. All of what is in them
can be made again from the database, which stays the truth.
"""
