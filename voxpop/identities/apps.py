from django.apps import AppConfig


class IdentitiesConfig(AppConfig):
    name = "voxpop.identities"
    label = "identities"
