/* SPDX-License-Identifier: MIT */
/* Fuzzes wire/url: what is accepted is safe, and the same once printed. */
#include "fuzz/fuzz.h"
#include "wire/http.h"
#include "wire/url.h"

/* A whole endpoint as it is written again. */
#define TEXT_MAX 640

static bool is_in(uint8_t c, const char *set)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c != 0 && strchr(set, c) != NULL);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static void check_parts(const struct url *u)
{
	size_t host = strlen(u->host);

	CHECK(host > 0 && host <= URL_HOST_MAX);
	for (size_t i = 0; i < host; i++)
		CHECK(is_in((uint8_t)u->host[i], u->ipv6 ? ":." : "-._"));
	for (size_t i = 0; u->zone[i] != '\0'; i++)
		CHECK(is_in(lower((uint8_t)u->zone[i]), "-._~"));
	CHECK(strlen(u->zone) <= URL_ZONE_MAX);
	CHECK(u->port > 0);
	CHECK(u->prefix_len <= URL_PREFIX_MAX);
	for (size_t i = 0; i < u->prefix_len; i++)
		CHECK(is_in(lower(u->prefix[i]), "-._~!$&'()*+,;=:@/"));
	if (u->prefix_len > 0)
		CHECK(u->prefix[0] == '/' &&
		      u->prefix[u->prefix_len - 1] != '/');
}

/* The text has no more in it than what was taken out of it. */
static void check_against(struct span text, const struct url *u)
{
	struct span rest, prefix = url_prefix(u);
	size_t host = strlen(u->host);

	rest = span_skip(text, u->secure ? 8 : 7);
	CHECK(span_equal_nocase((struct span){ text.at, text.len - rest.len },
	                        span_of(u->secure ? "https://" : "http://")));
	if (u->ipv6)
		CHECK(rest.at[0] == '[');
	rest = span_skip(rest, u->ipv6);
	CHECK(span_equal_nocase(fuzz_first(rest, host), span_of(u->host)));
	rest = span_skip(rest, host);
	if (u->zone[0] != '\0') {
		CHECK(u->ipv6 && rest.len > 0 && rest.at[0] == '%');
		rest = span_skip(rest, 1);
		if (fuzz_begins(rest, SPAN("25")))
			rest = span_skip(rest, 2);
		CHECK(fuzz_begins(rest, span_of(u->zone)));
		rest = span_skip(rest, strlen(u->zone));
	}
	if (rest.len > 0 && rest.at[0] == '.') /* the root's */
		rest = span_skip(rest, 1);
	if (u->ipv6)
		CHECK(rest.len > 0 && rest.at[0] == ']');
	rest = span_skip(rest, u->ipv6);
	if (rest.len > 0 && rest.at[0] == ':') {
		unsigned port = 0;

		rest = span_skip(rest, 1);
		CHECK(rest.len > 0 && rest.at[0] != '/');
		for (; rest.len > 0 && rest.at[0] != '/';
		     rest = span_skip(rest, 1))
			port = port * 10 + rest.at[0] - (unsigned)'0';
		CHECK(port == u->port);
	} else {
		CHECK(u->port == (u->secure ? 443 : 80));
	}
	CHECK(fuzz_begins(rest, prefix));
	rest = span_trim(span_skip(rest, prefix.len), "/");
	CHECK(rest.len == 0 || span_equal(rest, SPAN("api")) ||
	      span_equal(rest, SPAN("api/v1")));
}

static bool is_same(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->ipv6 == b->ipv6 &&
	       a->port == b->port && strcmp(a->host, b->host) == 0 &&
	       span_equal(url_prefix(a), url_prefix(b));
}

static void check_print(const struct url *u, const char *tail)
{
	uint8_t text[TEXT_MAX];
	struct buf out = BUF_OVER(text);
	struct err e = { 0 };
	struct url again;

	buf_text(&out, u->secure ? "https://" : "http://");
	url_put_authority(&out, u);
	buf_span(&out, url_prefix(u));
	buf_text(&out, tail);
	CHECK(!out.failed);
	CHECK(url_parse(buf_written(&out), &again, &e));
	CHECK(e.code == ERR_NONE && is_same(u, &again));
}

/* What goes into a request cannot end its line. */
static void check_request(const struct url *u)
{
	uint8_t text[REQUEST_MAX], host[TEXT_MAX];
	struct buf out = BUF_OVER(text), authority = BUF_OVER(host);
	size_t line;

	http_put_line(&out, "DELETE", url_prefix(u));
	line = out.len;
	url_put_authority(&authority, u);
	http_put_field(&out, "Host", buf_written(&authority));
	CHECK(!out.failed && !authority.failed);
	CHECK((uint8_t *)memchr(text, '\r', out.len) == text + line - 2);
	CHECK((uint8_t *)memchr(text, '\n', out.len) == text + line - 1);
	CHECK((uint8_t *)memchr(text + line, '\r', out.len - line) ==
	      text + out.len - 2);
	CHECK(fuzz_is_printable(fuzz_first(buf_written(&out), line - 2)));
}

/* The text itself, which may be anything, as a target and as a value. */
static void check_injection(struct span text)
{
	static uint8_t bytes[65536];
	struct buf target = BUF_OVER(bytes), value;
	bool control = false, blank = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		control |= (c < 0x20 && c != '\t') || c == 0x7f;
		blank |= c <= 0x20 || c >= 0x7f;
	}
	http_put_line(&target, "DELETE", text);
	CHECK(target.failed == (blank || text.len + 18 > sizeof(bytes)));
	value = BUF_OVER(bytes);
	http_put_field(&value, "Name", text);
	CHECK(value.failed == (control || text.len + 8 > sizeof(bytes)));
	CHECK(http_is_value(text) == !control);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };
	struct err e = { 0 };
	struct url u;

	check_injection(text);
	if (!url_parse(text, &u, &e)) {
		CHECK(e.code == ERR_URL);
		CHECK(e.detail_len > 0);
		return 0;
	}
	CHECK(e.code == ERR_NONE);
	check_parts(&u);
	check_against(text, &u);
	check_print(&u, "/api/v1");
	check_print(&u, "/api/v1//");
	check_print(&u, "///api/");
	check_request(&u);
	return 0;
}
