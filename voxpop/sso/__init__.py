"""Single sign-on: a site's own users write as who they are there, without an account here.

The site signs a token about its user (`tokens` verifies it), the frame exchanges it once (`api`),
and the user is an author of that forum alone (`actions`). `views` are the two pages of the popup:
out to the site's own sign-in, and back. The owner's page for keys is in `pages`.
"""
