/* SPDX-License-Identifier: MIT */
/* The API at a scripted peer on loopback, and the answers that it gives. */
#ifndef TESTS_LANGSMITH_FIXTURE_H
#define TESTS_LANGSMITH_FIXTURE_H

#include "langsmith/api.h"
#include "net/peer.h"

#define JSON "Content-Type: application/json\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

/* An answer of that status; its body ends with the connection. */
#define SAY(status, fields, body) \
	{ \
		.say = "HTTP/1.1 " status " R\r\n" fields "\r\n" body, \
		.end = PEER_CLOSES \
	}
/* One that is to come again at once. */
#define AGAIN(status) SAY(status, JSON "Retry-After: 0\r\n", "{}")
#define LIST(body) SAY("200", JSON, "[" body "]")
#define LOST \
	{ \
		.end = PEER_CLOSES \
	}

/* The key is "key", the timeout 5 seconds; no attempt is made twice. */
extern struct api api;
extern struct api_settings settings;
extern struct url server;

/* Sets them up anew, for the peer at that port. */
void begin_api(uint16_t port);

/* How many of at most so many turns there are. */
size_t count_turns(const struct peer_turn *turns, size_t most);

#endif
