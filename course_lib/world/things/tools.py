"""Tools."""

THINGS = []
