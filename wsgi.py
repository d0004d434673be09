"""``app`` for gunicorn and the flask CLI; run as a program it serves the chat, as ``gunicorn`` would.

The worker has patched the standard library for the async mode before this is imported; the flask CLI needs no loop.
"""

import os
import sys

from config import Config
from serving import checks, loop

SERVING = os.environ.get("FLASK_RUN_FROM_CLI") != "true"


def main() -> None:
    """Serve until interrupted. With ``--upgrade``, bring the database up to date first."""
    from gunicorn.app.wsgiapp import run

    if "--upgrade" in sys.argv[1:]:
        os.environ[checks.UPGRADE] = "1"
    sys.argv[1:] = []
    run(prog="chat")


if __name__ == "__main__":
    main()
else:
    config = Config(is_serving=SERVING)
    if SERVING and not loop.is_patched():
        # Pages would come, and nothing live: sockets and heartbeats need the worker's event loop.
        raise RuntimeError("only this project's own worker can serve it: python wsgi.py, or gunicorn in its folder")

    from chatapp import create_app
    from chatapp.lib import offload

    if SERVING:
        offload.use(config.ASYNC_MODE)
    app = create_app(config)
