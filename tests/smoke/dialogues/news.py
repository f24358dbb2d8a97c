# SPDX-License-Identifier: Apache-2.0
"""INN's server for readers, alone: it takes connections itself and needs no innd."""
import os
import shutil

from appliance import check
from dialogues.exchange import s_client

PROGRAMS = "/usr/lib/news/bin"


def inn(place):
    port, name = 12119, "news.test"
    pem, key = place.certificate(name)
    home, own_key = place.folder("inn"), place.directory / "inn.key"
    for folder in ("run", "etc", "db", "spool", "spool/articles", "spool/overview", "log"):
        place.folder(f"inn/{folder}")
    shutil.copy(key, own_key)
    os.chmod(own_key, 0o600)  # else it is refused
    paths = {"etc": "etc", "db": "db", "run": "run", "tmp": "run", "spool": "spool", "log": "log"}
    words = [f"path{what}: {home}/{folder}" for what, folder in paths.items()]
    (home / "etc/inn.conf").write_text("\n".join([
        "domain: news.test", "pathhost: news.test", "fromhost: news.test", "server: localhost",
        "mta: /bin/true", "pathnews: /usr/lib/news", "enableoverview: true", "hismethod: hisv6",
        "ovmethod: tradindexed", f"tlscertfile: {pem}", f"tlskeyfile: {own_key}",
        f"tlscafile: {pem}", *words]) + "\n", encoding="utf-8")
    (home / "etc/storage.conf").write_text("method trash {\n  newsgroups: *\n  class: 0\n}\n",
                                           encoding="utf-8")
    (home / "etc/readers.conf").write_text(
        'auth "all" {\n  hosts: "*"\n  default: "<user>"\n}\n'
        'access "all" {\n  users: "*"\n  newsgroups: "*"\n}\n', encoding="utf-8")
    for file in ("active", "newsgroups", "history"):
        (home / "db" / file).touch()
    for path in (own_key, *home.rglob("*"), home):
        shutil.chown(path, "news", "news")
    config = {"INNCONF": str(home / "etc/inn.conf")}
    as_news = ("setpriv", "--reuid=news", "--regid=news", "--clear-groups")
    for command in (("makedbz", "-i", "-o", "-f", home / "db/history"),
                    ("makehistory", "-O", "-x")):
        made = place.run(*as_news, f"{PROGRAMS}/{command[0]}", *command[1:], env=config)
        check(made.returncode == 0, f"{command[0]}: {made.stderr.strip()}")
    place.spawn("env", f"INNCONF={config['INNCONF']}", f"{PROGRAMS}/nnrpd", "-D", "-f", "-p", port,
                "-c", home / "etc/readers.conf")
    place.wait_for_port(port)
    return [s_client(port, "nntp", name)]
