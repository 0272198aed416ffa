"""The product as one Django app: when all others stand, the table of consequences is installed."""

from django.apps import AppConfig


class VoxpopConfig(AppConfig):
    name = "voxpop"

    def ready(self) -> None:
        from voxpop import consequences

        consequences.install()
