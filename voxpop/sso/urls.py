"""The popup's two pages, on our own origin: out to the site's sign-in, and back."""

from django.urls import path

from voxpop.sso.views import come_back, go_out

urlpatterns = [
    path("<slug:shortname>/", go_out, name="sso_out"),
    path("<slug:shortname>/back/", come_back, name="sso_back"),
]
