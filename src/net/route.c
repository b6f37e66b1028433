/* SPDX-License-Identifier: MIT */
/* Ways that were given: --resolve in place of DNS, --connect-to of a server. */
#include "net/route.h"

/* HOST:PORT:TO, the host in brackets or not; without a port it is 0. */
static bool read_rule(struct span text, struct route_rule *rule)
{
	bool brackets = span_cut_prefix(&text, SPAN("["));
	struct span port;

	rule->port = 0;
	if (!span_cut_mark(&text, brackets ? SPAN("]") : SPAN(":"),
	                   &rule->host) ||
	    (brackets && !span_cut_prefix(&text, SPAN(":"))) ||
	    !span_cut_mark(&text, SPAN(":"), &port))
		return false;
	if (rule->host.len > 1)
		span_cut_suffix(&rule->host, SPAN("."));
	rule->to = text;
	return port.len == 0 || url_parse_port(port, &rule->port);
}

/* HOST2:PORT2 into the server; what is empty stays as it is. */
static bool read_peer(struct span text, struct url *server)
{
	struct err ignored = { 0 };

	span_cut_suffix(&text, SPAN(":"));
	if (text.len == 0)
		return true;
	if (span_cut_prefix(&text, SPAN(":")))
		return url_parse_port(text, &server->port);
	return url_parse_authority(text, server, &ignored);
}

bool route_add_address(struct route *r, struct span text, struct err *e)
{
	struct route_rule *rule = &r->addresses[r->address_count];
	struct span rest, item;
	union address address;

	/* As in curl: + is about how long it counts, * is any host. */
	rest = text;
	span_cut_prefix(&rest, SPAN("+"));
	if (!read_rule(rest, rule) || rule->host.len == 0 || rule->port == 0)
		return err_set_span(e, ERR_ROUTE, text);
	if (span_equal(rule->host, SPAN("*")))
		rule->host.len = 0;
	rest = rule->to;
	while (span_cut(&rest, ',', &item))
		if (!address_parse(span_trim(item, "[]"), &address))
			return err_set_span(e, ERR_ROUTE, text);
	r->address_count++;
	return true;
}

bool route_add_peer(struct route *r, struct span text, struct err *e)
{
	struct route_rule *rule = &r->peers[r->peer_count];
	struct url peer = { .port = 1 };

	if (!read_rule(text, rule) || !read_peer(rule->to, &peer))
		return err_set_span(e, ERR_ROUTE, text);
	r->peer_count++;
	return true;
}

/* The first for the server; for any host as well, or for this one only. */
static const struct route_rule *find(const struct route_rule *rules,
                                     size_t count, const struct url *server,
                                     bool any)
{
	for (size_t i = 0; i < count; i++)
		if (((any && rules[i].host.len == 0) ||
		     span_equal_nocase(rules[i].host, span_of(server->host))) &&
		    (rules[i].port == 0 || rules[i].port == server->port))
			return &rules[i];
	return NULL;
}

struct span route_addresses(const struct route *r, const struct url *server)
{
	const struct route_rule *rule =
		find(r->addresses, r->address_count, server, false);

	if (rule == NULL)
		rule = find(r->addresses, r->address_count, server, true);
	return rule != NULL ? rule->to : (struct span){ NULL, 0 };
}

void route_find_peer(const struct route *r, const struct url *server,
                     struct url *peer)
{
	const struct route_rule *rule =
		find(r->peers, r->peer_count, server, true);

	*peer = *server;
	if (rule != NULL)
		(void)read_peer(rule->to, peer);
}
