/* SPDX-License-Identifier: MIT */
/* Tests of wire/url: which endpoints are read, and what becomes of them. */
/* links: tests/wire/cases.c */
#include "wire/url.h"

#include <ctype.h>

#include "wire/cases.h"

static bool parse(struct span text, struct url *u, struct err *e)
{
	*e = (struct err){ 0 };
	return url_parse(guarded(text), u, e);
}

static void an_endpoint_is_taken_apart(void **state)
{
	static const struct {
		const char *text;
		bool secure, ipv6;
		unsigned port;
		const char *host, *prefix, *authority;
	} rows[] = {
		{ "https://api.smith.langchain.com", true, false, 443,
		  "api.smith.langchain.com", "", "api.smith.langchain.com" },
		{ "http://localhost", false, false, 80, "localhost", "",
		  "localhost" },
		{ "HTTPS://API.Example.COM", true, false, 443,
		  "api.example.com", "", "api.example.com" },
		{ "https://h:443", true, false, 443, "h", "", "h" },
		{ "http://h:443", false, false, 443, "h", "", "h:443" },
		{ "https://h:80", true, false, 80, "h", "", "h:80" },
		{ "https://h:1", true, false, 1, "h", "", "h:1" },
		{ "https://h:65535/", true, false, 65535, "h", "", "h:65535" },
		{ "https://h:00443", true, false, 443, "h", "", "h" },
		{ "https://[2001:DB8::1]", true, true, 443, "2001:db8::1", "",
		  "[2001:db8::1]" },
		{ "http://[::1]:8080/x", false, true, 8080, "::1", "/x",
		  "[::1]:8080" },
		{ "https://[::ffff:127.0.0.1]/", true, true, 443,
		  "::ffff:127.0.0.1", "", "[::ffff:127.0.0.1]" },
		{ "https://127.0.0.1", true, false, 443, "127.0.0.1", "",
		  "127.0.0.1" },
		/* Only one whole /api/v1 or /api, and only at the end. */
		{ "https://h/api/v1", true, false, 443, "h", "", "h" },
		{ "https://h/api/v1//", true, false, 443, "h", "", "h" },
		{ "https://h/api", true, false, 443, "h", "", "h" },
		{ "https://h//api/", true, false, 443, "h", "", "h" },
		{ "https://h/langsmith/api/v1", true, false, 443, "h",
		  "/langsmith", "h" },
		{ "https://h/langsmith/", true, false, 443, "h", "/langsmith",
		  "h" },
		{ "https://h/api/v1/api", true, false, 443, "h", "/api/v1",
		  "h" },
		{ "https://h/api/api/v1", true, false, 443, "h", "/api", "h" },
		{ "https://h/myapi", true, false, 443, "h", "/myapi", "h" },
		{ "https://h/api/v10", true, false, 443, "h", "/api/v10", "h" },
		{ "https://api.example.", true, false, 443, "api.example", "",
		  "api.example" },
		{ "https://127.0.0.1", true, false, 443, "127.0.0.1", "",
		  "127.0.0.1" },
		{ "https://3f2b6c1e8a4d", true, false, 443, "3f2b6c1e8a4d", "",
		  "3f2b6c1e8a4d" },
		{ "https://1.example", true, false, 443, "1.example", "",
		  "1.example" },
		{ "https://h/API/v1", true, false, 443, "h", "/API/v1", "h" },
		{ "https://h/a-._~!$&'()*+,;=:@/b", true, false, 443, "h",
		  "/a-._~!$&'()*+,;=:@/b", "h" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].text;
		uint8_t room[512];
		struct buf out = BUF_OVER(room);
		struct url u;
		struct err e;

		assert_row(label, parse(span_of(label), &u, &e));
		assert_row(label, e.code == ERR_NONE);
		assert_row(label, u.secure == rows[i].secure);
		assert_row(label, u.ipv6 == rows[i].ipv6);
		assert_row(label, u.port == rows[i].port);
		assert_span(label, span_of(u.host), span_of(rows[i].host));
		assert_span(label, url_prefix(&u), span_of(rows[i].prefix));
		url_put_authority(&out, &u);
		assert_span(label, buf_written(&out),
		            span_of(rows[i].authority));
	}
}

