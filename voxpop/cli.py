"""The `voxpop` command."""


def main() -> None:
    raise SystemExit("not yet")
