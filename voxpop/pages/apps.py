from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "voxpop.pages"
    label = "pages"
