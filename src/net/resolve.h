/* SPDX-License-Identifier: MIT */
/* From the name of a host to its addresses: /etc/hosts, then DNS. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/etc.h"
#include "net/wait.h"
#include "wire/dns.h"
#include "wire/url.h"

/* Files that a lookup waits for: one for each server and family. */
#define RESOLVE_FILES ((size_t)FAMILIES * DNS_SERVERS_MAX)

/* A server that is asked for one family, and what it says. */
struct resolve_server {
	bool tcp;
	size_t got; /* over TCP */
	uint8_t bytes[DNS_PREFIX + DNS_MESSAGE_MAX];
};

/* The question for the name's addresses of one family. */
struct resolve_family {
	struct dns_query query;
	enum dns_answer answer; /* the last; DNS_NOTHING before the first */
	bool over; /* nobody is asked any more */
	unsigned asked; /* how often a server was */
	int64_t next; /* ms, when the next one is asked, or when all is over */
};

/*
 * A lookup under way. Addresses that come while others are being tried add to
 * those that are there.
 */
struct resolve {
	struct pollfd *files; /* RESOLVE_FILES, for poll; the caller's */
	bool ready; /* its addresses are worth trying by now */
	bool over; /* no more will come */
	int64_t wake; /* ms, when resolve_step is due without an event */

	/* Its own. */
	const struct url *host;
	struct span domains; /* of the search list: those still to be asked */
	bool searched; /* that list was begun */
	unsigned names; /* that were asked for */
	bool bare; /* the name as it was given has been among them */
	bool judged, failed; /* it is not known that none of them is there */
	size_t first, best; /* server: asked first; the last that knew */
	int error; /* errno, where the system has no socket */
	int64_t began, settled; /* ms, or 0: when the wait for the rest ends */
	struct resolve_family families[FAMILIES];
	struct addresses found; /* for who connects */
	struct etc_resolv conf;
	struct resolve_server servers[RESOLVE_FILES];
};

/*
 * Instead of a lookup: the addresses, between commas, each in brackets or not;
 * r->files is set. What is none is left out.
 */
void resolve_given(struct resolve *r, struct span addresses);

/*
 * Begins to look the host up; r->files is set. An address stands for itself,
 * localhost and what ends with it for this machine (RFC 6761 section 6.3);
 * then /etc/hosts counts, then the servers of /etc/resolv.conf, which are
 * asked for the names that glibc would ask for. False with ERR_DEADLINE,
 * ERR_SIGNAL or what resolve_step gives.
 */
bool resolve_begin(struct resolve *r, const struct url *host, struct deadline d,
                   struct err *e);

/*
 * Goes on, after each poll. Both families are asked at a time, and once one has
 * addresses the other is waited for no longer than 50 ms before r->ready is
 * set (RFC 8305 section 3). False, once it is over without an address, with
 * ERR_NO_NAME where both families are denied, ERR_LOOKUP or ERR_SYSTEM; or with
 * what random_fill gives.
 */
bool resolve_step(struct resolve *r, struct deadline d, struct err *e);

/* Ends it; what was found stays. */
void resolve_end(struct resolve *r);

#endif
