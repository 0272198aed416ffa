from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "voxpop.sso"
    label = "sso"
