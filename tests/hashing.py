"""Argon2 as it is in the product, at a hundredth of its cost."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """For tests that sign people in and are not about what guessing a password costs."""

    time_cost = 1
    memory_cost = 8  # KiB, the least that Argon2 takes
    parallelism = 1
