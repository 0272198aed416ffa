"""Follows, watches, mutes: one row for one wish, and none when it is taken back."""

from typing import ClassVar

from django.db import models

from voxpop import ids


class Follow(models.Model):
    """Somebody wants to read what a person writes, wherever that is."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    by = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+", db_index=False)
    of = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["by", "of"], name="follow_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by", "-id"], name="follow_by"),
            models.Index(fields=["of", "-id"], name="follow_of"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} follows {self.of_id}"


class WidelyFollowed(models.Model):
    """Somebody has, or had once, more followers than his comments are put into the feeds of."""

    author = models.OneToOneField("accounts.Author", models.CASCADE, primary_key=True)

    def __str__(self) -> str:
        return str(self.author_id)


class Watch(models.Model):
    """Somebody wants to be told of every comment of a thread."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    by = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+", db_index=False)
    thread = models.ForeignKey("threads.Thread", models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["by", "thread"], name="watch_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by", "-id"], name="watch_by"),
            models.Index(fields=["thread", "id"], name="watch_of"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} watches {self.thread_id}"


class Mute(models.Model):
    """Somebody does not want to see what a person writes, on any site."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    by = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+", db_index=False)
    of = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["by", "of"], name="mute_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by", "-id"], name="mute_by"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} mutes {self.of_id}"


class PersonaMute(models.Model):
    """The same of somebody who is another in one forum: it says nothing of who he is elsewhere."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    by = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+", db_index=False)
    persona = models.ForeignKey("accounts.Persona", models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["by", "persona"], name="mute_persona_once"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} mutes {self.persona_id}"
