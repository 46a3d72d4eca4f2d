"""Chapter 02, Learning from labels: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "02",
    "learning_from_labels",
    title="Learning from labels",
    question="What does a machine learn when a person names every picture?",
    minutes_laptop=3,
    minutes_gpu=5,
    wants_gpu=True,
)
