"""Chapter 05, Without negatives: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "05",
    "without_negatives",
    title="Without negatives",
    question="If nothing pushes pictures apart, what keeps all of them from becoming the same?",
    minutes_laptop=3,
    minutes_gpu=8,
    wants_gpu=True,
)
