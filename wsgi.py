"""Picks the async mode, patches the standard library for it, then makes the app.

Run as a program it serves the chat in one process; imported, it offers ``app`` to a WSGI server or the flask
CLI, which needs no event loop. Beside ``chatapp/lib/offload.py`` no other file names eventlet or gevent.
"""

import os
import sys
import warnings

SERVING = os.environ.get("FLASK_RUN_FROM_CLI") != "true"
ASYNC_MODE = os.environ.get("ASYNC_MODE", "").strip() or "eventlet"
if SERVING and ASYNC_MODE == "eventlet":
    # Known, and the reason why there is ASYNC_MODE: docs/decisions/eventlet.md
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
elif SERVING and ASYNC_MODE == "gevent":
    from gevent import monkey

    monkey.patch_all()

# Nothing may be imported before the patching.
from chatapp import create_app  # noqa: E402
from chatapp.extensions import socketio  # noqa: E402
from chatapp.lib import offload  # noqa: E402
from config import Config  # noqa: E402

config = Config(is_serving=SERVING)
if SERVING:
    offload.use(config.ASYNC_MODE)
app = create_app(config)


def main() -> None:
    """Serve on HOST:PORT until interrupted."""
    sys.stdout.write(f"{config.SITE_NAME} is at http://{config.HOST}:{config.PORT} (Ctrl+C stops it)\n")
    sys.stdout.flush()
    try:
        socketio.run(app, host=config.HOST, port=config.PORT, debug=False, log_output=False)
    except OSError as error:
        raise SystemExit(f"PORT: cannot listen on {config.HOST}:{config.PORT}: {error.strerror}") from error
    except KeyboardInterrupt:
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()
