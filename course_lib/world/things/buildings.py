"""Buildings."""

THINGS = []
