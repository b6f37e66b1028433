/* SPDX-License-Identifier: MIT */
/* Addresses of the internet, as the sockets take them. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>

#include "base/buf.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/*
 * Reads an IPv4 address, four decimal numbers, or an IPv6 address (RFC 4291),
 * with a zone or without (RFC 4007 section 11: fe80::1%eth0, fe80::1%2). As in
 * glibc, a zone that is not there is none. The port is 0.
 */
bool address_parse(struct span text, union address *a);

/* The address of that many bytes, 4 or 16, without a zone and a port. */
void address_set(union address *a, struct span bytes);

struct span address_bytes(const union address *a);
void address_set_port(union address *a, uint16_t port);

/* What bind and connect want to know of it. */
socklen_t address_size(const union address *a);

bool address_is_loopback(const union address *a);

#endif
