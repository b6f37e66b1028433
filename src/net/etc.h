/* SPDX-License-Identifier: MIT */
/* /etc/hosts and /etc/resolv.conf: what they say, read without a file. */
#ifndef NET_ETC_H
#define NET_ETC_H

#include "base/limits.h"
#include "net/address.h"

enum address_family { FAMILY_V6, FAMILY_V4, FAMILIES };

/* Addresses of one host. */
struct addresses {
	size_t count[FAMILIES];
	union address list[FAMILIES][HOST_ADDRESSES_MAX];
};

/* Adds it to those of its family, as long as there is room. */
void addresses_add(struct addresses *of, const union address *a);

/*
 * A file's words, whatever the length of its lines; all zeros at its start. What
 * stands behind a '#', or behind a ';' before a word, is a comment.
 */
struct etc_words {
	uint8_t text[URL_HOST_MAX + 2]; /* what is cut off here is no name */
	size_t len;
	unsigned nth; /* word of its line, from 0 */
	bool indented; /* the line begins with a blank */
	bool comment;
};

/* Gets each word; the text is valid until it returns. */
typedef void etc_take(void *context, const struct etc_words *w);

/* Takes the file's next bytes; behind its last ones a newline ends it. */
void etc_feed(struct etc_words *w, struct span bytes, etc_take *take,
              void *context);

/* /etc/hosts: collects the addresses of one name. */
struct etc_hosts {
	struct span name; /* without a final dot; compared without case */
	struct addresses *found;
	union address address; /* of the line at hand */
	bool open; /* that counts, if the name follows */
};

etc_take etc_take_host;

/* /etc/resolv.conf, as resolv.conf(5) and glibc have it. */
struct etc_resolv {
	union address servers[DNS_SERVERS_MAX];
	size_t server_count;
	uint8_t search_text[DNS_SEARCH_MAX];
	struct buf search; /* the domains, a blank behind each */
	unsigned keyword; /* of the line at hand */
	unsigned ndots, timeout, attempts; /* timeout in seconds */
	bool rotate, tcp;
};

/* What holds without the file: no server at all. */
void etc_resolv_init(struct etc_resolv *c);

etc_take etc_take_setting;

/* Adds it to the search list, as long as there is room. */
void etc_resolv_add_domain(struct etc_resolv *c, struct span domain);

/* At the end of the file, if there was one: the server here is the default. */
void etc_resolv_end(struct etc_resolv *c);

#endif
