/* SPDX-License-Identifier: MIT */
/* Tests of net/proxy: URLs of proxies, and whom they are not for. */
#include "net/proxy.h"

#include "unit.h"

static struct span detail_of(const struct err *e)
{
	return (struct span){ e->detail, e->detail_len };
}

static void urls_of_proxies(void **state)
{
	static const struct {
		const char *url;
		enum proxy_kind kind; /* PROXY_NONE: it is none */
		const char *host; /* or why */
		unsigned port;
		const char *user, *password; /* NULL: none */
	} rows[] = {
		{ "http://p:3128", PROXY_HTTP, "p", 3128, NULL, NULL },
		{ "HTTP://P:3128/", PROXY_HTTP, "p", 3128, NULL, NULL },
		{ "p:3128", PROXY_HTTP, "p", 3128, NULL, NULL },
		{ "p", PROXY_HTTP, "p", 1080, NULL, NULL },
		{ "http://[::1]:1", PROXY_HTTP, "::1", 1, NULL, NULL },
		{ "[::1]", PROXY_HTTP, "::1", 1080, NULL, NULL },
		{ "socks5h://p", PROXY_SOCKS, "p", 1080, NULL, NULL },
		{ "socks5://p:9", PROXY_SOCKS, "p", 9, NULL, NULL },
		{ "http://u@p:1", PROXY_HTTP, "p", 1, "u", "" },
		{ "http://u:@p:1", PROXY_HTTP, "p", 1, "u", "" },
		{ "http://@p:1", PROXY_HTTP, "p", 1, "", "" },
		{ "http://:x@p:1", PROXY_HTTP, "p", 1, "", "x" },
		{ "http://u:a:b@p:1", PROXY_HTTP, "p", 1, "u", "a:b" },
		{ "http://u:a@b@p:1", PROXY_HTTP, "p", 1, "u", "a@b" },
		{ "u:a%40%2fb@p:1", PROXY_HTTP, "p", 1, "u", "a@/b" },
		{ "u%3ax@p:1", PROXY_NONE,
		  "its user or password cannot be used", 0, NULL, NULL },
		{ "u:%4@p:1", PROXY_NONE, "its user or password cannot be used",
		  0, NULL, NULL },
		{ "u:%@p:1", PROXY_NONE, "its user or password cannot be used",
		  0, NULL, NULL },
		{ "u:%zz@p:1", PROXY_NONE,
		  "its user or password cannot be used", 0, NULL, NULL },
		{ "https://p:1", PROXY_NONE,
		  "https:// proxies are not supported", 0, NULL, NULL },
		{ "socks4a://p:1", PROXY_NONE,
		  "socks4a:// proxies are not supported", 0, NULL, NULL },
		{ "://p:1", PROXY_NONE, ":// proxies are not supported", 0,
		  NULL, NULL },
		{ "lsv2_pt_0123://p", PROXY_NONE, "its scheme is unknown", 0,
		  NULL, NULL },
		/* A password with the mark in it is not repeated. */
		{ "bob:s3://x@p", PROXY_NONE, "its scheme is unknown", 0, NULL,
		  NULL },
		{ "http://", PROXY_NONE, "it has no host", 0, NULL, NULL },
		{ "", PROXY_NONE, "it has no host", 0, NULL, NULL },
		{ "http://u@", PROXY_NONE, "it has no host", 0, NULL, NULL },
		{ "http://p:", PROXY_NONE,
		  "its port is not a number from 1 to 65535", 0, NULL, NULL },
		{ "http://p:0", PROXY_NONE,
		  "its port is not a number from 1 to 65535", 0, NULL, NULL },
		{ "http://p/x", PROXY_NONE,
		  "its host has a character that no host name has", 0, NULL,
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *url = rows[i].url;
		struct proxy p;
		struct err e = { 0 };
		bool done = proxy_parse(span_of(url), &p, &e);

		assert_row(url, done == (rows[i].kind != PROXY_NONE));
		if (!done) {
			assert_row(url, e.code == ERR_PROXY_URL);
			assert_span(url, detail_of(&e), span_of(rows[i].host));
			assert_row(url, p.kind == PROXY_NONE);
			continue;
		}
		assert_row(url, p.kind == rows[i].kind);
		assert_row(url, strcmp(p.at.host, rows[i].host) == 0);
		assert_row(url, p.at.port == rows[i].port);
		assert_row(url, p.has_user == (rows[i].user != NULL));
		if (!p.has_user)
			continue;
		assert_span(url, (struct span){ p.user, p.user_len },
		            span_of(rows[i].user));
		assert_span(url, (struct span){ p.password, p.password_len },
		            span_of(rows[i].password));
	}
}

static void words_have_a_limit(void **state)
{
	char url[PROXY_WORD_MAX + 8];
	struct proxy p;
	struct err e = { 0 };

	(void)state;
	memset(url, 'u', sizeof(url));
	memcpy(url + PROXY_WORD_MAX, "@p", 3);
	assert_true(proxy_parse(span_of(url), &p, &e));
	assert_int_equal(p.user_len, PROXY_WORD_MAX);
	memset(url, 'u', sizeof(url));
	memcpy(url + PROXY_WORD_MAX + 1, "@p", 3);
	assert_false(proxy_parse(span_of(url), &p, &e));
}

static void whom_it_is_not_for(void **state)
{
	static const struct {
		const char *list, *host; /* the port is 443 */
		bool bypassed;
	} rows[] = {
		{ "*", "a.example", true },
		{ "a.example", "a.example", true },
		{ "a.example", "A.EXAMPLE", true },
		{ "example", "a.example", true },
		{ ".example", "a.example", true },
		{ ".a.example", "a.example", true },
		{ "a.example.", "a.example", true },
		{ "xample", "a.example", false },
		{ "b.a.example", "a.example", false },
		{ "..example", "a.example", false },
		{ ".", "a.example", false },
		{ "x,y z\ta.example", "a.example", true },
		{ ", ,", "a.example", false },
		{ "", "a.example", false },
		{ "a.example:443", "a.example", true },
		{ "a.example:0443", "a.example", true },
		{ "a.example:80", "a.example", false },
		{ "a.example:", "a.example", false },
		{ "a.example:999999", "a.example", false },
		{ ":443", "a.example", false },
		{ "10.1.2.3", "10.1.2.3", true },
		{ "10.1.2.3:443", "10.1.2.3", true },
		{ "10.1.2.3:80", "10.1.2.3", false },
		{ "10.0.0.0/8", "10.1.2.3", true },
		{ "10.1.2.2/31", "10.1.2.3", true },
		{ "10.1.2.0/31", "10.1.2.3", false },
		{ "10.1.2.3/32", "10.1.2.3", true },
		{ "10.1.2.3/33", "10.1.2.3", false },
		{ "11.0.0.0/0", "10.1.2.3", true },
		{ "11.0.0.0/7", "10.1.2.3", true },
		{ "10.0.0.0/", "10.1.2.3", false },
		{ "10.0.0.0/8x", "10.1.2.3", false },
		{ "/8", "10.1.2.3", false },
		{ "2.3", "10.1.2.3", false },
		{ "10.0.0.0/8", "a.10.1.2.3", false },
		{ "::1", "::1", true },
		{ "[::1]", "::1", true },
		{ "[::1]:443", "::1", true },
		{ "[::1]:80", "::1", false },
		{ "0:0:0:0:0:0:0:1", "::1", true },
		{ "fd00::/8", "fd12::1", true },
		{ "fd00::/129", "fd12::1", false },
		{ "fd00::/8", "253.18.0.1", false },
		{ "0.0.0.0/0", "::1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url u = { .port = 443 };

		memcpy(u.host, rows[i].host, strlen(rows[i].host));
		if (proxy_is_bypassed(span_of(rows[i].list), &u) !=
		    rows[i].bypassed)
			fail_msg("%s for %s", rows[i].list, rows[i].host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_of_proxies),
		cmocka_unit_test(words_have_a_limit),
		cmocka_unit_test(whom_it_is_not_for),
	};

	return cmocka_run_group_tests_name("net/proxy", tests, NULL, NULL);
}
