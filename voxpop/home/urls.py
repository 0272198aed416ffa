"""Mine alone, behind the sign-in."""

from django.urls import path

from voxpop.home import views

urlpatterns = [
    path("home/comments/", views.my_comments, name="my_comments"),
    path("home/comments/<str:comment>/", views.change_mine, name="change_mine"),
    path("home/comments/<str:comment>/delete/", views.delete_mine, name="delete_mine"),
]
