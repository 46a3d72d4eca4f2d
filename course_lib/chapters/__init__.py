"""A room for each chapter, with all that it alone owns: exercises.py, recipes.py, lab.py.

`course.rooms` finds them by themselves: a folder chNN_slug whose `__init__.py` says what the chapter is called.
"""
