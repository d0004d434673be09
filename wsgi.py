"""``app`` for gunicorn and the flask CLI; run as a program it serves the chat, as ``gunicorn`` would.

Patches the standard library for the async mode before anything else is imported; the flask CLI needs no event loop.
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
    if SERVING:
        loop.patch(config.ASYNC_MODE)

    from chatapp import create_app
    from chatapp.lib import offload

    if SERVING:
        offload.use(config.ASYNC_MODE)
    app = create_app(config)
