/* SPDX-License-Identifier: MIT */
/* The base URL of the API: scheme, host, port and path prefix. */
#include "wire/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/fmt.h"

static bool bad(struct err *e, const char *reason)
{
	return err_set(e, ERR_URL, reason);
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* What is left from the first that is no letter, digit or mark of that set. */
static struct span find_wrong(struct span s, const char *marks)
{
	while (s.len > 0 && (is_alnum(s.at[0]) || byte_is_in(s.at[0], marks)))
		s = span_skip(s, 1);
	return s;
}

static bool parse_scheme(struct span *rest, struct url *out, struct err *e)
{
	struct span scheme;

	if (!span_cut_mark(rest, SPAN("://"), &scheme))
		scheme.len = 0;
	out->secure = span_equal_nocase(scheme, SPAN("https"));
	return out->secure || span_equal_nocase(scheme, SPAN("http")) ||
	       bad(e, "it does not begin with https://");
}

bool url_parse_port(struct span digits, uint16_t *port)
{
	uint64_t number;

	if (digits.len > 5 || !span_number(digits, 10, &number) || number < 1 ||
	    number > 65535)
		return false;
	*port = (uint16_t)number;
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
	if (!out->ipv6 || !span_cut_mark(&zone, SPAN("%"), &before))
		return true;
	span_cut_prefix(&zone, SPAN("25"));
	if (zone.len == 0 || zone.len > URL_ZONE_MAX ||
	    find_wrong(zone, "-._~").len > 0)
		return bad(e, "its zone is no name of an interface");
	memcpy(out->zone, zone.at, zone.len);
	out->zone[zone.len] = '\0';
	*host = before;
	return true;
}

static bool copy_host(struct span host, struct url *out, struct err *e)
{
	struct in6_addr ignored;
	struct span wrong;

	/* The root's dot is no part of the name that a certificate has. */
	out->rooted =
		!out->ipv6 && host.len > 1 && span_cut_suffix(&host, SPAN("."));
	if (host.len == 0)
		return bad(e, "it has no host");
	if (host.len > URL_HOST_MAX)
		return bad(e, "its host is longer than 253 bytes");
	wrong = find_wrong(host, out->ipv6 ? ":." : "-._");
	if (wrong.len > 0)
		return bad(e, wrong.at[0] >= 0x80
		                      ? "its host is not ASCII: write it in "
		                        "punycode, like xn--bcher-kva.example"
		                      : "its host has a character that no "
		                        "host name has");
	for (size_t i = 0; i < host.len; i++)
		out->host[i] = (char)byte_lower(host.at[i]);
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
	out->ipv6 = span_cut_prefix(&rest, SPAN("["));
	host = span_until(&rest, out->ipv6 ? "]" : ":");
	if (out->ipv6 && !span_cut_prefix(&rest, SPAN("]")))
		return bad(e, "its '[' is not closed");
	if (rest.len > 0 && rest.at[0] != ':')
		return bad(e, "something follows its ']'");
	if (!take_zone(&host, out, e) || !copy_host(host, out, e))
		return false;
	return rest.len == 0 ||
	       url_parse_port(span_skip(rest, 1), &out->port) ||
	       bad(e, "its port is not a number from 1 to 65535");
}

static bool parse_path(struct span path, struct url *out, struct err *e)
{
	/* RFC 3986 section 3.3: pchar and "/", without percent signs. */
	struct span wrong = find_wrong(path, "-._~!$&'()*+,;=:@/");

	if (wrong.len > 0 && byte_is_in(wrong.at[0], "?#"))
		return bad(e, "it has a query or a fragment");
	if (wrong.len > 0)
		return bad(e, wrong.at[0] == '%'
		                      ? "its path has a percent sign"
		                      : "its path has a character that no "
		                        "path has");
	path = span_trim_end(path, "/");
	if (!span_cut_suffix(&path, SPAN("/api/v1")))
		span_cut_suffix(&path, SPAN("/api"));
	path = span_trim_end(path, "/");
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
	fmt_put(out, u->ipv6 ? "[%s]" : "%s", u->host);
	if (u->port != (u->secure ? 443 : 80))
		fmt_put(out, ":%u", u->port);
}

bool url_equal(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->port == b->port &&
	       strcmp(a->host, b->host) == 0 && strcmp(a->zone, b->zone) == 0 &&
	       span_equal(url_prefix(a), url_prefix(b));
}
