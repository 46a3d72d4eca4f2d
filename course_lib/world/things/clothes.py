"""Clothes."""

THINGS = []
