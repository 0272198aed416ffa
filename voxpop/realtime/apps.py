from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "voxpop.realtime"
    label = "realtime"
