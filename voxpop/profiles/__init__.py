"""Profiles: what somebody shows of himself at `/u/NAME/`, when he wants to.

Private until made public, and then only with the sites that he shows. `actions` are the verbs,
`reading` what a public profile says, `handles` who may be called what; the pages are in `web`.
"""
