"""The peer: the same chat, written plainly on Django, Channels, channels_redis and PostgreSQL, by the book."""
