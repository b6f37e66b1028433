/* SPDX-License-Identifier: MIT */
/* Tests of net/route: rules of --resolve and --connect-to. */
#include "net/route.h"

#include "unit.h"

static struct url url_of(const char *host, uint16_t port)
{
	struct url u = { .secure = true, .port = port };

	memcpy(u.host, host, strlen(host));
	return u;
}

static void addresses_instead_of_a_lookup(void **state)
{
	static const struct {
		const char *text;
		bool good;
		const char *to; /* for a.example:443; NULL: not for it */
	} rows[] = {
		{ "a.example:443:192.0.2.1", true, "192.0.2.1" },
		{ "A.Example.:443:192.0.2.1", true, "192.0.2.1" },
		{ "a.example:443:::1", true, "::1" },
		{ "a.example:443:[::1],192.0.2.1", true, "[::1],192.0.2.1" },
		{ "[2001:db8::1]:443:::1", true, NULL },
		{ "b.example:443:::1", true, NULL },
		{ "a.example:444:::1", true, NULL },
		{ "", false, NULL },
		{ ":", false, NULL },
		{ "a.example", false, NULL },
		{ "a.example:443", false, NULL },
		{ "a.example:443:", false, NULL },
		{ "a.example::::1", false, NULL },
		{ ":443:::1", false, NULL },
		{ "a.example:0:::1", false, NULL },
		{ "a.example:65536:::1", false, NULL },
		{ "a.example:100000:::1", false, NULL },
		{ "a.example:4x3:::1", false, NULL },
		{ "a.example:443:::1,", false, NULL },
		{ "a.example:443:b.example", false, NULL },
		{ "[a.example:443:::1", false, NULL },
		{ "[a.example]443:::1", false, NULL },
	};
	const struct url server = url_of("a.example", 443);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct route r = { 0 };
		struct err e = { 0 };
		struct span to;

		assert_row(rows[i].text,
		           route_add_address(&r, span_of(rows[i].text), &e) ==
		                   rows[i].good);
		assert_row(rows[i].text,
		           (e.code == ERR_ROUTE) == !rows[i].good);
		to = route_addresses(&r, &server);
		assert_row(rows[i].text,
		           (to.at != NULL) == (rows[i].to != NULL));
		if (to.at != NULL)
			assert_span(rows[i].text, to, span_of(rows[i].to));
	}
}

static void other_peers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		const char *host; /* for a.example:443 */
		unsigned port;
	} rows[] = {
		{ "a.example:443:b.example:8443", true, "b.example", 8443 },
		{ "::b.example:8443", true, "b.example", 8443 },
		{ "a.example:::8443", true, "a.example", 8443 },
		{ "a.example::b.example:", true, "b.example", 443 },
		{ "a.example::b.example", true, "b.example", 443 },
		{ ":::", true, "a.example", 443 },
		{ "::[::1]:1", true, "::1", 1 },
		{ "::[::1]", true, "::1", 443 },
		{ "[2001:db8::1]::b.example:1", true, "a.example", 443 },
		{ "c.example::b.example:1", true, "a.example", 443 },
		{ ":80:b.example:1", true, "a.example", 443 },
		{ "", false, "a.example", 443 },
		{ "a.example:443", false, "a.example", 443 },
		{ "a.example:x:b.example:1", false, "a.example", 443 },
		{ "::b.example:0", false, "a.example", 443 },
		{ ":::0", false, "a.example", 443 },
		{ ":::65536", false, "a.example", 443 },
		{ "::b example:1", false, "a.example", 443 },
		{ "::b.example:1:2", false, "a.example", 443 },
	};
	const struct url server = url_of("a.example", 443);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct route r = { 0 };
		struct err e = { 0 };
		struct url peer;

		assert_row(rows[i].text,
		           route_add_peer(&r, span_of(rows[i].text), &e) ==
		                   rows[i].good);
		route_find_peer(&r, &server, &peer);
		assert_row(rows[i].text, strcmp(peer.host, rows[i].host) == 0);
		assert_row(rows[i].text, peer.port == rows[i].port);
		assert_row(rows[i].text, peer.secure);
	}
}

static void the_first_rule_counts(void **state)
{
	const struct url server = url_of("a.example", 443);
	struct route r = { 0 };
	struct err e = { 0 };

	(void)state;
	for (unsigned i = 0; i < ROUTES_MAX; i++)
		assert_true(
			route_add_address(&r,
		                          i == 0 ? SPAN("b.example:443:::1")
		                                 : SPAN("a.example:443:::2"),
		                          &e));
	assert_span("first", route_addresses(&r, &server), SPAN("::2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_instead_of_a_lookup),
		cmocka_unit_test(other_peers),
		cmocka_unit_test(the_first_rule_counts),
	};

	return cmocka_run_group_tests_name("net/route", tests, NULL, NULL);
}
