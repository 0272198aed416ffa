from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "voxpop.events"
    label = "events"
