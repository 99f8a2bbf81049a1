"""Training the second look (:mod:`icac.second_look`) of a model that is trained already.

The first network does not change. Cases that it has not learnt from tell best where it errs: on others it errs less
than it will in use.
"""
