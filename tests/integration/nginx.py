# SPDX-License-Identifier: MIT
# nginx as an ordinary process: nothing outside its folder, nothing forked.
"""
(folder / "nginx.conf").write_text(nginx_conf(folder, "server { ... }"))
["nginx", "-c", folder / "nginx.conf", "-p", folder]
"""


def nginx_conf(folder, http, access_log="off"):
    """All of a file whose http block has that in it."""
    return f"""\
daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log "{folder}/error.log";
events {{}}
http {{
    access_log {access_log};
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
{http}}}
"""
