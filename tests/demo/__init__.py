"""The demo's own machinery, without the whole house."""
