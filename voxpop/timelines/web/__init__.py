"""A forum's activity, for its owner and moderators, in the clothes of the desk."""
