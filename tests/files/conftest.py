"""Every test of files on a folder; with the second stack, or by name, on S3 as well."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.people import fresh_name
from tests.support.s3 import S3
from tests.support.server import Server
from tests.support.stacks import Stack


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    service = S3()
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="session", params=["folder", pytest.param("s3", marks=pytest.mark.thorough)])
def storage(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of a storage; an empty one where it is a bucket."""
    if request.param == "folder":
        return {}
    return request.getfixturevalue("s3").settings(fresh_name("bucket").replace("_", "-"))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory, stack: Stack, storage: dict[str, str]) -> Iterator[Server]:
    """Like everywhere, on the storage that is looked at."""
    server = Server(tmp_path_factory.mktemp("server"), stack, **storage).start()
    yield server
    server.close()


@pytest.fixture
def start_with(
    start_server: Callable[..., Server], request: pytest.FixtureRequest, storage: dict[str, str]
) -> Callable[..., Server]:
    """Starts a server of the test's own with a storage of its own."""

    def start(**chosen: str) -> Server:
        own = request.getfixturevalue("s3").settings(fresh_name("own").replace("_", "-")) if storage else {}
        return start_server(**own, **chosen)

    return start


@pytest.fixture
def instance(server: Server) -> Path:
    """Where the shared server keeps what it keeps."""
    return server.folder
