/* SPDX-License-Identifier: MIT */
/* DNS messages (RFC 1035): a question for addresses, and its answer. */
#include "wire/dns.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

/* Where things are in a message. */
#define FLAGS 2
#define QUESTIONS 4
#define ANSWERS 6
#define AUTHORITIES 8
#define ADDITIONS 10

bool dns_is_within(struct span name, struct span domain)
{
	size_t more = name.len - domain.len;

	return name.len >= domain.len &&
	       span_equal_nocase(span_skip(name, more), domain) &&
	       (more == 0 || name.at[more - 1] == '.');
}

bool dns_query_init(struct dns_query *q, const char *name, enum dns_type type)
{
	uint8_t *message = q->bytes + DNS_PREFIX;
	int len = res_mkquery(ns_o_query, name, ns_c_in, (int)type, NULL, 0,
	                      NULL, message, DNS_QUERY_MAX);

	if (len < 0)
		return false;
	q->len = DNS_PREFIX + (size_t)len;
	ns_put16((unsigned)len, q->bytes);
	/* Recursion is desired, and nothing besides. */
	ns_put16(0x0100, message + FLAGS);
	return true;
}

/* Leaves the question and the answers that are whole, and nothing behind. */
static void cut_message(struct buf *m, unsigned answers)
{
	const uint8_t *at = m->at + NS_HFIXEDSZ, *end = m->at + m->len;
	int size = ns_skiprr(at, end, ns_s_qd, 1);
	unsigned whole = 0;

	at += size;
	while (whole < answers &&
	       (size = ns_skiprr(at, end, ns_s_an, 1)) >= 0) {
		at += size;
		whole++;
	}
	ns_put16(whole, m->at + ANSWERS);
	memset(m->at + AUTHORITIES, 0, 4);
	m->len = (size_t)(at - m->at);
}

static bool is_of(const ns_rr *rr, const char *name)
{
	return rr->rr_class == ns_c_in &&
	       span_equal_nocase(span_of(rr->name), span_of(name));
}

/* Makes the name what it is an alias of; false where it is none. */
static bool follow_alias(ns_msg *m, char name[NS_MAXDNAME])
{
	ns_rr rr;

	for (int i = 0; ns_parserr(m, ns_s_an, i, &rr) == 0; i++)
		if (rr.type == ns_t_cname && is_of(&rr, name))
			return dn_expand(ns_msg_base(*m), ns_msg_end(*m),
			                 rr.rdata, name, NS_MAXDNAME) >= 0;
	return false;
}

static enum dns_answer read_addresses(struct buf *message,
                                      struct dns_addresses *found)
{
	unsigned answers = ns_get16(message->at + ANSWERS);
	unsigned aliases = 0, type, size, i;
	char name[NS_MAXDNAME];
	ns_msg m;
	ns_rr rr;

	cut_message(message, answers);
	if (ns_initparse(message->at, (int)message->len, &m) != 0 ||
	    ns_parserr(&m, ns_s_qd, 0, &rr) != 0)
		return DNS_FAILED;
	memcpy(name, rr.name, sizeof(name));
	type = rr.type;
	size = type == DNS_A ? NS_INADDRSZ : NS_IN6ADDRSZ;
	while (follow_alias(&m, name))
		if (++aliases > DNS_ALIASES_MAX)
			return DNS_FAILED;
	for (i = 0; ns_parserr(&m, ns_s_an, (int)i, &rr) == 0; i++)
		if (rr.type == type && rr.rdlength == size &&
		    is_of(&rr, name) && found->count < HOST_ADDRESSES_MAX)
			found->list[found->count++] =
				(struct span){ rr.rdata, size };
	if (found->count > 0)
		return DNS_ADDRESSES;
	/* What cannot be read might be one. */
	return i == answers ? DNS_NO_DATA : DNS_FAILED;
}

/* Whether it repeats the question; the case of letters is the server's. */
static bool is_to(const struct buf *message, const struct dns_query *q)
{
	const size_t before = DNS_PREFIX + NS_HFIXEDSZ;
	const struct span asked = { q->bytes + before, q->len - before };

	return message->len >= NS_HFIXEDSZ + asked.len &&
	       ns_get16(message->at + QUESTIONS) == 1 &&
	       span_equal_nocase(
		       asked,
		       (struct span){ message->at + NS_HFIXEDSZ, asked.len });
}

enum dns_answer dns_read(struct buf *message, const struct dns_query *q,
                         struct dns_addresses *found)
{
	const uint8_t *head = message->at;
	unsigned flags, code;

	found->count = 0;
	if (message->len < NS_HFIXEDSZ ||
	    memcmp(head, q->bytes + DNS_PREFIX, 2) != 0)
		return DNS_NOTHING;
	flags = ns_get16(head + FLAGS);
	code = flags & 0x000f;
	if ((flags & 0xf800) != 0x8000) /* a response to a query */
		return DNS_NOTHING;
	/* Some that refuse repeat no question. */
	if (!is_to(message, q))
		return code != ns_r_noerror && code != ns_r_nxdomain &&
		                       ns_get16(head + QUESTIONS) == 0
		               ? DNS_FAILED
		               : DNS_NOTHING;
	if (code == ns_r_nxdomain)
		return DNS_NO_NAME;
	if (code != ns_r_noerror)
		return code == ns_r_servfail ? DNS_SERVFAIL : DNS_FAILED;
	if ((flags & 0x0200) != 0)
		return DNS_TRUNCATED;
	/* "None" of who neither knows nor asks others; as in glibc. */
	if ((flags & 0x0480) == 0 && ns_get16(head + ANSWERS) == 0 &&
	    ns_get16(head + ADDITIONS) == 0)
		return DNS_FAILED;
	return read_addresses(message, found);
}
