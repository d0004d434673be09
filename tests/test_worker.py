"""gunicorn's worker, and clients that ask for more than their share."""

import socket
import threading

import requests

from tests.support.server import Server

REQUESTS = 2_000


def test_requests_sent_all_at_once_leave_others_their_turn(server: Server) -> None:
    request = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), 30) as wire:
        sending = threading.Thread(target=wire.sendall, args=(request * REQUESTS,))
        reading = threading.Thread(target=read_answers, args=(wire, REQUESTS))
        sending.start()
        reading.start()
        answered = 0
        with requests.Session() as other:
            while reading.is_alive():
                assert other.get(f"{server.url}/healthz", timeout=10).status_code == 200
                answered += 1
        sending.join()
    assert answered > 20  # it was 1: for the others, the server stood still


def read_answers(wire: socket.socket, wanted: int) -> None:
    got = b""
    while wanted > 0 and (more := wire.recv(65536)):
        got += more
        wanted -= got.count(b"HTTP/1.1 200 ")
        got = got[-12:]  # less than one