static void anything_else_is_refused_with_its_reason(void **state)
{
	static const struct {
		struct span text;
		const char *reason; /* a part of it */
	} rows[] = {
		{ BYTES(""), "begin" },
		{ BYTES("api.smith.langchain.com"), "begin" },
		{ BYTES("ftp://h"), "begin" },
		{ BYTES("https:/h"), "begin" },
		{ BYTES("https:"), "begin" },
		{ BYTES(" https://h"), "begin" },
		{ BYTES("https://"), "no host" },
		{ BYTES("https:///api"), "no host" },
		{ BYTES("https://:443"), "no host" },
		{ BYTES("https://[]"), "no host" },
		{ BYTES("https://?x"), "no host" },
		{ BYTES("https://s3cr3t@h"), "user name" },
		{ BYTES("https://u:s3cr3t@h/"), "user name" },
		{ BYTES("https://127.1"), "is a number" },
		{ BYTES("https://2130706433"), "is a number" },
		{ BYTES("https://0x7f000001"), "is a number" },
		{ BYTES("https://0177.0.0.1"), "is a number" },
		{ BYTES("https://1.2.3.4.5"), "is a number" },
		{ BYTES("https://h:"), "port" },
		{ BYTES("https://h:0"), "port" },
		{ BYTES("https://h:65536"), "port" },
		{ BYTES("https://h:99999"), "port" },
		{ BYTES("https://h:100000"), "port" },
		{ BYTES("https://h:4294967739"), "port" },
		{ BYTES("https://h:-1"), "port" },
		{ BYTES("https://h:80:80"), "port" },
		{ BYTES("https://h:8o"), "port" },
		{ BYTES("https://[::1]:"), "port" },
		{ BYTES("https://[::1"), "closed" },
		{ BYTES("https://["), "closed" },
		{ BYTES("https://[::1]x"), "follows" },
		{ BYTES("https://[::1]]"), "follows" },
		{ BYTES("https://[fe80::1%25]"), "zone" },
		{ BYTES("https://[fe80::1%]"), "zone" },
		{ BYTES("https://[fe80::1%25a%b]"), "zone" },
		{ BYTES("https://[fe80::1%25abcdefghijklmnop]"), "zone" },
		{ BYTES("https://[%25eth0]"), "no host" },
		{ BYTES("https://fe80%25eth0"), "character" },
		{ BYTES("https://h h"), "character" },
		{ BYTES("https://h\r\nX: y"), "character" },
		{ BYTES("https://h\0.example.com"), "character" },
		{ BYTES("https://h\\@x"), "user name" },
		{ BYTES("https://h\xc3\xa9"), "punycode" },
		{ BYTES("https://h/?key=s3cr3t"), "query" },
		{ BYTES("https://h?key=s3cr3t"), "query" },
		{ BYTES("https://h/x#s3cr3t"), "query" },
		{ BYTES("https://h#s3cr3t"), "query" },
		{ BYTES("https://h/%41"), "percent" },
		{ BYTES("https://h/a b"), "character" },
		{ BYTES("https://h/a\r\nX: s3cr3t"), "character" },
		{ BYTES("https://h/a\0b"), "character" },
		{ BYTES("https://h/\\"), "character" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = (const char *)rows[i].text.at;
		char detail[ERR_DETAIL_MAX + 1] = { 0 };
		struct url u;
		struct err e;

		assert_row(label, !parse(rows[i].text, &u, &e));
		assert_row(label, e.code == ERR_URL);
		memcpy(detail, e.detail, e.detail_len);
		if (strstr(detail, rows[i].reason) == NULL)
			fail_msg("%s: %s", label, detail);
		assert_row(label, strstr(detail, "s3cr3t") == NULL);
	}
}

/* Of all bytes, these may stand in a host and in a path. */
static void each_byte_is_let_in_or_not(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		uint8_t host[] = "https://a?b/", path[] = "https://a/?b";
		bool in_host = c != 0 && (isalnum(c) || strchr("-._", c) ||
		                          strchr(":/", c));
		bool in_path = c != 0 &&
		               (isalnum(c) || strchr("-._~!$&'()*+,;=:@/", c));
		struct url u;
		struct err e;

		host[9] = path[10] = (uint8_t)c;
		/* Behind ':' the rest is a port, and "b" is none. */
		if (parse((struct span){ host, 12 }, &u, &e) !=
		    (in_host && c != ':'))
			fail_msg("%02x in a host", (unsigned)c);
		if (parse((struct span){ path, 12 }, &u, &e) != in_path)
			fail_msg("%02x in a path", (unsigned)c);
	}
}

static struct span endpoint(size_t host_len, size_t path_len)
{
	static uint8_t text[1024];
	struct buf out = BUF_OVER(text);

	buf_text(&out, "https://");
	for (size_t i = 0; i < host_len; i++)
		buf_byte(&out, 'h');
	for (size_t i = 0; i < path_len; i++)
		buf_byte(&out, i == 0 ? '/' : 'p');
	return buf_written(&out);
}

