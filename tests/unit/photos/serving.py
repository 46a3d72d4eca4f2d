"""A server of files that cuts an answer short where it is told to."""

from http.server import BaseHTTPRequestHandler


class Server(BaseHTTPRequestHandler):
    """Serves `files`, understands `ranges` unless told not to, and cuts an answer short where `cut` says so."""

    files: dict[str, bytes] = {}
    cut: list[int] = []
    asked: list[str | None] = []
    ranges: bool = True
    length: str | None = None

    def do_GET(self):
        content, wanted = self.files.get(self.path), self.headers.get("Range")
        self.asked.append(wanted)
        if content is None:
            return self.send_error(404)
        wanted = wanted if self.ranges else None
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if first >= len(content):
            return self.send_error(416)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", self.length or str(len(content) - first))
        self.end_headers()
        self.wfile.write(content[first:][: self.cut.pop() if self.cut else None])

    def log_message(self, *_): ...
