"""Sky."""

THINGS = []
