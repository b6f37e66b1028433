/* SPDX-License-Identifier: MIT */
/* A scripted peer on loopback: a child process that plays turns, and a log. */
#ifndef TESTS_NET_PEER_H
#define TESTS_NET_PEER_H

#include <sys/types.h>

#include "unit.h"

/* What becomes of the connection after a turn. */
enum peer_end {
	PEER_KEEPS, /* for the next turn, which need not come */
	PEER_CLOSES,
	PEER_RESETS,
	PEER_HANGS, /* says nothing until the client leaves */
	PEER_SLEEPS, /* nor does it read anything */
};

/* A turn answers one request, on the connection at hand or on a new one. */
struct peer_turn {
	const char *say;
	enum peer_end end;
	bool deaf; /* does not wait for the request */
	bool bytewise; /* says each byte by itself */
	size_t filler; /* bytes 'x' that are said behind `say` */
};

/* What the child has seen; shared with it. */
struct peer_log {
	unsigned connections;
	unsigned requests; /* whole heads */
	size_t len;
	uint8_t bytes[32768]; /* of all requests, one behind the other */
};

struct peer {
	uint16_t port;
	pid_t child;
	struct peer_log *log;
};

/*
 * Starts it. Behind the last turn's request nobody listens any more. It ends
 * by itself within ten seconds, whatever happens.
 */
void peer_start(struct peer *p, const struct peer_turn *turns, size_t count);

/*
 * Waits for its end, half a second at most: the client should have left. What
 * it has written down is valid until the next peer_start.
 */
void peer_stop(struct peer *p);

struct span peer_requests(const struct peer *p);

/* A loopback port that nobody listens on. */
uint16_t peer_free_port(void);

/* How many files this process has open. */
size_t open_files(void);

/* Runs what may not happen in this process in another; its return value. */
int in_child(int (*what)(void));

#endif
