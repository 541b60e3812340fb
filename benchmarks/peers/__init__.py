"""The peers: each real, and configured as its own documentation says."""
