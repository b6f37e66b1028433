/* SPDX-License-Identifier: MIT */
/* One request, one response, over a connection that is kept for the next. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "net/proxy.h"
#include "net/tls.h"
#include "wire/http.h"

/* The one server that patrm talks to. The caller owns it. */
struct client {
	const struct url *server;
	struct verify *verify;
	const struct route *route; /* ways that were given; or NULL */
	const struct proxy *proxy; /* or NULL */
	/* Is told what happens; or NULL. */
	void (*say)(void *context, struct span line);
	void *say_context;

	struct tls *tls; /* NULL until it is needed */
	bool open;
	size_t used; /* of `in`, at most: what there is to wipe */
	struct dial dial; /* its fd is the connection */
	uint8_t in[READ_MAX];
};

/* How far an exchange has come. Each step includes those before it. */
enum exchange_progress {
	EXCHANGE_UNSENT, /* the server has not got the request */
	EXCHANGE_SENT, /* all of it has left: it may have been obeyed */
	EXCHANGE_ANSWERED, /* the response's status and headers are there */
	EXCHANGE_WHOLE, /* and all of its content was taken */
};

/* One request and what became of it. */
struct exchange {
	struct span request; /* the caller's */
	/*
	 * Takes the response's content, piece by piece, once its status and
	 * headers are in `response`. False, with *e set, ends the exchange.
	 */
	bool (*take)(void *context, struct span content, struct err *e);
	void *context;
	struct deadline deadline;

	enum exchange_progress progress;
	struct http_response response; /* from EXCHANGE_ANSWERED on */
};

/* A client for the server, not connected yet; all are borrowed. */
void client_init(struct client *c, const struct url *server,
                 struct verify *verify);

/*
 * Sends the request, over the connection that is open or a new one, and reads
 * the response. True where all of it came; else *e says what happened, and
 * x->progress how far it went. What x->take refuses ends it, too.
 */
bool client_exchange(struct client *c, struct exchange *x, struct err *e);

/* Ends the connection, if there is one, and wipes what it knew. */
void client_close(struct client *c);

/* The same at the end of the process, which closes the file by itself. */
void client_end(struct client *c);

#endif
