"""Finding the course of each carotid in the scan, from the one that registration expects."""

from icac.course.find import CourseFit, registered_courses
from icac.course.on_course import OnCourse, on_course

__all__ = ["CourseFit", "OnCourse", "on_course", "registered_courses"]
