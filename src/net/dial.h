/* SPDX-License-Identifier: MIT */
/* TCP: resolve a name, connect, send and receive, all until a deadline. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/wait.h"
#include "wire/url.h"

/* What a read from a connection brought. */
enum net_input {
	NET_DATA, /* at least one byte */
	NET_END, /* the peer's clean end */
	NET_FAILED, /* an error is set */
};

/* Whether host is an address in text form, not a name. */
bool dial_is_address(const char *host);

/*
 * Connects to where the URL says. Addresses of a name are tried in the order
 * of the resolver, the next one 250 ms after the last or when that has failed
 * (RFC 8305 section 5), and the first connection wins. A URL that is not
 * secure is dialled only where all its addresses are loopback. *fd is
 * non-blocking, close-on-exec, and sends without delay; the caller closes it.
 * Errors: ERR_NO_NAME, ERR_LOOKUP, ERR_NOT_LOOPBACK, ERR_CONNECT, and what
 * wait_ready gives.
 */
bool dial_connect(const struct url *to, int *fd, struct deadline d,
                  struct err *e);

/* Sends all of it. ERR_SEND, and what wait_ready gives. */
bool dial_write(int fd, struct span bytes, struct deadline d, struct err *e);

/* Receives into `into` at once what is there, at most READ_MAX bytes. */
enum net_input dial_read(int fd, struct buf *into, struct deadline d,
                         struct err *e);

#endif
