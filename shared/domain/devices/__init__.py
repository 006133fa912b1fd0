"""Devices as other slices see them: nothing yet; what goes wrong with a sale's paper is told by its ids."""
