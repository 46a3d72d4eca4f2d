"""Plants."""

THINGS = []
