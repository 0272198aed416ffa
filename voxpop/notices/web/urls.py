"""Mine alone, behind the sign-in; and what the links in mails lead to, which only they open."""

from django.urls import path

from voxpop.notices.web import inbox, mail

urlpatterns = [
    path("home/inbox/", inbox.inbox, name="inbox"),
    path("home/inbox/read/", inbox.read_all, name="inbox_read"),
    path("home/settings/notices/", inbox.notice_settings, name="notice_settings"),
    path("home/mail/<str:secret>/", mail.mine, name="mail"),
    path("home/mail/<str:secret>/confirm/", mail.confirm, name="confirm_mail"),
]
