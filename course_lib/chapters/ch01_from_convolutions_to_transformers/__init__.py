"""Chapter 01, From convolutions to transformers: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "01",
    "from_convolutions_to_transformers",
    title="From convolutions to transformers",
    question="Which machines turn pixels into features, and what does each take for granted?",
    minutes_laptop=3,
    minutes_gpu=3,
    wants_gpu=True,
)
