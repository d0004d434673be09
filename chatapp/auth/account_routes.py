"""One's own settings: a page of plain forms. Scripts post the same forms, and ask for JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required, logout_user
from flask_wtf import FlaskForm
from werkzeug.exceptions import RequestEntityTooLarge

from chatapp.auth import account_forms, account_view, accounts, logins, preferences, profile
from chatapp.auth.account_forms import NotificationsForm, PasswordForm, PictureForm, PrivacyForm, ProfileForm
from chatapp.auth.accounts import AccountError
from chatapp.extensions import throttle
from chatapp.lib.pictures import BYTES_MAX
from chatapp.models.transaction import DATABASE_AWAY
from chatapp.realtime.wire import user_wire

account = Blueprint("account", __name__)
_TOO_LARGE = f"This file is too large. A picture may have {BYTES_MAX // 1024**2} MB."


@account.route("/account", methods=["GET", "POST"])
@login_required
def page() -> ResponseReturnValue:
    """All of it; what is posted here is the form of the password."""
    if request.method != "POST":
        return _page()
    form = PasswordForm()
    if refusal := _refusal("password", form, "password_change"):
        return refusal
    try:
        accounts.change_password(
            current_user.user,
            form.current_password.data or "",
            form.password.data or "",
            keep_login_id=current_user.login.id,
        )
    except AccountError as error:
        return _refuse("password", form, {error.field: str(error)})
    return _saved("password")


@account.post("/account/profile")
@login_required
def rename() -> ResponseReturnValue:
    """Another display name."""
    form = ProfileForm()
    if refusal := _refusal("profile", form, "profile_change"):
        return refusal
    try:
        profile.rename(current_user.user, form.display_name.data or "")
    except AccountError as error:
        return _refuse("profile", form, {error.field: str(error)})
    return _saved("profile")


@account.post("/account/avatar")
@login_required
def set_picture() -> ResponseReturnValue:
    """Another picture: the middle of what is sent."""
    form = PictureForm()
    if refusal := _refusal("picture", form, "profile_change"):
        return refusal
    try:
        # Whatever the browser says it is; the bytes tell.
        profile.set_picture(current_user.user, form.picture.data.read() if form.picture.data else b"")
    except AccountError as error:
        return _refuse("picture", form, {error.field: str(error)})
    return _saved("picture")


@account.post("/account/avatar/remove")
@login_required
def remove_picture() -> ResponseReturnValue:
    """Initials again."""
    if refusal := _refusal("picture", PictureForm(), "profile_change"):
        return refusal
    profile.remove_picture(current_user.user)
    return _saved("no_picture")


@account.post("/account/notifications")
@login_required
def notifications() -> ResponseReturnValue:
    """When and how one is notified, everywhere."""
    form = NotificationsForm()
    return _change("notifications", form, lambda: form.wanted)


@account.post("/account/privacy")
@login_required
def privacy() -> ResponseReturnValue:
    """What others get to know of one: a box that is not ticked is not sent."""
    form = PrivacyForm()
    wanted = {"shares_reads": form.shares_reads.data, "shares_presence": form.shares_presence.data}
    return _change("privacy", form, lambda: wanted)


@account.post("/account/logins/<row_id:login_id>/end")
@login_required
def end_login(login_id: int) -> ResponseReturnValue:
    """End one of one's own log-ins; its open pages close."""
    if not logins.end("revoked", user_id=current_user.user.id, login_id=login_id):
        abort(404)
    if login_id == current_user.login.id:
        logout_user()
        session.clear()
        return redirect(url_for("auth.login"), 303)
    return _saved("login")


@account.post("/account/logins/end-others")
@login_required
def end_other_logins() -> ResponseReturnValue:
    """End all but this one."""
    logins.end("revoked", user_id=current_user.user.id, keep_id=current_user.login.id)
    return _saved("other_logins")


@account.url_value_preprocessor
def _let_pictures_in(endpoint: str | None, _values: Any) -> None:
    """They are larger than anything else; and the CSRF token, looked for before a view is called, is among them."""
    if endpoint == "account.set_picture":
        request.max_content_length = BYTES_MAX + 64 * 1024


@account.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    try:
        if not current_user.is_authenticated:
            return redirect(url_for("auth.login"), 303)
        return _refuse("picture", PictureForm(formdata=None), {"picture": _TOO_LARGE}, 413)
    except DATABASE_AWAY as error:  # what goes wrong in a handler finds none by itself
        return current_app.handle_user_exception(error)


def _change(section: str, form: FlaskForm, wanted: Callable[[], dict[str, Any]]) -> ResponseReturnValue:
    if refusal := _refusal(section, form, "account_change"):
        return refusal
    preferences.change(current_user.user, wanted())
    return _saved(section)


def _refusal(section: str, form: FlaskForm, limit: str) -> ResponseReturnValue | None:
    """The answer to a form that is not filled in right, or comes too often."""
    if not form.validate():
        return _refuse(section, form, {})
    if wait := throttle.hit(limit, current_user.user.id):
        minutes = max(1, round(wait / 60))
        form.form_errors.append(f"Too many tries. Try again in {minutes} minute{'s' if minutes > 1 else ''}.")
        return *_refuse(section, form, {}, 429), {"Retry-After": str(int(wait) + 1)}
    return None


def _refuse(section: str, form: FlaskForm, faults: dict[str, str], status: int = 422) -> tuple[Any, int]:
    for name, fault in faults.items():
        form[name].errors = [fault]
    if _is_asked_by_script():
        fields = {form[name].id: " ".join(errors) for name, errors in form.errors.items() if name}
        message = " ".join(form.form_errors)
        return {"error": {"code": "bad_request", "message": message, "fields": fields}}, status
    return _page(section=section, form=form), status


def _saved(section: str) -> ResponseReturnValue:
    if _is_asked_by_script():
        return {"saved": account_view.words_of(section, current_user.user), "user": user_wire(current_user.user)}
    return redirect(url_for("account.page", saved=section), 303)


def _page(section: str | None = None, form: FlaskForm | None = None) -> str:
    shown = account_view.of(current_user.user, current_user.login, request.args.get("saved"))
    forms = account_forms.filled_in(current_user.user) | ({section: form} if section else {})
    return render_template("account/page.html", **shown, forms=forms)


def _is_asked_by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"
