"""An S3 of this machine: moto's server, over real HTTP."""

import sys

import requests

from tests.support.services import Service, with_parent

KEYS = {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": "a-secret"}


class S3(Service):
    """Keeps what it is given in memory. Buckets are made by their first user."""

    name = "s3"

    def command(self) -> list[str]:
        return with_parent(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port))

    def is_up(self) -> bool:
        try:
            return requests.get(f"{self.url}/moto-api/", timeout=2).ok
        except requests.RequestException:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, bucket: str) -> dict[str, str]:
        """A server's, for a new bucket."""
        answer = requests.put(f"{self.url}/{bucket}", timeout=10)
        assert answer.ok, answer.text
        address = f"s3://{bucket}/some/prefix?endpoint={self.url}&region=us-east-1"
        return {"STORAGE_URL": address, **KEYS}
