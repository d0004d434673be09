"""Reaching people who have no page open: Web Push, straight from this server with its own keys."""
