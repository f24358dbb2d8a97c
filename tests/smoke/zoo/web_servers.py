# SPDX-License-Identifier: Apache-2.0
"""nginx, haproxy and stunnel: one process each, with every kind of TLS at addresses of its own."""
from dataclasses import replace

from zoo.truth import KINDS, NAMELESS, service_of

_NGINX = """\
daemon off;
worker_processes 1;
user root;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
"""


def nginx(place, certificates, addresses):
    port, home = 443, place.folder("nginx")
    text, services = _NGINX.format(home=home), []
    for kind, address in zip(KINDS, addresses):
        sites = [(kind.name, kind.certificates)] + [(name, (each,)) for name, each in kind.names]
        for name, chains in sites:
            text += (f"  server {{\n    listen {address}:{port} ssl;\n    server_name {name};\n"
                     f"    ssl_protocols {' '.join(kind.versions)};\n"
                     "    ssl_ciphers ALL:@SECLEVEL=0;\n")
            text += "".join(f"    ssl_certificate {certificates.pem(each)};\n"
                            f"    ssl_certificate_key {certificates.key(each)};\n"
                            for each in chains)
            text += f"    ssl_ecdh_curve {kind.groups};\n" if kind.groups else ""
            text += (f"    ssl_verify_client on;\n    ssl_client_certificate {certificates.root};\n"
                     if kind.wants_client else "")
            text += "    return 200;\n  }\n"
        services.append(service_of(kind, "nginx", (address, port), certificates))
    config = home / "nginx.conf"
    config.write_text(text + "}\n", encoding="ascii")
    place.spawn("nginx", "-p", home, "-c", config, env=place.old)
    place.at(addresses[0]).wait_for_port(port)
    return services


def haproxy(place, certificates, addresses):
    port, home = 443, place.folder("haproxy")
    text = ("global\n  tune.ssl.default-dh-param 2048\ndefaults\n  mode http\n"
            "  timeout connect 5s\n  timeout client 10s\n  timeout server 5s\n")
    services = []
    for kind, address in zip(KINDS, addresses):
        first = certificates.both(kind.certificates[0])
        if len(kind.certificates) == 2:  # a bundle: the same name with the kind of its key
            first = home / "both.pem"
            for suffix, each in zip(("rsa", "ecdsa"), kind.certificates):
                (home / f"both.pem.{suffix}").write_bytes(
                    certificates.both(each).read_bytes())
        words = [f"bind {address}:{port} ssl crt {first}"]
        words += [f"crt {certificates.both(each)}" for _, each in kind.names]
        low, high = (each.replace("TLSv1", "TLSv1.0") if each == "TLSv1" else each
                     for each in (kind.lowest, kind.highest))
        words += [f"ssl-min-ver {low} ssl-max-ver {high} ciphers ALL:@SECLEVEL=0"]
        words += [f"curves {kind.groups}"] if kind.groups else []
        words += [f"verify required ca-file {certificates.root}"] if kind.wants_client else []
        text += (f"frontend on-{address}\n  {' '.join(words)}\n"
                 "  http-request return status 200\n")
        service = service_of(kind, "haproxy", (address, port), certificates)
        if len(kind.certificates) == 2:  # both only for whoever names them
            chains = service.chains[NAMELESS]
            service = replace(service, chains={NAMELESS: chains[1:], "www.lab.test": chains})
        services.append(service)
    config = home / "haproxy.cfg"
    config.write_text(text, encoding="ascii")
    place.spawn("haproxy", "-db", "-f", config, env=place.old)
    place.at(addresses[0]).wait_for_port(port)
    return services


def stunnel(place, certificates, addresses):
    """It has one certificate at most: all kinds but that with two."""
    port, home = 993, place.folder("stunnel")
    text = f"foreground = yes\npid =\nsyslog = no\noutput = {home}/log\n"
    services = []
    for kind, address in zip(KINDS, addresses):
        if len(kind.certificates) > 1:
            continue
        sites = [(kind.name, kind.certificates[0], f"accept = {address}:{port}")]
        sites += [(f"{kind.name}-{name}", each, f"sni = {kind.name}:{name}")
                  for name, each in kind.names]
        for name, chain, where in sites:
            text += (f"[{name}]\n{where}\nconnect = 127.0.0.1:9\ncert = {certificates.pem(chain)}\n"
                     f"key = {certificates.key(chain)}\nsslVersionMin = {kind.lowest}\n"
                     f"sslVersionMax = {kind.highest}\nsecurityLevel = 0\n")
            text += f"curves = {kind.groups}\n" if kind.groups else ""
            text += (f"verifyChain = yes\nCAfile = {certificates.root}\n"
                     if kind.wants_client else "")
        services.append(service_of(kind, "stunnel", (address, port), certificates))
    config = home / "stunnel.conf"
    config.write_text(text, encoding="ascii")
    place.spawn("stunnel4", config, env=place.old)
    place.at(addresses[0]).wait_for_port(port)
    return services
