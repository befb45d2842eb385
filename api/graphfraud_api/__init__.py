"""The read API: the services of graphfraud over HTTP. No logic of its own."""

from graphfraud_api.app import create_app

__all__ = ["create_app"]
