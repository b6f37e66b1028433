/* SPDX-License-Identifier: MIT */
/* Proxies: which one, for whom, and a tunnel through it. */
#include "net/proxy.h"

#include <string.h>

#include "base/fmt.h"
#include "net/address.h"
#include "wire/http.h"

#define DEFAULT_PORT 1080

/* --- Where it is --- */

/* Takes the scheme off; without one it is http. */
static bool read_scheme(struct span *text, struct proxy *p, struct err *e)
{
	struct span scheme = { text->at, 0 };

	p->kind = PROXY_HTTP;
	while (scheme.len + 3 <= text->len &&
	       memcmp(text->at + scheme.len, "://", 3) != 0)
		scheme.len++;
	if (scheme.len + 3 > text->len)
		return true;
	*text = span_skip(*text, scheme.len + 3);
	if (span_equal_nocase(scheme, SPAN("http")))
		return true;
	p->kind = PROXY_SOCKS;
	if (span_equal_nocase(scheme, SPAN("socks5h")) ||
	    span_equal_nocase(scheme, SPAN("socks5")))
		return true;
	/* A longer one is none, and may be a secret. */
	if (scheme.len > 8)
		return err_set(e, ERR_PROXY_URL, SPAN("its scheme is unknown"));
	return err_format(e, ERR_PROXY_URL, "%.*s:// proxies are not supported",
	                  FMT_SPAN(scheme));
}

/* Decodes RFC 3986 section 2.1; false where it does not fit or is not valid. */
static bool decode(struct span text, uint8_t word[PROXY_WORD_MAX], size_t *len)
{
	struct buf out = { .at = word, .cap = PROXY_WORD_MAX };

	while (text.len > 0) {
		uint8_t byte = text.at[0];

		if (byte == '%') {
			if (text.len < 3 || span_hex(text.at[1]) > 15 ||
			    span_hex(text.at[2]) > 15)
				return false;
			byte = (uint8_t)(span_hex(text.at[1]) << 4 |
			                 span_hex(text.at[2]));
			text = span_skip(text, 2);
		}
		buf_byte(&out, byte);
		text = span_skip(text, 1);
	}
	*len = out.len;
	return !out.failed;
}

/* Takes USER:PASSWORD@ off; the last @ ends it. */
static bool read_user(struct span *text, struct proxy *p)
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
	return span_cut(&password, ':', &user) &&
	       decode(user, p->user, &p->user_len) &&
	       decode(password, p->password, &p->password_len) &&
	       /* RFC 7617 section 2 gives no way to write it. */
	       memchr(p->user, ':', p->user_len) == NULL;
}

/* Takes what may follow the port off. */
static struct span cut_path(struct span text)
{
	while (text.len > 0 && text.at[text.len - 1] == '/')
		text.len--;
	return text;
}

static bool parse(struct span text, struct proxy *p, struct err *e)
{
	struct err bad = { 0 };

	if (!read_scheme(&text, p, e))
		return false;
	if (!read_user(&text, p))
		return err_set(e, ERR_PROXY_URL,
		               SPAN("its user or password cannot be used"));
	p->at.port = DEFAULT_PORT;
	p->at.secure = true; /* it need not be a loopback address */
	return url_parse_authority(cut_path(text), &p->at, &bad) ||
	       err_set(e, ERR_PROXY_URL,
	               (struct span){ bad.detail, bad.detail_len });
}

bool proxy_parse(struct span text, struct proxy *p, struct err *e)
{
	memset(p, 0, sizeof(*p));
	if (parse(text, p, e))
		return true;
	proxy_wipe(p);
	return false;
}

void proxy_wipe(struct proxy *p)
{
	explicit_bzero(p, sizeof(*p));
}

/* --- Whom it is not for --- */

/* Whether the first `bits` of both are the same; of two families none are. */
static bool have_prefix(const union address *a, const union address *b,
                        unsigned bits)
{
	struct span x = address_bytes(a), y = address_bytes(b);
	size_t whole = bits / 8;
	unsigned rest = bits % 8;

	return x.len == y.len && bits <= x.len * 8 &&
	       memcmp(x.at, y.at, whole) == 0 &&
	       (rest == 0 || (x.at[whole] ^ y.at[whole]) >> (8 - rest) == 0);
}

/* An address, with or without brackets; or a range. */
static bool is_in_range(struct span item, const union address *host)
{
	struct span text = item, bits = { NULL, 0 };
	union address network;
	unsigned count = 128;

	if (memchr(item.at, '/', item.len) != NULL) {
		bits = item;
		span_cut(&bits, '/', &text);
	}
	if (!address_parse(span_trim(text, "[]"), &network))
		return false;
	if (bits.at == NULL)
		count = (unsigned)address_bytes(&network).len * 8;
	else if (bits.len < 1 || bits.len > 3 ||
	         !span_digits(bits, bits.len, &count))
		return false;
	return have_prefix(&network, host, count);
}

