"""Pictures of comments, drawn by us: what others' sites show where a comment was shared."""
