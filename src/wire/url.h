/* SPDX-License-Identifier: MIT */
/* The base URL of the API: scheme, host, port and path prefix. */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include "base/err.h"
#include "base/limits.h"

/* Where the API is. Owns all its bytes. */
struct url {
	bool secure; /* https; else http */
	bool ipv6; /* host was written in brackets */
	bool rooted; /* with a final dot: it is no beginning of a name */
	uint16_t port; /* 1 to 65535 */
	char host[URL_HOST_MAX + 1]; /* lower case, no brackets, with NUL */
	char zone[URL_ZONE_MAX + 1]; /* of an IPv6 address (RFC 6874); or "" */
	size_t prefix_len;
	uint8_t prefix[URL_PREFIX_MAX]; /* "" or "/langsmith" */
};

/*
 * Reads an absolute http or https URL (RFC 3986) without userinfo, query and
 * fragment. Trailing slashes and then one whole trailing /api/v1 or /api are
 * taken off the path: what is left is the prefix before /api/v1/... Errors:
 * ERR_URL with the reason; the URL itself is not repeated, since people put
 * secrets into URLs.
 */
bool url_parse(struct span text, struct url *out, struct err *e);

/*
 * Reads HOST[:PORT] into host, zone, ipv6, rooted and, where there is one, port.
 * Errors as url_parse.
 */
bool url_parse_authority(struct span text, struct url *out, struct err *e);

/* Whether it is a port, 1 to 65535, in at most five digits. */
bool url_parse_port(struct span digits, uint16_t *port);

/* The host, and behind a % its zone if it has one. */
void url_put_host(struct buf *out, const struct url *u);

struct span url_prefix(const struct url *u);

/* Whether both are the same scheme, host, port and prefix. */
bool url_equal(const struct url *a, const struct url *b);

/* host, in brackets if need be, and the port where it is not the default. */
void url_put_authority(struct buf *out, const struct url *u);

#endif
