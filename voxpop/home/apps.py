from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "voxpop.home"
