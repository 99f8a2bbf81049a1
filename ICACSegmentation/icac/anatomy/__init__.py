"""Rules of carotid anatomy: sides, segments C2 to C7, and the course of the artery."""

from icac.anatomy.course import Course
from icac.anatomy.segments import SEGMENTS, Segment, Side

__all__ = ["SEGMENTS", "Course", "Segment", "Side"]
