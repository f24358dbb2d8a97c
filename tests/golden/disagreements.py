# SPDX-License-Identifier: Apache-2.0
"""Expectations that are not ours, each with the rule that decides (disagreements.json)."""
import json
import os

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "disagreements.json")


class Disagreements:
    """What is excused, and whether every excuse was needed."""

    def __init__(self, table=None):
        if table is None:
            with open(_FILE, encoding="utf-8") as file:
                table = json.load(file)
        self._sessions = {(each["capture"], each["finding"]): each for each in table["sessions"]}
        self._fields = {(each["file"], field): each for each in table["certificates"]
                        for field in each["fields"]}
        self._used = set()

    def excuses_session(self, capture, finding):
        """`finding` is the text that the comparison prints, word for word."""
        return self._excuses(self._sessions, (capture, finding))

    def excuses_field(self, file, field):
        return self._excuses(self._fields, (file, field))

    def _excuses(self, table, key):
        if key in table:
            self._used.add(key)
        return table.get(key, {}).get("rule")

    def unused_sessions(self, captures):
        """Entries of captures that were compared, and that excused nothing."""
        return [key for key in self._sessions if key[0] in captures and key not in self._used]

    def unused_fields(self):
        return [key for key in self._fields if key not in self._used]
