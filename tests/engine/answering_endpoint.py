"""An endpoint in a process of its own: answers every case with `bug`, the content "rubbish" with that, and prints its port first."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"probabilities": {"billing": 0.1, "bug": 0.8, "delivery": 0.1}}
        rubbish = sent["content"] == "rubbish"
        data = b"rubbish" if rubbish else json.dumps(told if "words" in sent["features"] else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Answers)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
