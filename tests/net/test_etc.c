/* SPDX-License-Identifier: MIT */
/* Tests of net/etc: what /etc/hosts and /etc/resolv.conf say. */
#include "net/etc.h"

#include "base/fmt.h"
#include "unit.h"

/* Feeds the text in pieces of that size. */
static void feed(struct span text, size_t piece, etc_take *take, void *context)
{
	struct etc_words words = { .len = 0 };

	while (text.len > 0) {
		size_t len = piece < text.len ? piece : text.len;

		etc_feed(&words, (struct span){ text.at, len }, take, context);
		text = span_skip(text, len);
	}
	etc_feed(&words, SPAN("\n"), take, context);
}

static void put_addresses(struct buf *out, const union address *list,
                          size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fmt_address(out, address_bytes(&list[i]));
		buf_byte(out, ' ');
	}
}

/* --- /etc/hosts --- */

#define X100 \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	struct span text;
	const char *found;
} hosts[] = {
	{ BYTES(""), "" },
	{ BYTES("\n\n \n\t\n"), "" },
	{ BYTES("10.0.0.1 host.example\n"), "10.0.0.1 " },
	{ BYTES("10.0.0.1 host.example"), "10.0.0.1 " },
	{ BYTES("10.0.0.1\thost.example\r\n"), "10.0.0.1 " },
	{ BYTES("\t10.0.0.1 host.example\n"), "10.0.0.1 " },
	{ BYTES("10.0.0.1 HOST.eXample.\n"), "10.0.0.1 " },
	{ BYTES("10.0.0.1 a host.example b host.example\n"), "10.0.0.1 " },
	{ BYTES("10.0.0.1 host.example\n::1 host.example\n10.0.0.2 "
	        "host.example"),
	  "::1 10.0.0.1 10.0.0.2 " },
	{ BYTES("10.0.0.1 " X100 X100 X100 " host.example\n"), "10.0.0.1 " },
	{ BYTES(X100 " host.example\n10.0.0.1 host.example\n"), "10.0.0.1 " },
	{ BYTES("10.0.0.1 x\n" X100 X100 X100 " host.example\n"), "" },
	{ BYTES("10.0.0.1 #host.example\n#10.0.0.1 host.example\n"), "" },
	{ BYTES("10.0.0.1 host.example#x\n"), "10.0.0.1 " },
	{ BYTES("10.0.0.1 host.example.. .host.example xhost.example host\n"),
	  "" },
	{ BYTES("10.0.0.1\nhost.example 10.0.0.1\n10.0.0 host.example\n"), "" },
	{ BYTES("10.0.0.1 host\0example host.example\0\n"), "10.0.0.1 " },
};

static void hosts_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++)
		for (size_t piece = 1; piece < 80; piece++) {
			struct addresses all = { .count = { 0 } };
			struct etc_hosts h = { .name = SPAN("host.example"),
				               .found = &all };
			uint8_t text[200];
			struct buf out = BUF_OVER(text);

			feed(hosts[i].text, piece, etc_take_host, &h);
			for (size_t f = 0; f < FAMILIES; f++)
				put_addresses(&out, all.list[f], all.count[f]);
			assert_span((const char *)hosts[i].text.at,
			            buf_written(&out), span_of(hosts[i].found));
		}
}

static void addresses_have_room(void **state)
{
	struct addresses all = { .count = { 0 } };
	struct etc_hosts h = { .name = SPAN("host.example"), .found = &all };

	(void)state;
	for (size_t i = 0; i < HOST_ADDRESSES_MAX + 2; i++)
		feed(SPAN("10.0.0.1 host.example"), 99, etc_take_host, &h);
	assert_int_equal(all.count[FAMILY_V4], HOST_ADDRESSES_MAX);
	assert_int_equal(all.count[FAMILY_V6], 0);
}

/* --- /etc/resolv.conf --- */

#define NONE "127.0.0.1 |"
#define USUAL "1 5 2"

