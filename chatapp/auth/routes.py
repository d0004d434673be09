"""Sign up, log in, log out."""

from __future__ import annotations

import logging

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm

from chatapp.auth import accounts, logins
from chatapp.auth.forms import LoginForm, SignupForm
from chatapp.extensions import throttle
from chatapp.lib.throttle import of_address

log = logging.getLogger(__name__)
auth = Blueprint("auth", __name__)


@auth.route("/signup", methods=["GET", "POST"])
def signup() -> ResponseReturnValue:
    """Make an account and land in the chat."""
    if current_user.is_authenticated:
        return redirect(url_for("chat.home"))
    form = SignupForm()
    if request.method != "POST":
        return render_template("auth/signup.html", form=form)
    form.validate()
    for problem in accounts.problems(form.username.data or "", form.password.data or ""):
        _add_error(form, problem)
    if form.errors:
        return render_template("auth/signup.html", form=form), 422
    if wait := throttle.hit("signup_address", _address()):
        return _too_many("auth/signup.html", form, "Too many accounts were made from here.", wait)
    try:
        user = accounts.create(form.username.data or "", form.password.data or "")
        current = logins.begin(user, request.user_agent.string, _address())
    except accounts.AccountError as error:
        _add_error(form, error)
        return render_template("auth/signup.html", form=form), 422
    return _log_in(current, url_for("chat.home"))


@auth.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Log in; slowed down per account and per address when guesses come in."""
    if current_user.is_authenticated:
        return redirect(url_for("chat.home"))
    form = LoginForm()
    if request.method != "POST":
        return render_template("auth/login.html", form=form, next=_next_page())
    if not form.validate():
        return render_template("auth/login.html", form=form, next=_next_page()), 422
    username = form.username.data or ""
    if wait := _hit_login(username):
        log.warning("login throttled address=%s", _address())
        return _too_many("auth/login.html", form, "Too many log-ins failed.", wait)
    user = accounts.authenticate(username, form.password.data or "")
    current = logins.begin(user, request.user_agent.string, _address()) if user else None
    if current is None:
        log.warning("login failed address=%s", _address())
        form.form_errors.append("Wrong name or password.")
        return render_template("auth/login.html", form=form, next=_next_page()), 401
    for limit, key in _login_keys(username).items():
        throttle.forgive(limit, key)
    return _log_in(current, _next_page() or url_for("chat.home"))


@auth.post("/logout")
def logout() -> ResponseReturnValue:
    """End this log-in: its cookie is worth nothing from here on, its open pages close."""
    if current_user.is_authenticated:
        logins.end("logged_out", login_id=current_user.login.id)
        logout_user()
    session.clear()
    return redirect(url_for("auth.login"), 303)


def _log_in(current: logins.Current | None, target: str) -> ResponseReturnValue:
    session.clear()
    session.permanent = True
    if current:
        login_user(current)
    return redirect(target, 303)


def _login_keys(username: str) -> dict[str, str]:
    """What a log-in counts against. The account only together with the address that guesses: nobody can lock
    another person out."""
    return {"login_account": f"{username.lower()} {_address()}", "login_address": _address()}


def _hit_login(username: str) -> float:
    return max(throttle.hit(limit, key) for limit, key in _login_keys(username).items())


def _next_page() -> str | None:
    """Where to go after the log-in: a path of this site, else None."""
    target = request.values.get("next", "")
    is_local = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if is_local and target.isprintable() else None


def _add_error(form: FlaskForm, error: accounts.AccountError) -> None:
    field = form._fields.get(error.field)
    if field is None:
        form.form_errors.append(str(error))
    elif not field.errors:  # one thing at a time for each field
        field.errors = [str(error)]


def _too_many(template: str, form: FlaskForm, what: str, wait: float) -> ResponseReturnValue:
    minutes = max(1, round(wait / 60))
    form.form_errors.append(f"{what} Try again in {minutes} minute{'s' if minutes > 1 else ''}.")
    return (
        render_template(template, form=form, next=_next_page()),
        429,
        {"Retry-After": str(int(wait) + 1)},
    )


def _address() -> str:
    return of_address(request.remote_addr or "?")
