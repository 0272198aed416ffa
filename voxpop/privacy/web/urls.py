"""For accounts behind the sign-in; for guests behind a link that opens for one of them."""

from django.urls import path

from voxpop.privacy.web import guests, owners, views

urlpatterns = [
    path("home/privacy/", views.my_privacy, name="my_privacy"),
    path("home/privacy/takeout/", views.ask_takeout, name="ask_takeout"),
    path("home/privacy/takeout/file", views.takeout_file, name="takeout_file"),
    path("home/privacy/erase/", views.erase_me, name="erase_me"),
    path("home/privacy/stay/", views.stay, name="stay"),
    path("home/forums/<slug:shortname>/wipe/", owners.wipe, name="wipe"),
    path("privacy/", guests.find_me, name="find_me"),
    path("privacy/<str:secret>/", guests.guest_privacy, name="guest_privacy"),
    path("privacy/<str:secret>/file", guests.guest_file, name="guest_file"),
]
