"""Mine alone, behind the sign-in."""

from django.urls import path

from voxpop.claims.web.views import my_claims, my_merge

urlpatterns = [
    path("home/claims/", my_claims, name="my_claims"),
    path("home/merge/", my_merge, name="my_merge"),
]