/* The name itself, and all below it. */
static bool is_in_domain(struct span domain, struct span host)
{
	if (domain.len > 0 && domain.at[domain.len - 1] == '.')
		domain.len--;
	if (domain.len > 0 && domain.at[0] == '.')
		domain = span_skip(domain, 1);
	if (domain.len == 0 || domain.len > host.len)
		return false;
	return span_equal_nocase(span_skip(host, host.len - domain.len),
	                         domain) &&
	       (domain.len == host.len ||
	        host.at[host.len - domain.len - 1] == '.');
}

/* Takes :PORT off, where there is one; whether it may be that port. */
static bool cut_port(struct span *item, uint16_t port)
{
	size_t colon = item->len;
	unsigned number;

	while (colon > 0 && item->at[colon - 1] >= '0' &&
	       item->at[colon - 1] <= '9')
		colon--;
	if (colon < 2 || colon == item->len || item->at[colon - 1] != ':')
		return true;
	/* More colons, without a bracket: it is an IPv6 address. */
	if (item->at[colon - 2] != ']' &&
	    memchr(item->at, ':', colon - 1) != NULL)
		return true;
	if (item->len - colon > 5 ||
	    !span_digits(span_skip(*item, colon), item->len - colon, &number))
		return false;
	item->len = colon - 1;
	return number == port;
}

bool proxy_is_bypassed(struct span list, const struct url *server)
{
	struct span host = span_of(server->host), item;
	union address address;
	bool is_address = address_parse(host, &address);

	while (list.len > 0) {
		item = (struct span){ list.at, 0 };
		while (item.len < list.len &&
		       strchr(", \t", list.at[item.len]) == NULL)
			item.len++;
		list = span_skip(list,
		                 item.len < list.len ? item.len + 1 : item.len);
		if (item.len == 0 || !cut_port(&item, server->port))
			continue;
		if (span_equal(item, SPAN("*")) ||
		    (is_address ? is_in_range(item, &address)
		                : is_in_domain(item, host)))
			return true;
	}
	return false;
}

/* --- Tunnels --- */

static bool refuse(struct err *e, const char *why)
{
	return err_set(e, ERR_PROXY, span_of(why));
}

/* What has come, up to as much as there is room for. */
static bool receive(int fd, struct buf *into, struct deadline d, struct err *e)
{
	enum net_input input = dial_read(
		fd, into, deadline_for(d, "waiting for the proxy"), e);

	return input == NET_DATA ||
	       (input == NET_END && refuse(e, "it closed the connection"));
}

/* BASE64(USER:PASSWORD), RFC 7617 section 2. */
static void put_credentials(struct buf *out, const struct proxy *p)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t text[2 * PROXY_WORD_MAX + 1];
	struct buf plain = BUF_OVER(text);

	buf_put(&plain, p->user, p->user_len);
	buf_byte(&plain, ':');
	buf_put(&plain, p->password, p->password_len);
	for (size_t i = 0; i < plain.len; i += 3) {
		size_t left = plain.len - i;
		uint32_t three = (uint32_t)plain.at[i] << 16;

		three |= left > 1 ? (uint32_t)plain.at[i + 1] << 8 : 0;
		three |= left > 2 ? plain.at[i + 2] : 0;
		buf_byte(out, (uint8_t)digits[three >> 18]);
		buf_byte(out, (uint8_t)digits[three >> 12 & 63]);
		buf_byte(out,
		         left > 1 ? (uint8_t)digits[three >> 6 & 63] : '=');
		buf_byte(out, left > 2 ? (uint8_t)digits[three & 63] : '=');
	}
	buf_wipe(&plain);
}

static bool ask_http(const struct proxy *p, int fd, struct span to,
                     struct deadline d, struct err *e)
{
	uint8_t text[2 * URL_HOST_MAX + 3 * PROXY_WORD_MAX + 128];
	uint8_t word[3 * PROXY_WORD_MAX + 16];
	struct buf request = BUF_OVER(text), credentials = BUF_OVER(word);
	bool sent;

	http_put_line(&request, "CONNECT", to);
	http_put_field(&request, "Host", to);
	if (p->has_user) {
		buf_text(&credentials, "Basic ");
		put_credentials(&credentials, p);
		http_put_field(&request, "Proxy-Authorization",
		               buf_written(&credentials));
	}
	http_put_end(&request);
	sent = !request.failed && !credentials.failed
	               ? dial_write(fd, buf_written(&request), d, e)
	               : err_set(e, ERR_REQUEST, SPAN(""));
	buf_wipe(&request);
	buf_wipe(&credentials);
	return sent;
}

