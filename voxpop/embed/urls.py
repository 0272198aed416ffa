"""The embed's own surfaces: all shared, none knows who asks."""

from django.urls import path

from voxpop.embed import views

urlpatterns = [
    path("embed.js", views.embed_script),
    path("count.js", views.count_script),
    path("embed/<forum>/thread", views.thread_page),
    path("embed/<forum>/thread/<thread>/more", views.more),
    path("embed/<forum>/thread/<thread>/branch", views.branch),
    path("embed/<forum>/thread/<thread>/around", views.around),
    path("embed/<forum>/widget", views.widget),
    path("avatar/<key>.svg", views.avatar),
]
