"""A forum's figures for its owners, on our own origin."""

from django.urls import path

from voxpop.analytics.web import views

FIGURES = "home/forums/<slug:shortname>/figures"

urlpatterns = [
    path(f"{FIGURES}/", views.figures, name="figures"),
    path(f"{FIGURES}.csv", views.figures_table, name="figures_table"),
    path(f"{FIGURES}/threads.csv", views.threads_table, name="figures_threads_table"),
    path(f"{FIGURES}.json", views.figures_json, name="figures_json"),
]
