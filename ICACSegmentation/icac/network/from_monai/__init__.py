"""U-Net, V-Net and DynUNet as MONAI has them, with the channels and the geometry of this software.

MONAI (https://monai.io, Apache-2.0) is needed only by models of these kinds.
"""
