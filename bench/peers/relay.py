"""The floor of this stack: a Flask-SocketIO relay as its documentation writes one. No database, no Redis, no log-in.

``python -m bench.peers.relay eventlet|gevent PORT``
"""

import sys
import warnings

ASYNC_MODE = sys.argv[1]
if ASYNC_MODE == "eventlet":
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
else:
    from gevent import monkey

    monkey.patch_all()

from flask import Flask  # noqa: E402 (after the patching)
from flask_socketio import Namespace, SocketIO, emit, join_room  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app, async_mode=ASYNC_MODE)


class Relay(Namespace):
    """Whoever has joined a conversation gets what the others write there."""

    def on_join(self, data):
        """Enter a conversation's room."""
        join_room(f"conversation:{data['conversation_id']}")
        return {"ok": True}

    def on_message_create(self, data):
        """To the others; the ack is for the sender."""
        emit("message_created", {"message": data}, to=f"conversation:{data['conversation_id']}", include_self=False)
        return {"ok": True, "message": data}


socketio.on_namespace(Relay("/chat"))

if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=int(sys.argv[2]))
