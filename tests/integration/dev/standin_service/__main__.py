"""Keeps the contract of a service and nothing else; the environment says what goes wrong."""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ready = self.path == "/readyz" and "STANDIN_NEVER_READY" not in os.environ
        self.send_response(200 if ready else 503)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the log for what the tests look for."""


def migrate() -> None:
    if "STANDIN_BROKEN_MIGRATION" in os.environ:
        sys.exit("relation leads already exists")
    sys.stdout.write("migrated\n")


def worker() -> None:
    sys.stdout.write("worker started\n")
    if "STANDIN_INVALID" in os.environ:
        sys.exit("DATABASE_URL is missing")
    if "STANDIN_DEAF" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with HTTPServer(("127.0.0.1", int(os.environ["HTTP_PORT"])), Handler) as server:
        server.timeout = 0.05
        ends_at = time.monotonic() + float(os.environ.get("STANDIN_LASTS", "600"))
        while time.monotonic() < ends_at:
            server.handle_request()
    sys.exit(70)


if __name__ == "__main__":
    {"migrate": migrate, "worker": worker}[sys.argv[1]]()
