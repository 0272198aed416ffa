from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "voxpop.claims"
    label = "claims"
