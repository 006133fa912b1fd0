"""The simulator: one seed decides clocks, network, disks and people; nothing may be lost, and nothing counted twice."""
