# SPDX-License-Identifier: Apache-2.0
"""Values that a method's author publishes of single captures: published.json."""
import json
import os


class Published:
    """Adds to expectations what is published besides."""

    def __init__(self):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "published.json")
        with open(path, encoding="utf-8") as file:
            self._sessions = json.load(file)["sessions"]

    def add_to(self, capture, expected):
        """`capture` as in published.json. A session there that is not expected is an error."""
        for each in self._sessions:
            if each["capture"] != capture:
                continue
            session = next(session for session in expected if session["sport"] == each["sport"])
            session.update((name, value) for name, value in each.items() if name != "capture")
