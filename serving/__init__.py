"""How the app is served: the event loop of the async mode, and gunicorn's worker on top of it."""
