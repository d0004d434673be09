#!/bin/sh
# The command of a website at PythonAnywhere: /bin/sh /home/USER/chat/deploy/pythonanywhere.sh
# Settings come from the file .env beside README.md, the socket from the host.
set -eu
cd "$(dirname "$0")/.."
set -a
. ./.env
set +a
export BIND="unix:${DOMAIN_SOCKET:?is set by the host}" PYTHONUNBUFFERED=1
exec .venv/bin/python wsgi.py --upgrade
