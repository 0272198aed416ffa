from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "voxpop.analytics"
    label = "analytics"
