"""Chapter 03, Learning from language: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "03",
    "learning_from_language",
    title="Learning from language",
    question="Can captions teach a machine to name what no label ever named?",
    minutes_laptop=3,
    minutes_gpu=6,
    wants_gpu=True,
)
