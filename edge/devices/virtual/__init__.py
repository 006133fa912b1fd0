"""A printer without metal: the same bytes in, the same status out, paper as a picture, and troubles on request."""
