"""Chapter 00, A map of seeing: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "00",
    "a_map_of_seeing",
    title="A map of seeing",
    question="When does a machine understand a picture, and who could teach it?",
    minutes_laptop=1,
    minutes_gpu=1,
    wants_gpu=False,
)
