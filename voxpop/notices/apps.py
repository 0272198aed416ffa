from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "voxpop.notices"
    label = "notices"
