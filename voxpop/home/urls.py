"""Mine alone, behind the sign-in."""

from django.urls import path

from voxpop.home import conversation_views, feed_views, others_views, signed_in_views, views

urlpatterns = [
    path("home/comments/", views.my_comments, name="my_comments"),
    path("home/feed/", feed_views.my_feed, name="my_feed"),
    path("home/signed-in/", signed_in_views.my_sign_ins, name="my_sign_ins"),
    path("home/votes/", others_views.my_votes, name="my_votes"),
    path("home/watching/", others_views.my_watched, name="my_watched"),
    path("home/people/", others_views.my_people, name="my_people"),
    path("home/comments/<str:comment>/", views.change_mine, name="change_mine"),
    path(
        "home/comments/<str:comment>/conversation/",
        conversation_views.my_conversation,
        name="my_conversation",
    ),
    path("home/comments/<str:comment>/delete/", views.delete_mine, name="delete_mine"),
]
