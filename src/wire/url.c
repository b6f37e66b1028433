/* SPDX-License-Identifier: MIT */
/* The base URL of the API: scheme, host, port and path prefix. */
#include "wire/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/fmt.h"

static bool bad(struct err *e, const char *reason)
{
	return err_set(e, ERR_URL, span_of(reason));
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static bool starts_with(struct span s, struct span with)
{
	return s.len >= with.len &&
	       span_equal_nocase((struct span){ s.at, with.len }, with);
}

static bool parse_scheme(struct span *rest, struct url *out, struct err *e)
{
	const struct span https = SPAN("https://"), http = SPAN("http://");

	out->secure = starts_with(*rest, https);
	if (!out->secure && !starts_with(*rest, http))
		return bad(e, "it does not begin with https://");
	*rest = span_skip(*rest, out->secure ? https.len : http.len);
	return true;
}

static bool parse_port(struct span digits, struct url *out, struct err *e)
{
	unsigned port;

	if (digits.len == 0 || digits.len > 5 ||
	    !span_digits(digits, digits.len, &port) || port < 1 || port > 65535)
		return bad(e, "its port is not a number from 1 to 65535");
	out->port = (uint16_t)port;
	return true;
}

/*
 * Whether a host that looks like a number is an IPv4 address as people write
 * it. Resolvers take 127.1 and 0x7f000001 for addresses, too, and what is a
 * name for one reader and an address for the next is nothing to verify.
 */
static bool is_plain(const struct url *u)
{
	const char *dot = strrchr(u->host, '.');
	const char *last = dot != NULL ? dot + 1 : u->host;
	struct in_addr ignored;

	if (last[strspn(last, "0123456789")] != '\0' &&
	    strncmp(last, "0x", 2) != 0)
		return true;
	return inet_pton(AF_INET, u->host, &ignored) == 1;
}

/* Cuts %25ZONE off (RFC 6874); people write %ZONE, too, as on other machines. */
static bool take_zone(struct span *host, struct url *out, struct err *e)
{
	struct span zone = *host, before;

	out->zone[0] = '\0';
	if (!out->ipv6 || !span_cut(&zone, '%', &before) || zone.at == NULL)
		return true;
	if (zone.len >= 2 && zone.at[0] == '2' && zone.at[1] == '5')
		zone = span_skip(zone, 2);
	if (zone.len == 0 || zone.len > URL_ZONE_MAX)
		return bad(e, "its zone is no name of an interface");
	for (size_t i = 0; i < zone.len; i++)
		if (!is_alnum(zone.at[i]) &&
		    (zone.at[i] == 0 || strchr("-._~", zone.at[i]) == NULL))
			return bad(e, "its zone is no name of an interface");
	memcpy(out->zone, zone.at, zone.len);
	out->zone[zone.len] = '\0';
	*host = before;
	return true;
}

static bool copy_host(struct span host, struct url *out, struct err *e)
{
	struct in6_addr ignored;

	/* The root's dot is no part of the name that a certificate has. */
	out->rooted =
		!out->ipv6 && host.len > 1 && host.at[host.len - 1] == '.';
	host.len -= out->rooted;
	if (host.len == 0)
		return bad(e, "it has no host");
	if (host.len > URL_HOST_MAX)
		return bad(e, "its host is longer than 253 bytes");
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];

		if (c >= 0x80)
			return bad(e, "its host is not ASCII: write it in "
			              "punycode, like xn--bcher-kva.example");
		if (!is_alnum(c) &&
		    (c == 0 || strchr(out->ipv6 ? ":." : "-._", c) == NULL))
			return bad(e, "its host has a character that no "
			              "host name has");
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		out->host[i] = (char)c;
	}
	out->host[host.len] = '\0';
	if (out->ipv6 && inet_pton(AF_INET6, out->host, &ignored) != 1)
		return bad(e, "its brackets do not hold an IPv6 address");
	if (!out->ipv6 && !is_plain(out))
		return bad(e, "its host is a number but not an IPv4 address");
	return true;
}

bool url_parse_authority(struct span rest, struct url *out, struct err *e)
{
	struct span host;

	if (rest.len > 0 && memchr(rest.at, '@', rest.len) != NULL)
		return bad(e, "it holds a user name or password");
	out->ipv6 = rest.len > 0 && rest.at[0] == '[';
	host = span_until(&rest, out->ipv6 ? "]" : ":");
	if (out->ipv6) {
		if (rest.len == 0)
			return bad(e, "its '[' is not closed");
		host = span_skip(host, 1);
		rest = span_skip(rest, 1);
		if (rest.len > 0 && rest.at[0] != ':')
			return bad(e, "something follows its ']'");
	}
	return take_zone(&host, out, e) && copy_host(host, out, e) &&
	       (rest.len == 0 || parse_port(span_skip(rest, 1), out, e));
}

/* RFC 3986 section 3.3: pchar and "/"; a percent sign needs two hex digits. */
static bool check_path(struct span path, struct err *e)
{
	for (size_t i = 0; i < path.len; i++) {
		uint8_t c = path.at[i];

		if (c == '?' || c == '#')
			return bad(e, "it has a query or a fragment");
		if (c == '%')
			return bad(e, "its path has a percent sign");
		if (!is_alnum(c) &&
		    (c == 0 || strchr("-._~!$&'()*+,;=:@/", c) == NULL))
			return bad(e, "its path has a character that no "
			              "path has");
	}
	return true;
}

static bool cut_tail(struct span *path, struct span tail)
{
	if (path->len < tail.len ||
	    !span_equal(span_skip(*path, path->len - tail.len), tail))
		return false;
	path->len -= tail.len;
	return true;
}

static void cut_slashes(struct span *path)
{
	while (path->len > 0 && path->at[path->len - 1] == '/')
		path->len--;
}

static bool parse_path(struct span path, struct url *out, struct err *e)
{
	if (!check_path(path, e))
		return false;
	cut_slashes(&path);
	if (!cut_tail(&path, SPAN("/api/v1")))
		cut_tail(&path, SPAN("/api"));
	cut_slashes(&path);
	if (path.len > sizeof(out->prefix))
		return bad(e, "its path is longer than 255 bytes");
	memcpy(out->prefix, path.at, path.len);
	out->prefix_len = path.len;
	return true;
}

bool url_parse(struct span text, struct url *out, struct err *e)
{
	if (!parse_scheme(&text, out, e))
		return false;
	out->port = out->secure ? 443 : 80;
	return url_parse_authority(span_until(&text, "/?#"), out, e) &&
	       parse_path(text, out, e);
}

struct span url_prefix(const struct url *u)
{
	return (struct span){ u->prefix, u->prefix_len };
}

void url_put_host(struct buf *out, const struct url *u)
{
	fmt_put(out, "%s%s%s", u->host, u->zone[0] != '\0' ? "%" : "", u->zone);
}

void url_put_authority(struct buf *out, const struct url *u)
{
	if (u->ipv6)
		buf_byte(out, '[');
	buf_text(out, u->host);
	if (u->ipv6)
		buf_byte(out, ']');
	if (u->port != (u->secure ? 443 : 80)) {
		buf_byte(out, ':');
		fmt_uint(out, u->port);
	}
}

bool url_equal(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->port == b->port &&
	       strcmp(a->host, b->host) == 0 && strcmp(a->zone, b->zone) == 0 &&
	       span_equal(url_prefix(a), url_prefix(b));
}
