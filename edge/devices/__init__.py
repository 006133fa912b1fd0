"""Printers: document → layout → bytes → transport → supervisor, and virtual printers that behave like real ones."""
