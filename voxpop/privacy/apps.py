from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "voxpop.privacy"
    label = "privacy"
