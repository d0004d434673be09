"""What deploy/ ships, run on this machine: nginx with our configuration, services started as their units say."""

import configparser
import os
import re
import shlex
import shutil
import signal
import socket
import struct
import sys
from pathlib import Path

import pytest
import requests

from tests.support.certificates import Certificate
from tests.support.running import ROOT
from tests.support.services import Service, free_port, with_parent
from tests.support.unix_http import get

HOST = "127.0.0.1"


class Unit:
    """A systemd unit of ours, with this machine's paths in place of a server's."""

    def __init__(self, name: str, run: Path, instance: str = "") -> None:
        text = (ROOT / "deploy" / name).read_text()
        for there, here in (
            ("/srv/chat/.venv/bin/python", sys.executable),
            ("/srv/chat", str(ROOT)),
            ("/run/chat", str(run)),
            ("%i", instance),
        ):
            text = text.replace(there, here.replace(" ", "\\ "))  # split again below, as systemd does
        parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), interpolation=None)
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        parser.read_string(text)
        self.service = dict(parser["Service"])

    @property
    def command(self) -> list[str]:
        return shlex.split(self.service["ExecStart"])

    @property
    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for pair in shlex.split(self.service["Environment"]))

    @property
    def reload_signal(self) -> signal.Signals:
        found = re.fullmatch(r"/bin/kill -(\w+) \$MAINPID", self.service["ExecReload"])
        assert found
        return signal.Signals[f"SIG{found[1]}"]

    def seconds(self, name: str) -> float:
        value = self.service[name]
        return float(value.removesuffix("min")) * 60 if value.endswith("min") else float(value.removesuffix("s"))


class Unitary(Service):
    """A service of the chat, started as systemd would: the unit's command and environment, and nothing else."""

    name = "instance"

    def __init__(self, unit: Unit, settings: dict[str, str]) -> None:
        super().__init__()
        self.unit = unit
        self.settings = unit.environment | settings
        self.socket_path = Path(self.settings["BIND"].removeprefix("unix:"))
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.ready.bind(str(self.folder / "notify"))

    def command(self) -> list[str]:
        settings = self.settings | {"PATH": os.defpath, "NOTIFY_SOCKET": str(self.folder / "notify")}
        if mode := os.environ.get("ASYNC_MODE"):
            settings["ASYNC_MODE"] = mode
        pairs = [f"{name}={value}" for name, value in settings.items()]
        return with_parent("env", "-i", "-C", str(ROOT), *pairs, *self.unit.command)

    def is_up(self) -> bool:
        return self.socket_path.exists() and get(self.socket_path, "/readyz") == 200

    def heard(self) -> tuple[str, int]:
        """What systemd was told first, and by which process."""
        said, ancillary, _, _ = self.ready.recvmsg(1000, socket.CMSG_SPACE(12))
        return said.decode(), struct.unpack("3i", ancillary[0][2])[0]

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def close(self) -> None:
        self.ready.close()
        super().close()


class Nginx(Service):
    """nginx with deploy/nginx.conf, of which names, ports, sockets and the certificate are replaced."""

    name = "nginx"

    def __init__(self, run: Path, certificate: Certificate) -> None:
        program = find_nginx()
        super().__init__()
        self.plain_port = free_port()
        self.url = f"https://{HOST}:{self.port}"
        self._program = program
        self._certificate = certificate
        self.folder.chmod(0o711)  # its workers are somebody else, when we are root
        (self.folder / "chat.conf").write_text(self._site((ROOT / "deploy" / "nginx.conf").read_text(), run))
        (self.folder / "nginx.conf").write_text(self._main())

    def command(self) -> list[str]:
        return with_parent(self._program, "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log")

    def is_up(self) -> bool:
        try:
            return requests.get(self.url, verify=str(self._certificate.path), timeout=2).status_code > 0
        except requests.RequestException:
            return False

    def accesses(self) -> list[list[str]]:
        """(status, method, address, upstream, its statuses) of each request so far."""
        return [line.split("\t") for line in (self.folder / "access.log").read_text().splitlines()]

    def _site(self, text: str, run: Path) -> str:
        wanted = {
            r"\[::\]:(80|443)": r"\g<0>",
            r"/etc/letsencrypt/live/[^/]+/fullchain\.pem": str(self._certificate.path),
            r"/etc/letsencrypt/live/[^/]+/privkey\.pem": str(self._certificate.key),
            r"chat\.example\.org": HOST,
            r"/run/chat/": f"{run}/",
            r"/var/lib/chat-files/": f"{run}/files/",
            r"listen 80;": f"listen {HOST}:{self.plain_port};",
            r"listen 443 ": f"listen {HOST}:{self.port} ",
        }
        for pattern, place in wanted.items():
            text, count = re.subn(pattern, place, text)
            assert count, f"deploy/nginx.conf has no {pattern}"
        return re.sub(r" *listen \[::\]:.*\n", "", text)  # not every machine has IPv6

    def _main(self) -> str:
        folders = "\n".join(
            f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return f"""
            {"user nobody nogroup;" if os.getuid() == 0 else ""}
            daemon off;
            pid {self.folder}/nginx.pid;
            worker_processes 2;
            events {{ worker_connections 4000; }}
            http {{
                log_format test '$status\t$request_method\t$request_uri\t$upstream_addr\t$upstream_status';
                access_log {self.folder}/access.log test;
                {folders}
                include {self.folder}/chat.conf;
            }}
        """


def find_nginx() -> str:
    """Its path, which is not always in a user's PATH."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if not found:
        pytest.skip("nginx is not installed, and bin/test could not install it")
    return found
