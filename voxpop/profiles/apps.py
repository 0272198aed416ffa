from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "voxpop.profiles"
    label = "profiles"
