# SPDX-License-Identifier: Apache-2.0
"""What the memory must hold of the numbered input, written a second time, and the comparison.

The first time is fed_items.cpp: nothing is shared but the rule that it says in prose. Rows are
compared by checksums over chunks of numbers, which say where a difference is.
"""
import hashlib
from collections import Counter

from rounds import Failed, check

BLOCK, TAP_PART, SCAN_END = 100, 90, 99
FIRST_MICROS, STEP_MICROS = 1_772_668_700_000_000, 200_000
BLOCKS_OF_JOB = 10
CHUNK = 10_000
PORTS = (443, 8443, 993)

# The number of a row, by its time.
NUMBER = f"((extract(epoch FROM %s) * 1000000)::bigint - {FIRST_MICROS}) / {STEP_MICROS}"
_SESSION = f"""
SELECT n / {CHUNK}, count(*), encode(sha256(string_agg(line, E'\\n' ORDER BY n)::bytea), 'hex')
FROM (SELECT {NUMBER % 'ts'} AS n, concat_ws('|', (extract(epoch FROM ts) * 1000000)::bigint,
  source, coalesce(probe, '-'), coalesce(scan::text, '-'), host(src), sport, host(dst), dport,
  transport, coalesce(sni, '-'), plaintext_before, client_version, encode(ja3, 'hex'), ja4,
  coalesce(encode(ja3s, 'hex'), '-'), coalesce(server_version::text, '-'),
  coalesce(cipher::text, '-'), coalesce(key_group::text, '-'),
  coalesce(encode(chain, 'hex'), '-'), complete, sensor) AS line FROM session) AS each
GROUP BY 1 ORDER BY 1"""


def _micros(number):
    return FIRST_MICROS + number * STEP_MICROS


def _md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def _sha256(text):
    return hashlib.sha256(text.encode()).digest()


def certificates_of(number):
    """Names of the chain that this session shows."""
    if number % 2 == 1:
        return ()
    leaf = f"new-{number}" if number % 20 == 0 else f"leaf-{number % 26}"
    return leaf, f"ca-{number % 3}"


_der = {}


def der_hash(name):
    if name.startswith("new-"):
        return _sha256(name * 60)
    if name not in _der:
        _der[name] = _sha256(name * 60)
    return _der[name]


def _sni(number):
    if number % 4 == 1:
        return "-"
    return f"n{number}.feed.test" if number % 4 == 0 else f"s{number % 30}.feed.test"


_JA3 = [_md5(f"771,{kind}") for kind in range(40)]
_JA3S = [_md5(f"771,s{kind}") for kind in range(9)]


def session_line(number):
    is_tap = number % BLOCK < TAP_PART
    job = 1 + number // BLOCK // BLOCKS_OF_JOB
    names = certificates_of(number)
    chain = hashlib.sha256(b"".join(map(der_hash, names))).hexdigest() if names else "-"
    has_answer = number % 13 != 0
    ends = (f"10.{number % 3}.{number % 7}.{1 + number % 11}|{1024 + number % 60000}|"
            f"192.0.2.{1 + number % 5}|{PORTS[number % 3]}" if is_tap else
            f"198.51.100.1|{1024 + number % 60000}|203.0.113.{1 + number % 50}|443")
    answer = (f"{_JA3S[number % 9]}|{0x0304 if number % 2 else 0x0303}|{0xc02f + number % 4}|"
              f"{29 if number % 2 else '-'}" if has_answer else "-|-|-|-")
    return (f"{_micros(number)}|{'passive|-|-' if is_tap else f'active|a|{job}'}|{ends}|tcp|"
            f"{_sni(number)}|{number}|771|{_JA3[number % 40]}|t13d{number % 20:02}|{answer}|"
            f"{chain}|t|feed")


def is_ssh(number):
    return number % BLOCK < TAP_PART and number % 10 == 5


