"""Bytes of tagged versions: journals, bundles and feed pages that every later program must still take."""
