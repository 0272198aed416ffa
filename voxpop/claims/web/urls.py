"""Mine alone, behind the sign-in."""

from django.urls import path

from voxpop.claims.web.imported import my_imported
from voxpop.claims.web.views import my_claims, my_merge

urlpatterns = [
    path("home/claims/", my_claims, name="my_claims"),
    path("home/claims/imported/", my_imported, name="my_imported"),
    path("home/merge/", my_merge, name="my_merge"),
]
