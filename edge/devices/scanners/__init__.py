"""Scanners: where their bytes come from, who watches over each, and the virtual one that ships with the product."""
