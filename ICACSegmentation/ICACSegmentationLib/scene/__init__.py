"""Nodes, voxel grids, segments and views of the scene, whatever they are used for."""
