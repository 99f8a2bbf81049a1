"""The second look: each carotid, once its course is found, is drawn out straight and seen again.

The first network sees the head as it lies, and where it is only as registration tells. Once the course of the artery is
found, both carotids can be drawn out straight: there a plaque lies in the wall of a tube, bone does not, and what lies
on the other side at the same place can be laid beside it. What the second network makes of that is added to the
log-odds of the first.
"""

from icac.second_look.corrections import Corrections, second_look

__all__ = ["Corrections", "second_look"]
