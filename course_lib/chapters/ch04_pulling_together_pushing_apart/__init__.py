"""Chapter 04, Pulling together, pushing apart: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "04",
    "pulling_together_pushing_apart",
    title="Pulling together, pushing apart",
    question="Can a machine learn to see by telling each picture from all the others?",
    minutes_laptop=3,
    minutes_gpu=8,
    wants_gpu=True,
)
