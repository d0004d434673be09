"""A TCP proxy between browser and server that can be cut: what a broken network really does.

A browser's own offline switch leaves an open WebSocket open, so the wire is cut instead.
"""

import contextlib
import socket
import threading

CHUNK = 65536


class Proxy:
    """Forwards 127.0.0.1:<port> to the server's port.

    `cut()` drops every connection and refuses new ones until `restore()`;
    `black_hole()` keeps the connections and forwards nothing (bytes sent meanwhile are lost
    with their connections at `restore()`, as they are when a network comes back too late);
    `block(path)` drops each connection that asks for `path` and lets all others be.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._is_cut = False
        self._is_closed = False
        self._flows = threading.Event()
        self._flows.set()
        self._blocked: bytes | None = None
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def cut(self) -> None:
        with self._lock:
            self._is_cut = True
        self._drop_all()

    def black_hole(self) -> None:
        self._flows.clear()

    def block(self, path: str) -> None:
        self._blocked = f" {path}".encode()
        self._drop_all()

    def restore(self) -> None:
        if not self._flows.is_set():
            self._drop_all()
        self._blocked = None
        with self._lock:
            self._is_cut = False
        self._flows.set()

    def drop(self) -> None:
        """Drops what is open now; new connections are welcome."""
        self._drop_all()

    def close(self) -> None:
        self._is_closed = True
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop_all()
        for thread in self._threads:
            thread.join(5)

    def _drop_all(self) -> None:
        with self._lock:
            dropped, self._sockets = self._sockets, set()
        for one in dropped:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                client.close()
                continue
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port), timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        with self._lock:
            if self._is_cut:
                client.close()
                server.close()
                return
            self._sockets |= {client, server}
        back = threading.Thread(target=self._forward, args=(server, client, False), daemon=True)
        back.start()
        self._forward(client, server, True)
        back.join()
        with self._lock:
            self._sockets -= {client, server}
        client.close()
        server.close()

    def _forward(self, source: socket.socket, sink: socket.socket, is_request: bool) -> None:
        while True:
            try:
                data = source.recv(CHUNK)
                self._flows.wait()
                if not data or (is_request and self._blocked and self._blocked in data):
                    break
                sink.sendall(data)
            except OSError:
                break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
