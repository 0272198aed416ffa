"""What one person wants of others: following people, watching threads, muting people.

`actions` are the verbs, `reading` answers who and whom, `api` is the way in over JSON; the pages
are in `home`. Nobody else is told whom somebody mutes.
"""
