from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "voxpop.people"
    label = "people"
