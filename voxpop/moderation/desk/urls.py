"""Tier moderator: signed in, own forums only, never shared."""

from django.urls import path

from voxpop.moderation.desk import claims, views
from voxpop.moderation.desk.outbox import outbox

app_name = "moderate"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("decide/", views.decide, name="decide"),
    path("comments/<comment>/", views.comment, name="comment"),
    path("threads/", views.threads, name="threads"),
    path("threads/<thread>/decide/", views.decide_thread, name="decide_thread"),
    path("bans/", views.bans, name="bans"),
    path("bans/new/", views.ban, name="ban"),
    path("bans/<ban>/lift/", views.lift, name="lift"),
    path("claims/", claims.claims, name="claims"),
    path("claims/new/", claims.give, name="give"),
    path("claims/<claim>/decide/", claims.decide_claim, name="decide_claim"),
    path("history/", views.history, name="history"),
    path("undo/", views.undo, name="undo"),
    path("outbox/", outbox, name="outbox"),
]
