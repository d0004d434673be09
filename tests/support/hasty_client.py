"""A client that is back at once, however long its library takes to let go of the connection before."""

import threading
from typing import Any

from tests.support.recorder import Client


class HastyClient(Client):
    """The library may take seconds to end its threads; nobody is away for that."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._dropping: list[threading.Thread] = []

    def drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            self._dropping.append(threading.Thread(target=socket.abort))
            self._dropping[-1].start()

    def stop(self) -> None:
        super().stop()
        for thread in self._dropping:
            thread.join(20)
