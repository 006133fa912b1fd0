"""Bad input at every door of the hub and of an edge: refused or kept aside, with nothing lost and nobody stuck."""
