"""The chat's programs, run in the machine's environment without any setting of the chat."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# fmt: off
SETTINGS = {
    "PORT", "HOST", "BIND", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "REDIS_TLS_VERIFY", "DATABASE_POOL",
    "WEB_CONCURRENCY", "APP_ENV",
    "RATE_LIMITS", "ALLOWED_ORIGINS", "TRUSTED_PROXIES", "STORAGE_URL", "MAX_UPLOAD_MB", "SIGNUP",
    "QUOTA_MB", "STORAGE_MB", "X_ACCEL_REDIRECT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "INSTANCE_PATH", "SITE_NAME", "COOKIE_SECURE", "FLASK_APP",
    "PUSH_CONTACT", "PUSH_DELAY", "PUSH_SERVICES", "PUSH_TEXT",
}
# fmt: on


def clean_environment(**settings: str) -> dict[str, str]:
    """The machine's environment without any setting of the chat, plus `settings`.

    ASYNC_MODE stays, so that `ASYNC_MODE=gevent bin/test` runs everything under the other one.
    """
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return kept | {"PYTHONUNBUFFERED": "1"} | settings


def run_program(*arguments: str, timeout: float = 60, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs Python at the root of the project, `run_program("wsgi.py", PORT="5001")`, to its end, whatever that is."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_flask(*arguments: str, timeout: float = 120, status: int = 0, **settings: str) -> str:
    """Runs `flask ...` of the project to its end, which has this status, and gives back what it printed."""
    done = run_program("-m", "flask", *arguments, timeout=timeout, **{"APP_ENV": "development"} | settings)
    if done.returncode != status:
        raise AssertionError(f"flask {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
    return done.stdout


def run_python(code: str, **settings: str) -> str:
    """Runs a few lines in a process that has the chat's settings; gives back what they print."""
    done = run_program("-c", code, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout
