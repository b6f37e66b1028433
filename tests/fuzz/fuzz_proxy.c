/* SPDX-License-Identifier: MIT */
/* Fuzzes net/proxy and net/route: URLs, lists and rules that people write. */
#include "fuzz/fuzz.h"
#include "net/proxy.h"

/* What the proxy sends: the input, in pieces. */
static struct span answers;

bool dial_write(int fd, struct span bytes, struct deadline d, struct err *e)
{
	(void)fd, (void)bytes, (void)d, (void)e;
	return true;
}

enum net_input dial_read(int fd, struct buf *into, struct deadline d,
                         struct err *e)
{
	size_t len = answers.len < 7 ? answers.len : 7;

	(void)fd, (void)d, (void)e;
	if (len == 0)
		return NET_END;
	if (len > into->cap)
		len = into->cap;
	memcpy(into->at, answers.at, len);
	into->len = len;
	answers = span_skip(answers, len);
	return NET_DATA;
}

struct deadline deadline_for(struct deadline d, const char *doing)
{
	d.doing = doing;
	return d;
}

static void check_tunnel(struct span text, enum proxy_kind kind,
                         const struct url *to)
{
	const struct proxy p = { .kind = kind, .has_user = text.len % 2 == 1 };
	const struct deadline d = { 0, "" };
	struct err e = { 0 };
	bool done;

	answers = text;
	done = proxy_tunnel(&p, -1, to, d, &e);
	CHECK(done == (e.code == ERR_NONE));
	CHECK(done || e.code == ERR_PROXY || e.code == ERR_PROXY_USER);
}

static void check_url(struct span text)
{
	const struct proxy none = { .kind = PROXY_NONE };
	struct err e = { 0 };
	struct proxy p;

	if (!proxy_parse(text, &p, &e)) {
		CHECK(e.code == ERR_PROXY_URL && e.detail_len > 0);
		CHECK(memcmp(&p, &none, sizeof(p)) == 0);
		return;
	}
	CHECK(e.code == ERR_NONE);
	CHECK(p.kind == PROXY_HTTP || p.kind == PROXY_SOCKS);
	CHECK(p.at.host[0] != '\0' && p.at.port > 0);
	CHECK(p.user_len <= PROXY_WORD_MAX);
	CHECK(p.password_len <= PROXY_WORD_MAX);
	CHECK(p.has_user || p.user_len + p.password_len == 0);
	CHECK(memchr(p.user, ':', p.user_len) == NULL);
}

/* Another element takes nothing from what is in a list. */
static void check_list(struct span list, const struct url *server)
{
	static uint8_t bytes[65536];
	struct buf longer = BUF_OVER(bytes);
	bool bypassed = proxy_is_bypassed(list, server);

	buf_text(&longer, "x.example, ");
	buf_span(&longer, list);
	buf_text(&longer, ",y.example");
	if (!longer.failed)
		CHECK(proxy_is_bypassed(buf_written(&longer), server) ==
		      bypassed);
	buf_text(&longer, ",*");
	if (!longer.failed)
		CHECK(proxy_is_bypassed(buf_written(&longer), server));
}

static void check_rules(struct span text, const struct url *server)
{
	struct route route = { .peer_count = 0 };
	struct err e = { 0 };
	struct url peer;

	if (route_add_peer(&route, text, &e)) {
		route_find_peer(&route, server, &peer);
		CHECK(peer.host[0] != '\0' && peer.port > 0);
		CHECK(peer.secure == server->secure);
	} else {
		CHECK(e.code == ERR_ROUTE && route.peer_count == 0);
	}
	e = (struct err){ 0 };
	if (route_add_address(&route, text, &e))
		CHECK(route.address_count == 1);
	else
		CHECK(e.code == ERR_ROUTE && route.address_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct url name = { .secure = true, .port = 443, .host = "a.b" };
	const struct url v4 = { .port = 80, .host = "10.1.2.3" };
	const struct url v6 = { .port = 1, .ipv6 = true, .host = "fd00::1" };
	struct span text = { data, size };

	check_url(text);
	check_list(text, &name);
	check_list(text, &v4);
	check_list(text, &v6);
	check_rules(text, &name);
	check_rules(text, &v6);
	check_tunnel(text, PROXY_HTTP, &name);
	check_tunnel(text, PROXY_SOCKS, &v6);
	return 0;
}
