"""The table as docs/privacy.md shows it."""

from voxpop.privacy.table import TABLE

BEGINS = "<!-- the table of voxpop/privacy/table.py; WRITE_DOCS=1 writes it -->"
ENDS = "<!-- end of the table -->"


def document() -> str:
    """Markdown: one row for each group of fields that say something of a person."""
    rows = [
        "| what | where | how long | when he is erased | given to him |",
        "|---|---|---|---|---|",
    ]
    for label, kept in TABLE.items():
        for group in kept.personal:
            fields = ", ".join(f"`{name}`" for name in group.fields.split())
            given = "yes" if group.is_given else "no"
            why = f" {group.why}" if group.why else ""
            how_long = group.how_long.replace("ADDRESS_DAYS", "`VOXPOP_ADDRESS_DAYS`")
            rows.append(
                f"| {group.what} | `{label}`: {fields} | {how_long} | {group.fate} |"
                f" {given}.{why} |"
            )
    return "\n".join(rows)
