"""Segmenting a CT: the section Segment of the panel, and the icac program in a child process."""
