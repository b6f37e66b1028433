/* SPDX-License-Identifier: MIT */
/* One request, one response, over a connection that is kept for the next. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "net/tls.h"
#include "wire/http.h"

/* The one server that patrm talks to. The caller owns it. */
struct client {
	const struct url *server;
	struct verify *verify;
	void (*say)(struct span line); /* what happens, or NULL */

	struct tls *tls; /* NULL until it is needed */
	bool open;
	int fd;
	uint8_t in[READ_MAX];
};

/* One request and what became of it. */
struct exchange {
	struct span request; /* the caller's */
	/*
	 * Takes the response's content, piece by piece, once its status and
	 * headers are in `response`. False, with *e set, ends the exchange.
	 */
	bool (*take)(struct exchange *x, struct span content, struct err *e);
	struct deadline deadline;

	bool sent; /* all of the request has left: it may have been obeyed */
	bool answered; /* the response's status and headers are in `response` */
	bool whole; /* and all of its content was taken */
	struct http_response response;
};

/* A client for the server, not connected yet; all are borrowed. */
void client_init(struct client *c, const struct url *server,
                 struct verify *verify);

/*
 * Sends the request, over the connection that is open or a new one, and reads
 * the response. True where x->whole; else *e says what happened, and x how far
 * it came: an error before x->sent means that the server has not got the
 * request. What x->take refuses ends it, too.
 */
bool client_exchange(struct client *c, struct exchange *x, struct err *e);

/* Ends the connection, if there is one, and wipes what it knew. */
void client_close(struct client *c);

#endif
