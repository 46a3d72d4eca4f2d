"""Furniture."""

THINGS = []
