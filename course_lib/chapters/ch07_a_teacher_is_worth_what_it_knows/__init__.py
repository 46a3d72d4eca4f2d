"""Chapter 07, A teacher is worth what it knows: all that this chapter alone owns."""

from course_lib.course.declare import Chapter

CHAPTER = Chapter(
    "07",
    "a_teacher_is_worth_what_it_knows",
    title="A teacher is worth what it knows",
    question="Can a machine be its own teacher, and why does that not go in circles?",
    minutes_laptop=3,
    minutes_gpu=6,
    wants_gpu=True,
)
