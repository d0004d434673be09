"""No pages: what is compared is the chat."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("up"))]
