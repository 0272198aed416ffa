from django.apps import AppConfig


class TimelinesConfig(AppConfig):
    name = "voxpop.timelines"
    label = "timelines"