class Expected:
    """Of all numbers in `ranges`, in order: [first, end)."""

    def __init__(self, ranges):
        self.sessions, self.services, self.targets = Chunks(), Chunks(), Chunks()
        self.seen, self.ssh, self.last_audit = {}, {}, {}
        for first, end in ranges:
            for number in range(first, end):
                self._add(number)

    def _add(self, number):
        place = number % BLOCK
        if place >= SCAN_END:
            block = number // BLOCK
            self.last_audit[1 + block // BLOCKS_OF_JOB] = block
            return
        if is_ssh(number):
            key = f"10.9.0.{number % 17}|SSH-2.0-feed_{number % 6}"
            count, first, _ = self.ssh.get(key, (0, number, number))
            self.ssh[key] = count + 1, first, number
            return
        self.sessions.add(number, session_line(number))
        for name in certificates_of(number):
            first, _ = self.seen.get(name, (number, number))
            self.seen[name] = first, number
        if place >= TAP_PART:
            job = 1 + number // BLOCK // BLOCKS_OF_JOB
            jarm = f"{number % 5:062}" if number % 3 == 0 else "-"
            self.services.add(number, f"{job}|{_micros(number)}|203.0.113.{1 + number % 50}|443|"
                                      f"r{number}.feed.test|{number}|t|open|{jarm}")
            icmp = "-|-" if number % 2 else f"3|{number % 16}"
            self.targets.add(number, f"{job}|{_micros(number)}|198.18.{number >> 8 & 255}."
                                     f"{number & 255}|{1 + (number >> 16)}|{number % 3}|{icmp}|"
                                     f"{'closed' if number % 2 else 'unreachable'}")


class Chunks:
    """Checksums of lines, CHUNK numbers at a time."""

    def __init__(self):
        self.lines, self.rows, self.done, self.chunk = [], 0, [], 0

    def add(self, number, line):
        if number // CHUNK != self.chunk:
            self._close()
            self.chunk = number // CHUNK
        self.lines.append(line)

    def _close(self):
        if self.lines:
            text = "\n".join(self.lines).encode()
            self.done.append((self.chunk, len(self.lines), hashlib.sha256(text).hexdigest()))
            self.rows += len(self.lines)
            self.lines = []

    def text(self):
        self._close()
        return "\n".join("|".join(map(str, each)) for each in self.done)


def _chunked(sql):
    return (f"SELECT n / {CHUNK}, count(*), encode(sha256(string_agg(line, E'\\n' ORDER BY n)"
            f"::bytea), 'hex') FROM ({sql}) AS each GROUP BY 1 ORDER BY 1")


_SERVICE = _chunked(f"""SELECT {NUMBER % 'ended'} AS n, concat_ws('|', scan,
  (extract(epoch FROM ended) * 1000000)::bigint, host(server), port, name, connections, tls,
  outcome, coalesce(jarm, '-')) AS line FROM scan_service""")
_TARGET = _chunked(f"""SELECT {NUMBER % 'ts'} AS n, concat_ws('|', scan,
  (extract(epoch FROM ts) * 1000000)::bigint, host(server), port, attempt,
  coalesce(icmp_type::text, '-'), coalesce(icmp_code::text, '-'), outcome) AS line
  FROM scan_target""")

# What a table must be by what `session` says: (table and columns, the same from the sessions).
_LINK = "sni, '') AS sni, coalesce(chain, '') AS chain, source, coalesce(probe, '')"
DERIVED = {
    "sighting": (
        "server, port, transport, sni, chain, source, probe, first_seen, last_seen, count",
        f"SELECT dst, dport, transport, coalesce({_LINK}, min(ts), max(ts), count(*) FROM session"
        " WHERE server_version IS NOT NULL OR chain IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7"),
    "client_sighting": (
        "server, port, transport, client, sni, ja4, first_seen, last_seen, count",
        "SELECT dst, dport, transport, src, coalesce(sni, ''), ja4, min(ts), max(ts), count(*)"
        " FROM session WHERE source = 'passive' AND (server_version IS NOT NULL OR chain IS NOT"
        " NULL) GROUP BY 1, 2, 3, 4, 5, 6"),
    "service_fingerprint": (
        "server, port, transport, method, hash, first_seen, last_seen, count",
        "SELECT dst, dport, transport, 'ja3s', encode(ja3s, 'hex'), min(ts), max(ts), count(*)"
        " FROM session WHERE ja3s IS NOT NULL GROUP BY 1, 2, 3, 4, 5 UNION ALL"
        " SELECT server, port, transport, 'jarm', jarm, min(ended), max(ended), count(*)"
        " FROM scan_service WHERE jarm IS NOT NULL GROUP BY 1, 2, 3, 4, 5"),
    "suite_day": (
        "day, sensor, source, server_version, cipher, key_group, sessions",
        "SELECT (ts AT TIME ZONE 'UTC')::date, sensor, source, coalesce(server_version, 0),"
        " coalesce(cipher, 0), coalesce(key_group, 0), count(*) FROM session"
        " GROUP BY 1, 2, 3, 4, 5, 6"),
    "service": (
        "server, port, transport, first_seen, last_seen",
        "SELECT dst, dport, transport, min(ts), max(ts) FROM session"
        " WHERE server_version IS NOT NULL OR chain IS NOT NULL GROUP BY 1, 2, 3"),
}

# Must be empty: rows that contradict themselves or lack what they refer to.
EMPTY = {
    "a certificate's key is not the hash of its DER":
        "SELECT sha256 FROM certificate WHERE sha256(der) <> sha256",
    "a certificate without its names":
        "SELECT sha256 FROM certificate c WHERE names <> (SELECT array_agg(reverse(name_rev)"
        " ORDER BY reverse(name_rev) COLLATE \"C\") FROM certificate_name n"
        " WHERE n.sha256 = c.sha256)",
    "a name without its certificate":
        "SELECT name_rev FROM certificate_name n WHERE NOT EXISTS"
        " (SELECT FROM certificate c WHERE c.sha256 = n.sha256)",
    "a certificate without its key":
        "SELECT sha256 FROM certificate c WHERE NOT EXISTS (SELECT FROM public_key k WHERE"
        " k.spki_sha256 = c.spki_sha256 AND k.first_seen = c.first_seen"
        " AND k.last_seen = c.last_seen)",
    "a chain's key is not the hash of its certificates":
        "SELECT id FROM certificate_chain WHERE id <> sha256((SELECT string_agg(one, ''::bytea"
        " ORDER BY place) FROM unnest(certificates) WITH ORDINALITY AS u (one, place)))",
    "a chain without its certificates":
        "SELECT id FROM certificate_chain k, unnest(certificates) AS one WHERE NOT EXISTS"
        " (SELECT FROM certificate c WHERE c.sha256 = one)",
    "a session without its chain":
        "SELECT ts FROM session s WHERE chain IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM certificate_chain k WHERE k.id = s.chain)",
    "a session without its fingerprints":
        "SELECT ts FROM session s WHERE NOT EXISTS (SELECT FROM fingerprint f WHERE method = 'ja3'"
        " AND hash = encode(s.ja3, 'hex')) OR NOT EXISTS (SELECT FROM fingerprint f"
        " WHERE method = 'ja4' AND hash = s.ja4)",
}


def compare(cluster, ranges, audit=True):
    """Fails where the memory is not exactly what these numbers make. Returns counts of rows."""
    expected = Expected(ranges)
    for what, chunks, sql in (("session", expected.sessions, _SESSION),
                              ("scan_service", expected.services, _SERVICE),
                              ("scan_target", expected.targets, _TARGET)):
        _same(what, chunks.text(), cluster.psql(sql))
    _same_certificates(expected, cluster)
    _same("ssh_sighting", "\n".join(sorted(
        f"{key}|{count}|{first}|{last}" for key, (count, first, last) in expected.ssh.items())),
        cluster.psql(f"SELECT host(client) || '|' || client_id || '|' || count || '|' ||"
                     f" {NUMBER % 'first_seen'} || '|' || {NUMBER % 'last_seen'} AS line"
                     " FROM ssh_sighting ORDER BY 1"))
    if audit:
        _same("scan", "\n".join(
            f"{job}|{block}|{'done' if block % BLOCKS_OF_JOB == BLOCKS_OF_JOB - 1 else 'running'}"
            for job, block in sorted(expected.last_audit.items())),
            cluster.psql("SELECT id, sent, state FROM scan ORDER BY id"))
    for table, (columns, sql) in DERIVED.items():
        stored = f"SELECT {columns} FROM {table}"
        wrong = cluster.psql(f"SELECT count(*) FROM ((({sql}) EXCEPT ALL ({stored})) UNION ALL"
                             f" (({stored}) EXCEPT ALL ({sql}))) AS differing")
        check(wrong == "0", f"{table}: {wrong} rows are not what `session` says")
    for what, sql in EMPTY.items():
        found = cluster.psql(f"SELECT count(*) FROM ({sql}) AS wrong")
        check(found == "0", f"{found} times: {what}")
    return Counter(sessions=expected.sessions.rows, services=expected.services.rows,
                   targets=expected.targets.rows, certificates=len(expected.seen),
                   ssh=sum(count for count, _, _ in expected.ssh.values()))


# A certificate's last time is written at most so much behind (KnownThings).
LAST_SEEN_LAG = 600_000_000 // STEP_MICROS


def _same_certificates(expected, cluster):
    rows = [line.split("|") for line in cluster.psql(
        f"SELECT encode(sha256, 'hex'), {NUMBER % 'first_seen'}, {NUMBER % 'last_seen'}"
        " FROM certificate ORDER BY sha256").splitlines()]
    wanted = {der_hash(name).hex(): span for name, span in expected.seen.items()}
    _same("certificate", "\n".join(sorted(f"{key}|{first}" for key, (first, _) in wanted.items())),
          "\n".join(f"{key}|{first}" for key, first, _ in rows))
    for key, _, last in rows:
        check(wanted[key][1] - LAST_SEEN_LAG <= int(last) <= wanted[key][1],
              f"certificate {key}: last seen at {last}, not {wanted[key][1]}")


def _same(what, wanted, found):
    if wanted == found:
        return
    pairs = zip(wanted.split("\n") + [""], found.split("\n") + [""])
    first = next((pair for pair in pairs if pair[0] != pair[1]), ("more rows", "fewer rows"))
    raise Failed(f"{what}: expected {first[0]}, found {first[1]}")


def ranges_present(cluster):
    """Which deliveries the memory holds, as ranges of numbers; each must be there whole."""
    rows = cluster.psql(
        f"SELECT n / {BLOCK}, (n % {BLOCK} >= {TAP_PART})::int, count(*) FROM"
        f" (SELECT {NUMBER % 'ts'} AS n FROM session) AS each GROUP BY 1, 2 ORDER BY 1, 2")
    ranges = []
    for row in rows.split("\n") if rows else []:
        block, is_scan, count = map(int, row.split("|"))
        wanted = SCAN_END - TAP_PART if is_scan else TAP_PART - TAP_PART // 10
        check(count == wanted, f"block {block}: {count} sessions of one delivery, not {wanted}")
        first = block * BLOCK + (TAP_PART if is_scan else 0)
        ranges.append((first, block * BLOCK + (SCAN_END if is_scan else TAP_PART)))
    return ranges
