"""A program of ours beside the server, which answers lines with lines."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

log = logging.getLogger(__name__)
_CHUNK_BYTES = 65_536


class HelperProcess:
    """Started when first asked, and anew when it has ended; it ends with the server, when its input does."""

    def __init__(self, program: Path, *arguments: str) -> None:
        self._command = [sys.executable, "-I", str(program), *arguments]
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: socket.socket | None = None

    def ask(self, line: bytes, seconds: float) -> bytes | None:
        """Its answer, waited for on the loop; None when there is none within so many seconds, or it has ended."""
        deadline = time.monotonic() + seconds
        if not self._turn.acquire(timeout=seconds):
            return None
        try:
            return self._answer(line, deadline)
        except OSError as error:
            log.warning("%s gave no answer: %s", self._command[2], type(error).__name__)
            self._end()
            return None
        except BaseException:
            self._end()  # its answer would be taken for that to the next question
            raise
        finally:
            self._turn.release()

    def _answer(self, line: bytes, deadline: float) -> bytes:
        wire = self._wire or self._start()
        wire.settimeout(max(0.001, deadline - time.monotonic()))
        wire.sendall(line + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            wire.settimeout(max(0.001, deadline - time.monotonic()))
            data = wire.recv(_CHUNK_BYTES)
            if not data:
                raise ConnectionResetError
            answer += data
        return answer

    def _start(self) -> socket.socket:
        ours, its = socket.socketpair()
        end = its.fileno()
        os.set_blocking(end, True)  # which loops' sockets are not
        try:
            # Bandit's S603 is about commands that strangers make; this one is ours. In a group of its own it does not
            # hear of a Ctrl-C, which is for the server.
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=end, stdout=end, env={}, process_group=0
            )
        except BaseException:
            ours.close()
            raise
        finally:
            its.close()
        self._wire = ours
        return ours

    def _end(self) -> None:
        if self._wire:
            self._wire.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._wire = self._process = None
