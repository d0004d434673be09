"""The floor of a group: a bare loop that writes each message's frame to all others, and nothing else.

``python -m bench.peers.fanout PORT``. No framework, no database, no log-in, one encoding: speaks just enough for the
load generator's connections.
"""

from __future__ import annotations

import base64
import hashlib
import re
import selectors
import socket
import sys

from bench.process import raise_descriptor_limit

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"Sec-WebSocket-Key: (\S+)")
_ASK = re.compile(rb'42/chat,(\d+)\["message_create",(.*)\]$', re.DOTALL)
# A client's frame of less than 64 KiB: two or four bytes, then its mask, which the load generator leaves at zero.
_SHORT_HEAD, _LONG_HEAD = 6, 8


def frame_of(text: bytes) -> bytes:
    """An unmasked text frame."""
    head = bytes((0x81, len(text))) if len(text) < 126 else b"\x81\x7e" + len(text).to_bytes(2, "big")
    return head + text


def shake_hands(client: socket.socket) -> None:
    """Answer the upgrade."""
    key = _KEY.search(client.recv(4096))
    if key is None:
        raise ConnectionError("no handshake")
    accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest())  # noqa: S324 (RFC 6455 wants it)
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def main() -> None:
    """Serve until killed."""
    raise_descriptor_limit()
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    ready = selectors.DefaultSelector()
    ready.register(listener, selectors.EVENT_READ)
    members: list[socket.socket] = []
    while True:
        for key, _ in ready.select():
            if key.fileobj is listener:
                client, _ = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if not client.recv(1, socket.MSG_PEEK):
                    client.close()
                    continue
                try:
                    shake_hands(client)
                except ConnectionError:
                    client.close()
                    continue
                ready.register(client, selectors.EVENT_READ)
                members.append(client)
            else:
                _serve(key.fileobj, members, ready)  # type: ignore[arg-type]


def _serve(client: socket.socket, members: list[socket.socket], ready: selectors.BaseSelector) -> None:
    data = client.recv(4096)
    if not data:
        ready.unregister(client)
        members.remove(client)
        return
    text = data[_LONG_HEAD if data[1] & 0x7F == 126 else _SHORT_HEAD :]
    if text == b"40/chat,":
        client.sendall(frame_of(b'40/chat,{"sid":"x"}'))
    elif found := _ASK.match(text):
        frame = frame_of(b'42/chat,["message_created",{"message":' + found[2] + b"}]")
        for member in members:
            if member is not client:
                member.send(frame)
        client.send(frame_of(b"43/chat," + found[1] + b'[{"ok":true}]'))


if __name__ == "__main__":
    main()
