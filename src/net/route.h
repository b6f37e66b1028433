/* SPDX-License-Identifier: MIT */
/* Ways that were given: --resolve in place of DNS, --connect-to of a server. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "net/address.h"
#include "wire/url.h"

/* For servers of that name and port; the texts are the caller's. */
struct route_rule {
	struct span host; /* empty: any */
	uint16_t port; /* 0: any */
	struct span to;
};

/* All zeros: none. */
struct route {
	size_t address_count, peer_count;
	struct route_rule addresses[ROUTES_MAX]; /* to: ADDR, or ADDR,ADDR... */
	struct route_rule peers[ROUTES_MAX]; /* to: HOST2:PORT2 */
};

/*
 * HOST:PORT:ADDR[,ADDR...] of --resolve, HOST1:PORT1:HOST2:PORT2 of
 * --connect-to; an IPv6 address stands in brackets, but as ADDR it need not. Of
 * the latter's parts each may be empty, as in curl: any, or the same. ERR_ROUTE.
 */
bool route_add_address(struct route *r, struct span text, struct err *e);
bool route_add_peer(struct route *r, struct span text, struct err *e);

/* What the first rule for it says; at is NULL where there is none. */
struct span route_addresses(const struct route *r, const struct url *server);

/* Whom to connect to for that server: another one, or itself. */
void route_find_peer(const struct route *r, const struct url *server,
                     struct url *peer);

#endif
