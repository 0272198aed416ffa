"""Our own pages: private, on a first-party session."""

from django.urls import path

from voxpop.pages import forum, forum_sso, home
from voxpop.pages.full_page import full_page
from voxpop.pages.write import write

FORUM = "home/forums/<slug:shortname>"

urlpatterns = [
    path("t/<str:thread>/write", write, name="write"),
    path("accounts/page/", full_page, name="full_page"),
    path("", home.landing, name="landing"),
    path("home/", home.home, name="home"),
    path("home/account/", home.account, name="my_account"),
    path("home/account/sign-out/", home.sign_out_everywhere, name="sign_out_everywhere"),
    path("home/join/<str:secret>", home.join, name="join"),
    path("home/forums/new/", home.new_forum, name="new_forum"),
    path(f"{FORUM}/", forum.overview, name="forum"),
    path(f"{FORUM}/install/", forum.install, name="forum_install"),
    path(f"{FORUM}/settings/", forum.change, name="forum_settings"),
    path(f"{FORUM}/sso/", forum_sso.sso, name="forum_sso"),
    path(f"{FORUM}/sso/keys/", forum_sso.new_sso_key, name="new_sso_key"),
    path(f"{FORUM}/sso/keys/retire/", forum_sso.retire_sso_key, name="retire_sso_key"),
    path(f"{FORUM}/sites/", forum.sites, name="forum_sites"),
    path(f"{FORUM}/sites/remove/", forum.drop_site, name="drop_site"),
    path(f"{FORUM}/people/", forum.people, name="forum_people"),
    path(f"{FORUM}/people/remove/", forum.drop_member, name="drop_member"),
]
