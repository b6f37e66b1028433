/* SPDX-License-Identifier: MIT */
/* Tests of wire/der: elements, the parts of a certificate, its extensions. */
/* links: tests/wire/cases.c */
#include "wire/der.h"

#include "wire/cases.h"

static void
an_element_is_cut_off(void **state)
{
	static uint8_t large[65536 + 8];
	static const struct {
		struct span in;
		size_t head, len; /* head 0: refused */
	} rows[] = {
		{ BYTES(""), 0, 0 },
		{ BYTES("0"), 0, 0 },
		{ BYTES("0\0"), 2, 0 },
		{ BYTES("1\0"), 0, 0 },
		{ BYTES("0\1"), 0, 0 },
		{ BYTES("0\1ab"), 2, 1 },
		{ BYTES("0\x80"
		        "ab"),
		  0, 0 },
		{ BYTES("0\x81"), 0, 0 },
		{ BYTES("0\x81\2ab"), 3, 2 },
		{ BYTES("0\x81\3ab"), 0, 0 },
		{ BYTES("0\x82\0"), 0, 0 },
		{ BYTES("0\x82\0\2ab"), 4, 2 },
		{ BYTES("0\x82\1\0ab"), 0, 0 },
		{ BYTES("0\x83\0\0\2ab"), 0, 0 },
		{ BYTES("0\x84\0\0\0\2ab"), 0, 0 },
		{ BYTES("0\xff"
		        "ab"),
		  0, 0 },
		{ { large, 4 + 65535 }, 4, 65535 },
		{ { large, 4 + 65534 }, 0, 0 },
	};

	(void)state;
	memcpy(large, "0\x82\xff\xff", 4);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span in = guarded(rows[i].in), rest = in, whole, content;
		bool good = der_cut(&rest, DER_SEQUENCE, &whole, &content);

		if (good != (rows[i].head != 0))
			fail_msg("row %zu", i);
		if (!good) {
			assert_true(rest.at == in.at && rest.len == in.len);
			continue;
		}
		assert_true(whole.at == in.at);
		assert_int_equal(whole.len, rows[i].head + rows[i].len);
		assert_true(content.at == in.at + rows[i].head);
		assert_int_equal(content.len, rows[i].len);
		assert_true(rest.at == in.at + whole.len);
		assert_int_equal(rest.len, in.len - whole.len);
		rest = in;
		assert_true(der_cut(&rest, DER_SEQUENCE, NULL, NULL));
	}
}

#define ISSUER "0\1i"
#define SUBJECT "0\2su"
#define KEY "0\3key"
#define VERSION "\xa0\1v"
#define PARTS \
	"\2\1n" \
	"0\1s" ISSUER "0\1v" SUBJECT KEY

/* 21 bytes of parts, three more of a version, three of an extension. */
#define CERTIFICATE \
	"0\x20" \
	"0\x1b" VERSION PARTS "\xa3\1e" \
	"sig"
#define WITHOUT_VERSION \
	"0\x1a" \
	"0\x18" PARTS "\xa3\1e"

static void
a_certificate_has_names_and_a_key(void **state)
{
	static const struct span rows[] = {
		BYTES(CERTIFICATE),
		BYTES(WITHOUT_VERSION),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct der_certificate c;

		assert_true(der_parse_certificate(guarded(rows[i]), &c));
		assert_span("issuer", c.issuer, SPAN(ISSUER));
		assert_span("subject", c.subject, SPAN(SUBJECT));
		assert_span("key", c.key, SPAN(KEY));
	}
}

static void
a_torn_or_bent_certificate_is_refused(void **state)
{
	static const struct span whole = BYTES(CERTIFICATE);
	static const size_t tags[] = { 0, 2, 7, 10, 13, 16, 19, 23 };
	struct der_certificate c;

	(void)state;
	for (size_t len = 0; len < whole.len; len++)
		assert_false(der_parse_certificate(
			guarded((struct span){ whole.at, len }), &c));
	for (size_t i = 0; i < COUNT(tags); i++) {
		uint8_t bent[sizeof(CERTIFICATE) - 1];

		memcpy(bent, CERTIFICATE, sizeof(bent));
		bent[tags[i]] ^= 1;
		assert_false(der_parse_certificate(
			guarded((struct span){ bent, sizeof(bent) }), &c));
	}
}

static void
an_extension_is_found_by_its_oid(void **state)
{
	static const struct {
		const char *label;
		struct span extensions;
		bool has;
	} rows[] = {
		{ "alone",
		  BYTES("0\6"
		        "0\4\6\2ab"),
		  true },
		{ "second",
		  BYTES("0\x0e"
		        "0\5\6\1a\4\0"
		        "0\5\6\2ab\0"),
		  true },
		{ "none", BYTES("0\0"), false },
		{ "a longer one",
		  BYTES("0\7"
		        "0\5\6\3abc"),
		  false },
		{ "a shorter one",
		  BYTES("0\5"
		        "0\3\6\1a"),
		  false },
		{ "as a value",
		  BYTES("0\x09"
		        "0\7\6\1x\4\2ab"),
		  false },
		{ "not an OID",
		  BYTES("0\6"
		        "0\4\4\2ab"),
		  false },
		{ "not a sequence",
		  BYTES("1\6"
		        "0\4\6\2ab"),
		  false },
		{ "torn",
		  BYTES("0\6"
		        "0\4\6\2a"),
		  false },
		{ "empty", BYTES(""), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row(rows[i].label,
		           der_has_extension(guarded(rows[i].extensions),
		                             SPAN("ab")) == rows[i].has);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_is_cut_off),
		cmocka_unit_test(a_certificate_has_names_and_a_key),
		cmocka_unit_test(a_torn_or_bent_certificate_is_refused),
		cmocka_unit_test(an_extension_is_found_by_its_oid),
	};

	return cmocka_run_group_tests_name("wire/der", tests, NULL, NULL);
}
