/* SPDX-License-Identifier: MIT */
/* DNS messages (RFC 1035): a question for addresses, and its answer. */
#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include "base/buf.h"
#include "base/limits.h"

/* Whether a name is the domain or below it, in any case of letters. */
bool dns_is_within(struct span name, struct span domain);

enum dns_type { DNS_A = 1, DNS_AAAA = 28 };

/* Bytes in front of a message over TCP: its length (section 4.2.2). */
#define DNS_PREFIX 2

/* A question, with that in front; the id is the message's first two bytes. */
struct dns_query {
	uint8_t bytes[DNS_PREFIX + DNS_QUERY_MAX];
	size_t len; /* of all of it */
};

/* What a message is to a question; the more it says, the higher. */
enum dns_answer {
	DNS_NOTHING, /* not an answer to it */
	DNS_TRUNCATED, /* to be asked again over TCP (RFC 7766 section 5) */
	DNS_FAILED, /* this server cannot or will not say */
	DNS_SERVFAIL,
	DNS_NO_DATA, /* the name has no addresses of that type */
	DNS_NO_NAME, /* nor anything else, or so it says */
	DNS_ADDRESSES,
};

/* Addresses, each of 4 or 16 bytes, within the message. */
struct dns_addresses {
	size_t count;
	struct span list[HOST_ADDRESSES_MAX];
};

/*
 * Makes the question for a name's addresses of that type; the id is left to
 * the caller. False for what is no name: with an empty label, or too long.
 */
bool dns_query_init(struct dns_query *q, const char *name, enum dns_type type);

/*
 * Reads a message, which it may change. The addresses are those of the name or
 * of what it is an alias of, in whatever order the records stand; of a message
 * that is cut off they are those that came.
 */
enum dns_answer dns_read(struct buf *message, const struct dns_query *q,
                         struct dns_addresses *found);

#endif
