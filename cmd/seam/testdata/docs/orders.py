"""Orders: places an order for a thing and says what it costs."""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CENTS = "450" if os.environ.get("BUG") else 450  # BUG=1 sends a text where a number was agreed


class Orders(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer goes out whole

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"id": 7, "sku": "tea", "cents": CENTS})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/_pact/states":
            self.answer(200, {})
        else:
            self.answer(201, {"id": 7, "sku": "tea", "cents": CENTS})

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Orders)
print("orders listens on", server.server_port, flush=True)
server.serve_forever()
