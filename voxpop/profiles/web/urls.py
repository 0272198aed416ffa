"""Mine alone, behind the sign-in."""

from django.urls import path

from voxpop.profiles.web import mine

urlpatterns = [
    path("home/profile/", mine.my_profile, name="my_profile"),
    path("home/profile/avatar/", mine.my_avatar, name="my_avatar"),
    path("home/profile/site/", mine.my_persona, name="my_persona"),
    path("home/follow/<str:handle>/", mine.follow_profile, name="follow_profile"),
]
