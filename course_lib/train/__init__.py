"""The one training loop, and what it stands on: history, optimizers, progress, checkpoints, devices.

`fit` reads from top to bottom in fit.py; every method of the course is trained by it. Notebooks take it from
`course_lib.fit`, where it also draws live curves.
"""
