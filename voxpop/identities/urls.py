"""Below /accounts/: private, first-party cookies. The names are those that allauth looks for."""

from django.urls import path

from voxpop.identities import linking, views

urlpatterns = [
    path("identities/", linking.identities, name="socialaccount_connections"),
    path("identities/new/", linking.signup, name="socialaccount_signup"),
    path("identities/link/", linking.link_known, name="identity_link"),
    path("with/<str:way>/", views.start, name="identity_start"),
    path("with/<str:way>/back/", views.back, name="identity_back"),
]