/* Servers, the search list, ndots, timeout, attempts; rotate and use-vc. */
static const struct {
	struct span text;
	const char *says;
} confs[] = {
	{ BYTES(""), NONE "|" USUAL },
	{ BYTES("\n# x\n; y\n"), NONE "|" USUAL },
	{ BYTES("nameserver 10.0.0.1\n"), "10.0.0.1 ||" USUAL },
	{ BYTES("nameserver\t10.0.0.1 # x"), "10.0.0.1 ||" USUAL },
	{ BYTES("nameserver 10.0.0.1\r\nsearch a b\r\noptions ndots:3\r\n"),
	  "10.0.0.1 |a b |3 5 2" },
	{ BYTES("nameserver fe80::1%lo\nnameserver ::1 ::2\n"),
	  "fe80::1 ::1 ||" USUAL },
	{ BYTES("nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver "
	        "10.0.0.3\n"
	        "nameserver 10.0.0.4\n"),
	  "10.0.0.1 10.0.0.2 10.0.0.3 ||" USUAL },
	{ BYTES("nameserver\nnameserver x\nnameserver 10.0.0\n"
	        "nameservers 10.0.0.1\n nameserver 10.0.0.1\n"
	        "NAMESERVER 10.0.0.1\nnameserver:10.0.0.1\n"),
	  NONE "|" USUAL },
	{ BYTES("search a b c\nsearch d\n"), NONE "d |" USUAL },
	{ BYTES("search a b c\nsearch\n"), NONE "a b c |" USUAL },
	{ BYTES("search a b c\ndomain d e\n"), NONE "d |" USUAL },
	{ BYTES("domain d e\nsearch a b # c\n"), NONE "a b |" USUAL },
	{ BYTES("search " X100 X100 X100 " a\n"), NONE "a |" USUAL },
	{ BYTES("search a\nfoo b\n"), NONE "a |" USUAL },
	{ BYTES("search a\n" X100 X100 X100 " b\n"), NONE "a |" USUAL },
	{ BYTES("options ndots:0 timeout:0 attempts:0\n"), NONE "|0 1 1" },
	{ BYTES("options ndots:15 timeout:30 attempts:5\n"), NONE "|15 30 5" },
	{ BYTES("options ndots:16 timeout:31 attempts:6\n"), NONE "|15 30 5" },
	{ BYTES("options ndots:99999999999999999999 timeout:4294967296\n"),
	  NONE "|15 30 2" },
	{ BYTES("options ndots: timeout:x attempts:-1\n"), NONE "|0 1 1" },
	{ BYTES("options ndots timeout attempts ndots=3 xndots:3\n"),
	  NONE "|" USUAL },
	{ BYTES("options timeout:2\noptions ndots:2x rotate\noptions use-vc\n"),
	  NONE "|2 2 2 rotate use-vc" },
	{ BYTES("options edns0 trust-ad rotates inet6 no-reload\n"),
	  NONE "|" USUAL },
};

static void put_conf(struct buf *out, const struct etc_resolv *c)
{
	const unsigned numbers[] = { c->ndots, c->timeout, c->attempts };

	put_addresses(out, c->servers, c->server_count);
	buf_byte(out, '|');
	buf_span(out, buf_written(&c->search));
	buf_byte(out, '|');
	for (size_t i = 0; i < COUNT(numbers); i++) {
		if (i > 0)
			buf_byte(out, ' ');
		fmt_uint(out, numbers[i]);
	}
	buf_text(out, c->rotate ? " rotate" : "");
	buf_text(out, c->tcp ? " use-vc" : "");
}

static void settings_are_as_in_glibc(void **state)
{
	static struct etc_resolv c;

	(void)state;
	for (size_t i = 0; i < COUNT(confs); i++)
		for (size_t piece = 1; piece < 80; piece++) {
			uint8_t text[400];
			struct buf out = BUF_OVER(text);

			etc_resolv_init(&c);
			feed(confs[i].text, piece, etc_take_setting, &c);
			etc_resolv_end(&c);
			put_conf(&out, &c);
			assert_span((const char *)confs[i].text.at,
			            buf_written(&out), span_of(confs[i].says));
			assert_int_equal(c.servers[0].v4.sin_port, htons(53));
		}
}

static void a_list_that_is_too_long_is_cut(void **state)
{
	static struct etc_resolv c;
	struct span list;

	(void)state;
	etc_resolv_init(&c);
	for (size_t i = 0; i < 600; i++)
		etc_resolv_add_domain(&c, SPAN("abcd"));
	list = buf_written(&c.search);
	assert_int_equal(list.len, DNS_SEARCH_MAX / 5 * 5);
	assert_int_equal(list.at[list.len - 1], ' ');
	assert_false(c.search.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_found),
		cmocka_unit_test(addresses_have_room),
		cmocka_unit_test(settings_are_as_in_glibc),
		cmocka_unit_test(a_list_that_is_too_long_is_cut),
	};

	return cmocka_run_group_tests_name("net/etc", tests, NULL, NULL);
}
