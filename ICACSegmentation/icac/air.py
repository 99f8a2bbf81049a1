"""CT numbers where there is no patient."""

#: Air, by the definition of the scale, HU.
AIR_HU = -1000

#: What lies outside a scan, HU: scanners store it where they measured nothing, as their scale begins here. Whatever is
#: sampled beyond a scan gets it, in training and in use. Networks do not see the difference from air (their numbers
#: are clipped far above); what is measured in air must, see :mod:`icac.ct.image_quality`.
OUTSIDE_HU = -1024
