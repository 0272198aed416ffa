from django.apps import AppConfig


class ThreadsConfig(AppConfig):
    name = "voxpop.threads"
    label = "threads"
