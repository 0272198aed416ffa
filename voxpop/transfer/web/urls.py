"""Import and export for a forum's owners, on our own origin."""

from django.urls import path

from voxpop.transfer.web import views

FORUM = "home/forums/<slug:shortname>"
JOB = f"{FORUM}/import/<str:public_id>"

urlpatterns = [
    path(f"{FORUM}/import/", views.imports, name="imports"),
    path(f"{JOB}/", views.one_import, name="import"),
    path(f"{JOB}/start/", views.start, name="start_import"),
    path(f"{JOB}/discard/", views.discard, name="discard_import"),
    path(f"{JOB}/skipped/", views.skipped, name="skipped"),
    path(f"{JOB}/skipped.csv", views.skipped_table, name="skipped_table"),
    path(f"{FORUM}/export/", views.export, name="export"),
]
