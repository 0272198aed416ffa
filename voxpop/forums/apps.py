from django.apps import AppConfig


class ForumsConfig(AppConfig):
    name = "voxpop.forums"
    label = "forums"
