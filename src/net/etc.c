/* SPDX-License-Identifier: MIT */
/* /etc/hosts and /etc/resolv.conf: what they say, read without a file. */
#include "net/etc.h"

#define DNS_PORT 53

void addresses_add(struct addresses *of, const union address *a)
{
	size_t family = a->any.sa_family == AF_INET6 ? FAMILY_V6 : FAMILY_V4;

	if (of->count[family] < HOST_ADDRESSES_MAX)
		of->list[family][of->count[family]++] = *a;
}

/* --- Words --- */

void etc_feed(struct etc_words *w, struct span bytes, etc_take *take,
              void *context)
{
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.at[i];

		if (c == '#' || (c == ';' && w->len == 0))
			w->comment = true;
		if (c > ' ' && !w->comment) {
			if (w->len < sizeof(w->text))
				w->text[w->len++] = c;
			continue;
		}
		if (w->len > 0) {
			take(context, w);
			w->len = 0;
			w->nth++;
		} else if (w->nth == 0) {
			w->indented = true;
		}
		if (c == '\n')
			*w = (struct etc_words){ .len = 0 };
	}
}

/* --- /etc/hosts --- */

void etc_take_host(void *hosts, const struct etc_words *w)
{
	struct etc_hosts *h = hosts;
	struct span name = { w->text, w->len };

	if (w->nth == 0) {
		h->open = address_parse(name, &h->address);
		return;
	}
	span_cut_suffix(&name, SPAN("."));
	if (!h->open || !span_equal_nocase(name, h->name))
		return;
	addresses_add(h->found, &h->address);
	h->open = false;
}

/* --- /etc/resolv.conf --- */

enum keyword { KEYWORD_NONE, NAMESERVER, DOMAIN, SEARCH, OPTIONS };

void etc_resolv_init(struct etc_resolv *c)
{
	c->server_count = 0;
	c->search = BUF_OVER(c->search_text);
	c->keyword = KEYWORD_NONE;
	c->ndots = 1;
	c->timeout = 5;
	c->attempts = 2;
	c->rotate = c->tcp = false;
}

static void add_server(struct etc_resolv *c, struct span text)
{
	union address *server = &c->servers[c->server_count];

	if (c->server_count == DNS_SERVERS_MAX || !address_parse(text, server))
		return;
	address_set_port(server, DNS_PORT);
	c->server_count++;
}

/* Reads `name` and a number behind it, which is cut to the most it may be. */
static bool read_number(struct span option, struct span name, unsigned most,
                        unsigned *out)
{
	uint64_t number;

	if (!span_cut_prefix(&option, name))
		return false;
	span_number(span_while(&option, "0123456789"), 10, &number);
	*out = number < most ? (unsigned)number : most;
	return true;
}

/* The most that glibc takes: RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY. */
static void set_option(struct etc_resolv *c, struct span option)
{
	if (read_number(option, SPAN("ndots:"), 15, &c->ndots) ||
	    read_number(option, SPAN("timeout:"), 30, &c->timeout) ||
	    read_number(option, SPAN("attempts:"), 5, &c->attempts))
		return;
	c->rotate |= span_equal(option, SPAN("rotate"));
	c->tcp |= span_equal(option, SPAN("use-vc"));
}

void etc_resolv_add_domain(struct etc_resolv *c, struct span domain)
{
	if (domain.len > URL_HOST_MAX ||
	    c->search.cap - c->search.len <= domain.len)
		return;
	buf_span(&c->search, domain);
	buf_byte(&c->search, ' ');
}

void etc_take_setting(void *resolv, const struct etc_words *w)
{
	struct etc_resolv *c = resolv;
	struct span word = { w->text, w->len };

	if (w->nth == 0)
		c->keyword = w->indented ? KEYWORD_NONE
		             : span_equal(word, SPAN("nameserver")) ? NAMESERVER
		             : span_equal(word, SPAN("domain"))     ? DOMAIN
		             : span_equal(word, SPAN("search"))     ? SEARCH
		             : span_equal(word, SPAN("options"))    ? OPTIONS
		                                                 : KEYWORD_NONE;
	else if (c->keyword == NAMESERVER && w->nth == 1)
		add_server(c, word);
	else if (c->keyword == OPTIONS)
		set_option(c, word);
	else if (c->keyword == SEARCH ||
	         (c->keyword == DOMAIN && w->nth == 1)) {
		/* The last line of either counts. */
		if (w->nth == 1)
			c->search = BUF_OVER(c->search_text);
		etc_resolv_add_domain(c, word);
	}
}

void etc_resolv_end(struct etc_resolv *c)
{
	if (c->server_count == 0)
		add_server(c, SPAN("127.0.0.1"));
	/* Of 0 glibc makes 1 second; of 0 attempts it makes no question at all. */
	c->timeout += c->timeout == 0;
	c->attempts += c->attempts == 0;
}
