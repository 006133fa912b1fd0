"""Tillhouse nodes on one network say that they are there and hear each other, by mDNS. Hearing is never believing."""
