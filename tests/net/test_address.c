/* SPDX-License-Identifier: MIT */
/* Tests of net/address: what is one, and of whom. */
#include "net/address.h"

#include <net/if.h>
#include "base/fmt.h"
#include "unit.h"

static const struct {
	struct span text;
	const char *shown; /* NULL: it is none */
	bool loopback;
} rows[] = {
	{ BYTES("127.0.0.1"), "127.0.0.1", true },
	{ BYTES("127.255.255.255"), "127.255.255.255", true },
	{ BYTES("128.0.0.1"), "128.0.0.1", false },
	{ BYTES("1.0.0.127"), "1.0.0.127", false },
	{ BYTES("::1"), "::1", true },
	{ BYTES("::2"), "::2", false },
	{ BYTES("::ffff:127.0.0.1"), "::ffff:7f00:1", true },
	{ BYTES("::ffff:10.0.0.1"), "::ffff:a00:1", false },
	{ BYTES("2001:DB8::1"), "2001:db8::1", false },
	{ BYTES("fe80::1%7"), "fe80::1", false },
	{ BYTES("fe80::1%"), "fe80::1", false },
	{ BYTES("fe80::1%nosuch0"), "fe80::1", false },
	{ BYTES("0000:0000:0000:0000:0000:ffff:192.168.100.100%"
	        "abcdefghijklmno"),
	  "::ffff:c0a8:6464", false },
	{ BYTES(""), NULL, false },
	{ BYTES("127.1"), NULL, false },
	{ BYTES("127.0.0.1%lo"), NULL, false },
	{ BYTES("127.0.0.1 "), NULL, false },
	{ BYTES("0x7f000001"), NULL, false },
	{ BYTES("1.2.3.256"), NULL, false },
	{ BYTES(":::"), NULL, false },
	{ BYTES("%lo"), NULL, false },
	{ BYTES("host"), NULL, false },
	{ BYTES("0000:0000:0000:0000:0000:0000:0000:0001%0000000000000000000000"
	        "0000000000000000000000000000000000000000000000000000000001"),
	  NULL, false },
};

static void addresses_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = (const char *)rows[i].text.at;
		uint8_t text[INET6_ADDRSTRLEN];
		struct buf out = BUF_OVER(text);
		union address a, again;

		assert_row(label, address_parse(rows[i].text, &a) ==
		                          (rows[i].shown != NULL));
		if (rows[i].shown == NULL)
			continue;
		fmt_address(&out, address_bytes(&a));
		assert_span(label, buf_written(&out), span_of(rows[i].shown));
		assert_row(label, address_is_loopback(&a) == rows[i].loopback);
		address_set(&again, address_bytes(&a));
		assert_row(label, again.any.sa_family == a.any.sa_family &&
		                          span_equal(address_bytes(&again),
		                                     address_bytes(&a)));
		address_set_port(&a, 53);
		assert_row(label,
		           address_size(&a) == (a.any.sa_family == AF_INET6
		                                        ? sizeof(a.v6)
		                                        : sizeof(a.v4)));
		assert_row(label, a.v4.sin_port == htons(53) &&
		                          a.v6.sin6_port == htons(53));
	}
}

static void zones_are_interfaces(void **state)
{
	static const struct {
		const char *text;
		unsigned zone;
	} zones[] = {
		{ "fe80::1", 0 },
		{ "fe80::1%7", 7 },
		{ "fe80::1%999999999", 999999999 },
		{ "fe80::1%9999999999", 0 },
		{ "fe80::1%7x", 0 },
		{ "fe80::1%", 0 },
		{ "fe80::1%nosuch0", 0 },
	};
	union address a;

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		assert_true(address_parse(span_of(zones[i].text), &a));
		assert_row(zones[i].text, a.v6.sin6_scope_id == zones[i].zone);
	}
	assert_true(address_parse(SPAN("fe80::1%lo"), &a));
	assert_int_equal(a.v6.sin6_scope_id, if_nametoindex("lo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(zones_are_interfaces),
	};

	return cmocka_run_group_tests_name("net/address", tests, NULL, NULL);
}
