"""Notices: somebody is told that he was replied to or called by name; in his inbox and by mail.

`who` decides whom a comment concerns (pure), `telling` writes it down after the event, `inbox`
reads it. `wishes` is what somebody wants mail about, `sending` takes what is due to the mail
server, `composing` words it. `web` has the pages: those behind links in mails need no sign-in.
"""
