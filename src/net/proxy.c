/* SPDX-License-Identifier: MIT */
/* Proxies: which one, for whom, and a tunnel through it. */
#include "net/proxy.h"

#include <string.h>

#include "base/fmt.h"
#include "net/address.h"
#include "wire/http.h"
#include "wire/pem.h"

#define DEFAULT_PORT 1080

/* --- Where it is --- */

/* Takes the scheme off; without one it is http. */
static bool read_scheme(struct span *text, struct proxy *p, struct err *e)
{
	struct span scheme;

	p->kind = PROXY_HTTP;
	if (!span_cut_mark(text, SPAN("://"), &scheme) ||
	    span_equal_nocase(scheme, SPAN("http")))
		return true;
	p->kind = PROXY_SOCKS;
	if (span_equal_nocase(scheme, SPAN("socks5h")) ||
	    span_equal_nocase(scheme, SPAN("socks5")))
		return true;
	/* A longer one is none, and may be a secret; or one has such a mark in it. */
	if (scheme.len > 8 || span_find(scheme, SPAN(":")) < scheme.len)
		return err_set(e, ERR_PROXY_URL, "its scheme is unknown");
	return err_format(e, ERR_PROXY_URL, "%.*s:// proxies are not supported",
	                  FMT_SPAN(scheme));
}

/* Decodes RFC 3986 section 2.1; false where it does not fit or is not valid. */
static bool decode(struct span text, uint8_t word[PROXY_WORD_MAX], size_t *len)
{
	struct buf out = { .at = word, .cap = PROXY_WORD_MAX };

	while (text.len > 0) {
		uint8_t byte = text.at[0];

		text = span_skip(text, 1);
		if (byte == '%' && !span_cut_hex(&text, &byte))
			return false;
		buf_byte(&out, byte);
	}
	*len = out.len;
	return !out.failed;
}

/* Takes USER:PASSWORD@ off; the last @ ends it. */
static bool read_user(struct span *text, struct proxy *p, struct err *e)
{
	struct span user, password;
	size_t at = text->len;

	while (at > 0 && text->at[at - 1] != '@')
		at--;
	if (at == 0)
		return true;
	password = (struct span){ text->at, at - 1 };
	*text = span_skip(*text, at);
	p->has_user = true;
	return (span_cut(&password, ':', &user) &&
	        decode(user, p->user, &p->user_len) &&
	        decode(password, p->password, &p->password_len) &&
	        /* RFC 7617 section 2 gives no way to write it. */
	        memchr(p->user, ':', p->user_len) == NULL) ||
	       err_set(e, ERR_PROXY_URL, "its user or password cannot be used");
}

/* Behind the port a path may follow, if it is the root. */
static bool read_server(struct span text, struct proxy *p, struct err *e)
{
	struct err bad = { 0 };

	p->at.port = DEFAULT_PORT;
	p->at.secure = true; /* it need not be a loopback address */
	return url_parse_authority(span_trim_end(text, "/"), &p->at, &bad) ||
	       err_set_span(e, ERR_PROXY_URL,
	                    (struct span){ bad.detail, bad.detail_len });
}

bool proxy_parse(struct span text, struct proxy *p, struct err *e)
{
	memset(p, 0, sizeof(*p));
	if (read_scheme(&text, p, e) && read_user(&text, p, e) &&
	    read_server(text, p, e))
		return true;
	explicit_bzero(p, sizeof(*p));
	return false;
}

/* --- Whom it is not for --- */

