from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "voxpop.screening"
    label = "screening"