/* The server speaks only after it was spoken to: nothing follows the head. */
static bool tunnel_http(const struct proxy *p, int fd, struct span to,
                        struct deadline d, struct err *e)
{
	struct http_response response;
	uint8_t bytes[512];
	struct span rest = SPAN(""), content = SPAN("");

	if (!ask_http(p, fd, to, d, e))
		return false;
	http_response_init(&response);
	while (!response.head_done) {
		struct buf in = BUF_OVER(bytes);

		if (!receive(fd, &in, d, e))
			return false;
		rest = buf_written(&in);
		if (http_feed(&response, &rest, &content) == HTTP_BAD)
			return refuse(e, response.why);
	}
	/* 401 is for servers, but some proxies say that. */
	if (response.status == 407 || response.status == 401)
		return err_set(e, ERR_PROXY_USER, SPAN(""));
	if (response.status < 200 || response.status > 299)
		return err_format(e, ERR_PROXY, "HTTP status %u",
		                  response.status);
	return rest.len + content.len == 0 ||
	       refuse(e, "it sent something before the server was asked");
}

/* Exactly as many bytes as there is room for. */
static bool receive_all(int fd, uint8_t *at, size_t len, struct deadline d,
                        struct err *e)
{
	while (len > 0) {
		struct buf in = { .at = at, .cap = len };

		if (!receive(fd, &in, d, e))
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
static bool log_in(const struct proxy *p, int fd, struct deadline d,
                   struct err *e)
{
	uint8_t text[2 * PROXY_WORD_MAX + 3], reply[2];
	struct buf request = BUF_OVER(text);
	bool sent;

	buf_byte(&request, 1);
	buf_byte(&request, (uint8_t)p->user_len);
	buf_put(&request, p->user, p->user_len);
	buf_byte(&request, (uint8_t)p->password_len);
	buf_put(&request, p->password, p->password_len);
	sent = dial_write(fd, buf_written(&request), d, e);
	buf_wipe(&request);
	if (!sent || !receive_all(fd, reply, sizeof(reply), d, e))
		return false;
	return reply[1] == 0 || err_set(e, ERR_PROXY_USER, SPAN(""));
}

/* RFC 1928 section 3: without a user, or with one. */
static bool agree_on_method(const struct proxy *p, int fd, struct deadline d,
                            struct err *e)
{
	static const uint8_t open[] = { 5, 1, 0 }, both[] = { 5, 2, 0, 2 };
	struct span methods = p->has_user ? (struct span){ both, sizeof(both) }
	                                  : (struct span){ open, sizeof(open) };
	uint8_t reply[2];

	if (!dial_write(fd, methods, d, e) ||
	    !receive_all(fd, reply, sizeof(reply), d, e))
		return false;
	if (reply[0] != 5)
		return refuse(e, "it does not speak SOCKS 5");
	if (reply[1] == 2 && p->has_user)
		return log_in(p, fd, d, e);
	return reply[1] == 0 || err_set(e, ERR_PROXY_USER, SPAN(""));
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

/* The address that it is bound to says nothing here. */
static bool skip_bound(int fd, uint8_t type, struct deadline d, struct err *e)
{
	uint8_t bytes[255 + 2];
	size_t len = type == 1 ? 4 : 16;

	if (type == 3) {
		if (!receive_all(fd, bytes, 1, d, e))
			return false;
		len = bytes[0];
	} else if (type != 1 && type != 4) {
		return refuse(e, "it does not speak SOCKS 5");
	}
	return receive_all(fd, bytes, len + 2, d, e);
}

static bool tunnel_socks(const struct proxy *p, int fd, const struct url *to,
                         struct deadline d, struct err *e)
{
	uint8_t text[URL_HOST_MAX + 8], reply[4];
	struct buf request = BUF_OVER(text);

	if (!agree_on_method(p, fd, d, e))
		return false;
	buf_put(&request, "\5\1", 3);
	put_destination(&request, to);
	if (!dial_write(fd, buf_written(&request), d, e) ||
	    !receive_all(fd, reply, sizeof(reply), d, e))
		return false;
	if (reply[0] != 5 || reply[1] > 8)
		return refuse(e, "it does not speak SOCKS 5");
	if (reply[1] != 0)
		return refuse(e, span_nth(socks_replies, reply[1] - 1));
	return skip_bound(fd, reply[3], d, e);
}

bool proxy_tunnel(const struct proxy *p, int fd, const struct url *to,
                  struct deadline d, struct err *e)
{
	uint8_t text[URL_HOST_MAX + 9];
	struct buf peer = BUF_OVER(text);

	d = deadline_for(d, "waiting for the proxy");
	if (p->kind == PROXY_SOCKS)
		return tunnel_socks(p, fd, to, d, e);
	fmt_put(&peer, to->ipv6 ? "[%s]:%u" : "%s:%u", to->host, to->port);
	return tunnel_http(p, fd, buf_written(&peer), d, e);
}
