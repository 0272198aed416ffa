from django.apps import AppConfig


class MailsConfig(AppConfig):
    name = "voxpop.mails"
    label = "mails"
