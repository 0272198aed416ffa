"""Mine alone, behind the sign-in; and what the links in mails lead to, which only they open."""

from django.urls import path

from voxpop.notices.web import devices, hooks, inbox, mail, settings

urlpatterns = [
    path("home/inbox/", inbox.inbox, name="inbox"),
    path("home/inbox/read/", inbox.read_all, name="inbox_read"),
    path("home/settings/notices/", settings.notice_settings, name="notice_settings"),
    path("home/settings/notices/devices/", devices.turn_on, name="turn_on_pushes"),
    path("home/settings/notices/devices/<str:device>/", devices.turn_off, name="turn_off_pushes"),
    path("home/push.js", devices.service_worker, name="push_worker"),
    path("home/mail/<str:secret>/", mail.mine, name="mail"),
    path("home/mail/<str:secret>/stop/<str:what>/", mail.stop, name="stop_mail"),
    path("home/mail/<str:secret>/confirm/", mail.confirm, name="confirm_mail"),
    path("hooks/mail/", hooks.mail_report, name="mail_report"),
]