static void capacities_are_exact(void **state)
{
	static const struct {
		size_t host, path;
		bool valid;
	} rows[] = {
		{ URL_HOST_MAX, URL_PREFIX_MAX, true },
		{ URL_HOST_MAX + 1, 0, false },
		{ 1, URL_PREFIX_MAX + 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url u;
		struct err e;

		assert_int_equal(
			parse(endpoint(rows[i].host, rows[i].path), &u, &e),
			rows[i].valid);
		if (!rows[i].valid)
			continue;
		assert_int_equal(strlen(u.host), rows[i].host);
		assert_int_equal(u.prefix_len, rows[i].path);
	}
}

static void equal_endpoints_are_the_same_server(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "https://h", "https://h", true },
		{ "https://h", "HTTPS://H/", true },
		{ "https://h", "https://h.", true },
		{ "https://h", "https://h:443", true },
		{ "http://h", "http://h:80", true },
		{ "https://h:8443/x", "https://h:08443/x", true },
		{ "https://h", "https://h/api/v1", true },
		{ "https://h", "https://h//api/v1//", true },
		{ "https://h/api", "https://h/api/v1", true },
		{ "https://h/x", "https://h/x/api/v1/", true },
		{ "https://h/x/", "https://h/x//", true },
		{ "https://[::1]", "https://[::1]/api", true },
		{ "https://[2001:DB8::1]", "https://[2001:db8::1]:443", true },
		/* scheme */
		{ "https://h", "http://h", false },
		{ "https://h:443", "http://h:443", false },
		{ "https://h:80", "http://h", false },
		/* host */
		{ "https://h", "https://i", false },
		{ "https://h", "https://hh", false },
		{ "https://api.example", "https://eu.api.example", false },
		{ "https://1.2.3.4", "https://1.2.3.5", false },
		{ "https://[::1]", "https://[::2]", false },
		/* port */
		{ "https://h", "https://h:80", false },
		{ "https://h:8443", "https://h:8444", false },
		/* prefix */
		{ "https://h", "https://h/x", false },
		{ "https://h/x", "https://h/y", false },
		{ "https://h/x", "https://h/X", false },
		{ "https://h/x", "https://h/xy", false },
		{ "https://h/x", "https://h/x/y", false },
		{ "https://h/api/v1", "https://h/api/v1/api/v1", false },
		{ "https://h", "https://h/api/v2", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url a, b;
		struct err e;

		assert_row(rows[i].a, parse(span_of(rows[i].a), &a, &e));
		assert_row(rows[i].b, parse(span_of(rows[i].b), &b, &e));
		assert_row(rows[i].b, url_equal(&a, &b) == rows[i].equal);
		assert_row(rows[i].b, url_equal(&b, &a) == rows[i].equal);
		assert_row(rows[i].a, url_equal(&a, &a));
	}
}

/* What stands behind a name or a prefix is left over, and no part of them. */
static void only_what_is_in_use_is_compared(void **state)
{
	struct url a, b;
	struct err e;

	(void)state;
	memset(&a, 0x11, sizeof(a));
	memset(&b, 0x22, sizeof(b));
	assert_true(parse(SPAN("https://h/x"), &a, &e));
	assert_true(parse(SPAN("https://h/x"), &b, &e));
	assert_true(url_equal(&a, &b));
}

/* RFC 6874; a bare percent sign is how other tools write it. */
static void zones_are_kept_apart(void **state)
{
	static const char *const texts[] = { "https://[fe80::1%25eth0.1]",
		                             "https://[FE80::1%eth0.1]:443/" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		uint8_t text[64];
		struct buf host = BUF_OVER(text), authority = BUF_OVER(text);
		struct err e = { 0 };
		struct url u;

		assert_true(url_parse(span_of(texts[i]), &u, &e));
		assert_string_equal(u.host, "fe80::1");
		assert_string_equal(u.zone, "eth0.1");
		url_put_host(&host, &u);
		assert_span("host", buf_written(&host), SPAN("fe80::1%eth0.1"));
		url_put_authority(&authority, &u);
		assert_span("authority", buf_written(&authority),
		            SPAN("[fe80::1]"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_endpoint_is_taken_apart),
		cmocka_unit_test(anything_else_is_refused_with_its_reason),
		cmocka_unit_test(zones_are_kept_apart),
		cmocka_unit_test(each_byte_is_let_in_or_not),
		cmocka_unit_test(capacities_are_exact),
		cmocka_unit_test(equal_endpoints_are_the_same_server),
		cmocka_unit_test(only_what_is_in_use_is_compared),
	};

	return cmocka_run_group_tests_name("wire/url", tests, NULL, NULL);
}
