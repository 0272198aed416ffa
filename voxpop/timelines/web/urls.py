"""Tier moderator: signed in, own forums only, never shared."""

from django.urls import path

from voxpop.timelines.web import views

urlpatterns = [path("<slug:shortname>/activity/", views.activity, name="activity")]
