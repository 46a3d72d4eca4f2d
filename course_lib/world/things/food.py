"""Food."""

THINGS = []
