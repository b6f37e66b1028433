/* SPDX-License-Identifier: MIT */
/* Proxies: which one, for whom, and a tunnel through it. */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "net/dial.h"

enum proxy_kind {
	PROXY_NONE,
	PROXY_HTTP, /* CONNECT, RFC 9110 section 9.3.6 */
	PROXY_SOCKS, /* version 5, RFC 1928; it resolves the name */
};

/* Owns its bytes, but for the list. Who is done with it wipes its secrets. */
struct proxy {
	enum proxy_kind kind;
	struct url at; /* host and port */
	struct span bypass; /* list of servers that it is not for; borrowed */
	bool has_user;
	size_t user_len, password_len; /* decoded */
	uint8_t user[PROXY_WORD_MAX], password[PROXY_WORD_MAX];
};

/*
 * Reads [http://|socks5h://][USER[:PASSWORD]@]HOST[:PORT][/]; the port is 1080
 * where none is given, as in curl. socks5:// is socks5h://. ERR_PROXY_URL with the
 * reason; the URL, which may hold a password, is not repeated.
 */
bool proxy_parse(struct span text, struct proxy *p, struct err *e);

/*
 * Whether a list like that of NO_PROXY names the server: elements between
 * commas or blanks are `*`, a domain, with or without a dot before it, for itself
 * and all below it, an address, or a range of them (10.0.0.0/8); each but a
 * range may end with :PORT.
 */
bool proxy_is_bypassed(struct span list, const struct url *server);

/*
 * Has the proxy, which fd is connected to, connect to `to`. What is sent are
 * the names of host and port, user and password, and nothing else. ERR_PROXY
 * with what the proxy answered or why it did not, ERR_PROXY_USER, and what
 * wait_ready gives.
 */
bool proxy_tunnel(const struct proxy *p, int fd, const struct url *to,
                  struct deadline d, struct err *e);

#endif
