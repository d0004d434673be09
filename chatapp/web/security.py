"""Headers on every answer, and which forwarded headers are believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
# Browsers take these over TLS only, and complain about the second one otherwise.
_SECURE_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_app(app: Flask, files_origin: str | None) -> None:
    """Set the headers, keep sessions off static files, and wrap the app for the proxies in front of it.

    Where browsers are sent to ``files_origin`` for files, pages may show them from there.
    """
    app.session_interface = _Sessions()
    app.after_request(_set_headers)
    if files_origin:
        policy = _POLICY.replace("img-src 'self'", f"img-src 'self' {files_origin}")
        policy = policy.replace("media-src 'self'", f"media-src 'self' {files_origin}")
        app.after_request(partial(_set_policy, policy))  # runs before the other
    app.wsgi_app = _Outermost(app.wsgi_app, app.config["TRUSTED_PROXIES"])  # type: ignore[method-assign]


def _set_headers(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code == 200:
        return response  # has what it needs
    for name, value in _headers_for(is_secure=request.is_secure).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _set_policy(policy: str, response: Response) -> Response:
    if request.endpoint != "static":
        response.headers.setdefault("Content-Security-Policy", policy)
    return response


class _Sessions(SecureCookieSessionInterface):
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """What a browser may keep has no cookie, and no ``Vary: Cookie`` that would have it asked for again."""
        if request.endpoint not in ("static", "pictures.show"):
            super().save_session(app, session, response)


class _Outermost:
    """Around everything: believes the ``X-Forwarded-*`` of as many proxies as are configured and drops all others,
    and gives ``/socket.io``, which Flask does not see, the same headers."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], proxies: int) -> None:
        self._inner = ProxyFix(inner, x_for=proxies, x_proto=proxies, x_host=proxies) if proxies else inner
        self._is_trusting = proxies > 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not self._is_trusting:
            for name in [name for name in environ if name.startswith("HTTP_X_FORWARDED_")]:
                del environ[name]
        if environ.get("PATH_INFO", "").startswith("/socket.io"):
            return self._inner(environ, _with_headers(start_response, environ))
        return self._inner(environ, start_response)


def _with_headers(start_response: Callable[..., Any], environ: dict[str, Any]) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        is_secure = environ.get("wsgi.url_scheme") == "https"
        return start_response(status, headers + list(_headers_for(is_secure=is_secure).items()), *rest)

    return start


def _headers_for(*, is_secure: bool) -> dict[str, str]:
    return _HEADERS | _SECURE_HEADERS if is_secure else _HEADERS
