from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "voxpop.limits"
    label = "limits"
