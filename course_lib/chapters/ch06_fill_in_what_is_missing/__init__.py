"""Chapter 06, Fill in what is missing: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "06",
    "fill_in_what_is_missing",
    title="Fill in what is missing",
    question="What has a machine understood when it can paint what was covered?",
    minutes_laptop=2,
    minutes_gpu=6,
    wants_gpu=True,
)
