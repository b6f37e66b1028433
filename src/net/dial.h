/* SPDX-License-Identifier: MIT */
/* TCP: resolve a name, connect, send and receive, all until a deadline. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/resolve.h"
#include "net/route.h"

/* What a read from a connection brought. */
enum net_input {
	NET_DATA, /* at least one byte */
	NET_END, /* the peer's clean end */
	NET_FAILED, /* an error is set */
};

/* Whether host is an address in text form, not a name. */
bool dial_is_address(const char *host);

/* A way to a server. */
struct dial {
	const struct route
		*route; /* whose addresses go before others, or NULL */
	int fd; /* the connection */

	/* Its own, while it connects. */
	struct pollfd files[RESOLVE_FILES + DIAL_ATTEMPTS_MAX];
	size_t attempts; /* under way: files behind those of names, oldest first */
	size_t tried[FAMILIES]; /* addresses */
	size_t turn; /* the family whose address comes next */
	int64_t next; /* ms, when it does */
	int error; /* errno of an attempt that failed */
	struct resolve names;
};

/*
 * Connects to where the URL says. Addresses of a name are tried in the order
 * of the resolver, IPv6 and IPv4 in turn, the next one 250 ms after the last or
 * when that has failed (RFC 8305 section 5), and the first connection wins. A
 * URL that is not secure is dialled only where all its addresses are loopback.
 * dial->fd is then non-blocking; the caller closes it. Without TCP_NODELAY what
 * is sent should be whole: nothing small leaves while something small is under
 * way. Errors: ERR_NOT_LOOPBACK, ERR_CONNECT, and what resolve and
 * wait_ready give.
 */
bool dial_connect(struct dial *dial, const struct url *to, struct deadline d,
                  struct err *e);

/* Sends all of it. ERR_SEND, and what wait_ready gives. */
bool dial_write(int fd, struct span bytes, struct deadline d, struct err *e);

/* Receives into `into` at once what is there, at most READ_MAX bytes. */
enum net_input dial_read(int fd, struct buf *into, struct deadline d,
                         struct err *e);

#endif
