"""A case management system as others are: it has pages, a cursor, a limit, and keys against doing a thing twice."""

from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

from tests.integration.http_sink import ServerInThread

TOKEN = "5ec2e7-token"
#: how many cases a page has at most
PAGE = 2


class CaseService(ServerInThread):
    """A real HTTP server on a free port of this machine, in a thread."""

    def __init__(self) -> None:
        self.cases: dict[str, dict[str, Any]] = {}
        #: the numbers of the cases that were changed, oldest first; a cursor is a place in it
        self.journal: list[str] = []
        #: the changes that were taken: the key of each, and the case
        self.taken: dict[str, str] = {}
        #: what comes instead of the next answers: a status, or 0 for an answer that gets lost when all is done
        self.troubles: list[int] = []
        #: how long to stay away when it is busy
        self.retry_after = "1"
        #: what the court has at `/calendar.ics`
        self.calendar = ""
        #: method and status of all answers
        self.answers: list[tuple[str, int]] = []
        super().__init__(make_server("127.0.0.1", 0, self._app(), threaded=True))

    def change(self, number: str, **fields: Any) -> None:
        """Let a clerk change a case."""
        self.cases.setdefault(number, {}).update(fields)
        self.journal.append(number)

    def _app(self) -> Flask:
        app = Flask(__name__)
        app.before_request(self._check)
        app.after_request(self._count)
        app.add_url_rule("/cases", view_func=self._changed)
        app.add_url_rule("/cases/<number>", view_func=self._change, methods=["PATCH"])
        app.add_url_rule("/calendar.ics", view_func=lambda: Response(self.calendar))
        return app

    def _check(self) -> Response | None:
        if request.path != "/calendar.ics" and request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Response("who are you?", 401)
        if self.troubles and self.troubles[0]:
            return Response("later", self.troubles.pop(0), {"Retry-After": self.retry_after})
        return None

    def _count(self, response: Response) -> Response:
        if self.troubles and not self.troubles[0]:
            self.troubles.pop(0)
            response = Response("the gateway has lost the answer", 504)
        self.answers.append((request.method, response.status_code))
        return response

    def _changed(self) -> dict[str, Any]:
        since = int(request.args.get("since", 0))
        until = min(since + PAGE, len(self.journal))
        cases = [{"number": each, "fields": self.cases[each]} for each in self.journal[since:until]]
        return {"cases": cases, "cursor": str(until), "more": until < len(self.journal)}

    def _change(self, number: str) -> Response:
        if number not in self.cases:
            return Response("no such case", 404)
        key = request.headers["Idempotency-Key"]
        if key not in self.taken:
            self.taken[key] = number
            self.change(number, **request.get_json())
        return Response(status=204)
