"""Instruments."""

THINGS = []