/* An address, with or without brackets; or a range. */
static bool is_in_range(struct span bits, const union address *host)
{
	struct span text, x, y = address_bytes(host);
	union address network;
	uint64_t count;

	span_cut(&bits, '/', &text);
	if (!address_parse(span_trim(text, "[]"), &network))
		return false;
	x = address_bytes(&network);
	count = x.len * 8;
	if (bits.at != NULL && (bits.len > 3 || !span_number(bits, 10, &count)))
		return false;
	if (x.len != y.len || count > x.len * 8)
		return false;
	for (size_t i = 0; i < count; i++)
		if (((x.at[i / 8] ^ y.at[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

/* The name itself, and all below it. */
static bool is_in_domain(struct span domain, struct span host)
{
	span_cut_suffix(&domain, SPAN("."));
	span_cut_prefix(&domain, SPAN("."));
	return domain.len > 0 && dns_is_within(host, domain);
}

/* Takes :PORT off, where there is one; whether it may be that port. */
static bool cut_port(struct span *item, uint16_t port)
{
	struct span host = span_trim_end(*item, "0123456789"), digits;
	uint16_t number;

	digits = span_skip(*item, host.len);
	if (host.len < 2 || digits.len == 0 || host.at[host.len - 1] != ':')
		return true;
	host.len--;
	/* More colons, without a bracket: it is an IPv6 address. */
	if (host.at[host.len - 1] != ']' &&
	    memchr(host.at, ':', host.len) != NULL)
		return true;
	*item = host;
	return url_parse_port(digits, &number) && number == port;
}

bool proxy_is_bypassed(struct span list, const struct url *server)
{
	struct span host = span_of(server->host), item;
	union address address;
	bool is_address = address_parse(host, &address);

	while (span_cut_word(&list, ", \t", &item)) {
		if (!cut_port(&item, server->port))
			continue;
		if (span_equal(item, SPAN("*")) ||
		    (is_address ? is_in_range(item, &address)
		                : is_in_domain(item, host)))
			return true;
	}
	return false;
}

/* --- Tunnels --- */

/* A connection to the proxy, on which it is asked for one. */
struct tunnel {
	const struct proxy *proxy;
	int fd;
	struct deadline until;
	struct err *err;
};

static bool refuse(const struct tunnel *t, const char *why)
{
	return err_set(t->err, ERR_PROXY, why);
}

static bool refuse_user(const struct tunnel *t)
{
	return err_set(t->err, ERR_PROXY_USER, NULL);
}

static bool send_request(const struct tunnel *t, struct buf *request)
{
	bool sent = dial_write(t->fd, buf_written(request), t->until, t->err);

	buf_wipe(request);
	return sent;
}

/* What has come, up to as much as there is room for. */
static bool receive(const struct tunnel *t, struct buf *into)
{
	enum net_input input = dial_read(t->fd, into, t->until, t->err);

	return input == NET_DATA ||
	       (input == NET_END && refuse(t, "it closed the connection"));
}

/* --- HTTP --- */

static bool ask_http(const struct tunnel *t, struct span to)
{
	const struct proxy *p = t->proxy;
	BUF_ON_STACK(request, 2 * URL_HOST_MAX + 3 * PROXY_WORD_MAX + 128);
	BUF_ON_STACK(user, 2 * PROXY_WORD_MAX + 1);

	http_put_line(&request, "CONNECT", to);
	http_put_field(&request, "Host", to);
	if (p->has_user) { /* RFC 7617 section 2 */
		buf_put(&user, p->user, p->user_len);
		buf_byte(&user, ':');
		buf_put(&user, p->password, p->password_len);
		buf_text(&request, "Proxy-Authorization: Basic ");
		pem_put_base64(&request, buf_written(&user));
		buf_wipe(&user);
		http_put_end(&request);
	}
	http_put_end(&request);
	if (request.failed)
		return err_set(t->err, ERR_REQUEST, NULL);
	return send_request(t, &request);
}

/* The server speaks only after it was spoken to: nothing follows the head. */
static bool tunnel_http(const struct tunnel *t, struct span to)
{
	struct http_response response;
	struct span rest = SPAN(""), content = SPAN("");

	if (!ask_http(t, to))
		return false;
	http_response_init(&response);
	response.tunnel = true;
	while (!response.head_done) {
		BUF_ON_STACK(in, 512);

		if (!receive(t, &in))
			return false;
		rest = buf_written(&in);
		if (http_feed(&response, &rest, &content) == HTTP_BAD)
			return refuse(t, response.why);
	}
	/* 401 is for servers, but some proxies say that. */
	if (response.status == 407 || response.status == 401)
		return refuse_user(t);
	if (response.status > 299)
		return err_format(t->err, ERR_PROXY, "HTTP status %u",
		                  response.status);
	return rest.len + content.len == 0 ||
	       refuse(t, "it sent something before the server was asked");
}

/* --- SOCKS 5 --- */

static bool refuse_protocol(const struct tunnel *t)
{
	return refuse(t, "it does not speak SOCKS 5");
}

/* Exactly as many bytes as there is room for. */
static bool receive_all(const struct tunnel *t, uint8_t *at, size_t len)
{
	while (len > 0) {
		struct buf in = { .at = at, .cap = len };

		if (!receive(t, &in))
			return false;
		at += in.len;
		len -= in.len;
	}
	return true;
}

/* RFC 1928 section 6, from 1 on. */
static const char socks_replies[] = "it failed\0"
				    "its rules do not allow it\0"
				    "it cannot reach the network\0"
				    "it cannot reach the host\0"
				    "the server refused the connection\0"
				    "the server did not answer\0"
				    "it does not know CONNECT\0"
				    "it does not know such addresses\0";

/* RFC 1929. */
static bool log_in(const struct tunnel *t)
{
	const struct proxy *p = t->proxy;
	BUF_ON_STACK(request, 2 * PROXY_WORD_MAX + 3);
	uint8_t reply[2];

	buf_byte(&request, 1);
	buf_byte(&request, (uint8_t)p->user_len);
	buf_put(&request, p->user, p->user_len);
	buf_byte(&request, (uint8_t)p->password_len);
	buf_put(&request, p->password, p->password_len);
	return send_request(t, &request) &&
	       receive_all(t, reply, sizeof(reply)) &&
	       (reply[1] == 0 || refuse_user(t));
}

/* RFC 1928 section 3: without a user, or with one. */
static bool agree_on_method(const struct tunnel *t)
{
	BUF_ON_STACK(request, 4);
	uint8_t reply[2];

	if (t->proxy->has_user)
		buf_put(&request, "\5\2\0\2", 4);
	else
		buf_put(&request, "\5\1", 3);
	if (!send_request(t, &request) || !receive_all(t, reply, sizeof(reply)))
		return false;
	if (reply[0] != 5)
		return refuse_protocol(t);
	if (reply[1] == 2 && t->proxy->has_user)
		return log_in(t);
	return reply[1] == 0 || refuse_user(t);
}

static void put_destination(struct buf *out, const struct url *to)
{
	struct span host = span_of(to->host);
	union address address;

	if (address_parse(host, &address)) {
		host = address_bytes(&address);
		buf_byte(out, host.len == 4 ? 1 : 4);
	} else {
		buf_byte(out, 3);
		buf_byte(out, (uint8_t)host.len);
	}
	buf_span(out, host);
	buf_byte(out, (uint8_t)(to->port >> 8));
	buf_byte(out, (uint8_t)to->port);
}

/* The address that it is bound to says nothing here; its port follows. */
static bool skip_bound(const struct tunnel *t, uint8_t type)
{
	uint8_t bytes[255 + 2] = { type == 1 ? 4 : 16 };

	if (type != 1 && type != 3 && type != 4)
		return refuse_protocol(t);
	return (type != 3 || receive_all(t, bytes, 1)) &&
	       receive_all(t, bytes, bytes[0] + 2u);
}

static bool tunnel_socks(const struct tunnel *t, const struct url *to)
{
	BUF_ON_STACK(request, URL_HOST_MAX + 8);
	uint8_t reply[4];

	if (!agree_on_method(t))
		return false;
	buf_put(&request, "\5\1", 3);
	put_destination(&request, to);
	if (!send_request(t, &request) || !receive_all(t, reply, sizeof(reply)))
		return false;
	if (reply[0] != 5 || reply[1] > 8)
		return refuse_protocol(t);
	if (reply[1] != 0)
		return refuse(t, span_nth(socks_replies, reply[1] - 1));
	return skip_bound(t, reply[3]);
}

bool proxy_tunnel(const struct proxy *p, int fd, const struct url *to,
                  struct deadline d, struct err *e)
{
	const struct tunnel t = { p, fd,
		                  deadline_for(d, "waiting for the proxy"), e };
	BUF_ON_STACK(peer, URL_HOST_MAX + 9);
	bool done;

	fmt_put(&peer, to->ipv6 ? "[%s]:%u" : "%s:%u", to->host, to->port);
	done = p->kind == PROXY_SOCKS ? tunnel_socks(&t, to)
	                              : tunnel_http(&t, buf_written(&peer));
	/* Not what these are once a request is on its way. */
	if (e->code == ERR_SEND || e->code == ERR_RECEIVE)
		err_wrap(e, ERR_PROXY);
	return done;
}
