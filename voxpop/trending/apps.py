from django.apps import AppConfig


class TrendingConfig(AppConfig):
    name = "voxpop.trending"
    label = "trending"
