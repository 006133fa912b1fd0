"""Lines to printers: an address as text, the ways to carry bytes there and back, and the conversation over them."""
