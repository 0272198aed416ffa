"""Mail to one person: what a request or the worker has to say, sent beside both.

What somebody is told again and again is the notices' own, which are gathered and made when they go.
"""
