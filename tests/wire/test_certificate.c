/* SPDX-License-Identifier: MIT */
/* Tests of wire/certificate: parts, dates, extensions, and what is in them. */
/* links: tests/wire/cases.c tests/wire/made.c */
#include "wire/certificate.h"

#include "wire/cases.h"
#include "wire/der.h"
#include "wire/made.h"

static uint8_t room[16384];

static struct certificate read_made(const struct made *m)
{
	struct buf out = BUF_OVER(room);
	struct certificate c;

	assert_true(certificate_read(made_certificate(&out, m), &c));
	return c;
}

/* A certificate with one extension. */
static struct certificate with(uint8_t id, struct span value)
{
	static uint8_t list_room[4096];
	struct buf list = BUF_OVER(list_room);
	struct made m = { 0 };

	made_extension(&list, id, true, value);
	m.extensions = buf_written(&list);
	return read_made(&m);
}

static void parts_are_found(void **state)
{
	static const struct made good;
	struct certificate c = read_made(&good);
	struct span content;

	(void)state;
	assert_int_equal(c.version, 3);
	assert_span("key", c.key, made_key(0));
	assert_true(der_only(c.subject, DER_SEQUENCE, &content));
	assert_true(der_only(c.issuer, DER_SEQUENCE, &content));
	assert_true(der_only(c.signed_part, DER_SEQUENCE, &content));
	assert_span("signature", c.signature, SPAN("\x30\x00"));
	assert_int_equal(c.extensions.len, 0);
	assert_true(certificate_is_sound(&c));
}

/* No prefix is one, and nothing may follow. */
static void torn_certificates_are_none(void **state)
{
	static const struct made good;
	struct certificate c = read_made(&good);
	struct span whole = c.whole;

	(void)state;
	for (size_t len = 0; len < whole.len; len++)
		assert_false(certificate_read(
			guarded((struct span){ whole.at, len }), &c));
	room[whole.len] = 0;
	assert_false(
		certificate_read((struct span){ whole.at, whole.len + 1 }, &c));
}

/* Whichever bit is bent, what is read lies within. */
static void bent_certificates_stay_inside(void **state)
{
	static const struct made good;
	struct certificate c = read_made(&good);
	struct span whole = c.whole;

	(void)state;
	for (size_t bit = 0; bit < whole.len * 8; bit++) {
		struct span names;
		int64_t from, to;

		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (certificate_read(guarded(whole), &c)) {
			certificate_is_sound(&c);
			certificate_dates(&c, &from, &to);
			certificate_names(&c, &names);
			certificate_purpose(&c);
		}
		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void both_algorithms_are_one(void **state)
{
	static const struct made good;
	struct certificate c = read_made(&good);

	(void)state;
	/* The last byte of the second AlgorithmIdentifier. */
	room[c.whole.len - 6] ^= 1;
	assert_false(certificate_read(c.whole, &c));
}

static void dates_are_read(void **state)
{
	static const struct {
		const char *from, *to;
		int64_t want_from, want_to; /* -1: refused */
	} rows[] = {
		{ "700101000000Z", "000101000000Z", 0, 946684800 },
		{ "491231235959Z", "500101000000Z", 2524607999, -631152000 },
		{ "700101000000Z", "000101000000", -1, 0 },
		{ "700101000000Z", "0001010000000", -1, 0 },
		{ "701301000000Z", "000101000000Z", -1, 0 },
		{ "700101000000+", "000101000000Z", -1, 0 },
		{ "", "000101000000Z", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct made m = { .from = rows[i].from,
			                .to = rows[i].to };
		struct certificate c = read_made(&m);
		int64_t from, to;
		bool good = certificate_dates(&c, &from, &to);

		assert_row(rows[i].from, good == (rows[i].want_from != -1));
		assert_row(rows[i].from, !good || (from == rows[i].want_from &&
		                                   to == rows[i].want_to));
	}
}

static void extensions_must_be_sound(void **state)
{
	static const struct {
		const char *label;
		struct span list;
		bool sound;
	} rows[] = {
		{ "none", BYTES(""), true },
		{ "one", BYTES("0\6\6\2ab\4\0"), true },
		{ "critical", BYTES("0\x09\6\2ab\1\1\xff\4\0"), true },
		{ "two",
		  BYTES("0\6\6\2ab\4\0"
		        "0\6\6\2ac\4\0"),
		  true },
		{ "twice",
		  BYTES("0\6\6\2ab\4\0"
		        "0\6\6\2ab\4\0"),
		  false },
		{ "torn", BYTES("0\6\6\2ab\4"), false },
		{ "no OID", BYTES("0\6\5\2ab\4\0"), false },
		{ "no value", BYTES("0\4\6\2ab"), false },
		{ "more behind", BYTES("0\7\6\2ab\4\0x"), false },
		{ "the last is none",
		  BYTES("0\6\6\2ab\4\0"
		        "0\0"),
		  false },
		{ "a long boolean", BYTES("0\x0a\6\2ab\1\2\0\0\4\0"), false },
		{ "rest", BYTES("0\6\6\2ab\4\0x"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct made m = { .extensions = rows[i].list };
		struct certificate c = read_made(&m);

		assert_row(rows[i].label,
		           certificate_is_sound(&c) == rows[i].sound);
	}
}

static void authorities_say_so(void **state)
{
	static const struct {
		const char *label;
		struct span value;
		bool good, is_ca, limited;
		unsigned most;
	} rows[] = {
		{ "empty", BYTES("0\0"), true, false, false, 0 },
		{ "yes", BYTES("0\3\1\1\xff"), true, true, false, 0 },
		{ "no", BYTES("0\3\1\1\0"), true, false, false, 0 },
		{ "none below", BYTES("0\6\1\1\xff\2\1\0"), true, true, true,
		  0 },
		{ "five", BYTES("0\6\1\1\xff\2\1\5"), true, true, true, 5 },
		{ "many", BYTES("0\7\1\1\xff\2\2\1\0"), true, true, true, 127 },
		{ "only a length", BYTES("0\3\2\1\1"), true, false, true, 1 },
		{ "negative", BYTES("0\6\1\1\xff\2\1\xff"), false, 0, 0, 0 },
		{ "no number", BYTES("0\6\1\1\xff\3\1\0"), false, 0, 0, 0 },
		{ "more", BYTES("0\x09\1\1\xff\2\1\5\2\1\5"), false, 0, 0, 0 },
		{ "no sequence", BYTES("1\0"), false, 0, 0, 0 },
		{ "no bytes", BYTES(""), false, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate c = with(19, rows[i].value);
		struct certificate_authority a;
		bool good = certificate_authority(&c, &a);

		assert_row(rows[i].label, good == rows[i].good);
		if (!good)
			continue;
		assert_row(rows[i].label, a.is_ca == rows[i].is_ca);
		assert_row(rows[i].label, a.limited == rows[i].limited);
		assert_row(rows[i].label, a.path_max == rows[i].most);
	}
}

#define SERVER "\6\x08\x2b\6\1\5\5\7\3\1"
#define CLIENT "\6\x08\x2b\6\1\5\5\7\3\2"
#define ANYONE "\6\4\x55\x1d\x25\0"

static void purposes_are_read(void **state)
{
	static const struct {
		const char *label;
		struct span value;
		enum certificate_purpose purpose;
	} rows[] = {
		{ "servers", BYTES("0\x0a" SERVER), CERTIFICATE_FOR_SERVERS },
		{ "clients", BYTES("0\x0a" CLIENT), CERTIFICATE_FOR_OTHERS },
		{ "any", BYTES("0\6" ANYONE), CERTIFICATE_FOR_ANY },
		{ "any, then servers", BYTES("0\x10" ANYONE SERVER),
		  CERTIFICATE_FOR_SERVERS },
		{ "servers, then any", BYTES("0\x10" SERVER ANYONE),
		  CERTIFICATE_FOR_SERVERS },
		{ "clients, then servers", BYTES("0\x14" CLIENT SERVER),
		  CERTIFICATE_FOR_SERVERS },
		{ "none", BYTES("0\0"), CERTIFICATE_FOR_OTHERS },
		{ "servers, then junk", BYTES("0\x0b" SERVER "x"),
		  CERTIFICATE_FOR_OTHERS },
		{ "no list", BYTES(SERVER), CERTIFICATE_FOR_OTHERS },
	};
	static const struct made good;
	struct certificate plain = read_made(&good);

	(void)state;
	assert_int_equal(certificate_purpose(&plain), CERTIFICATE_FOR_ALL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate c = with(37, rows[i].value);

		assert_row(rows[i].label,
		           certificate_purpose(&c) == rows[i].purpose);
	}
}

static void uses_of_a_key_are_read(void **state)
{
	static const struct {
		struct span value;
		bool sign, certify;
	} rows[] = {
		{ BYTES("\3\2\7\x80"), true, false },
		{ BYTES("\3\2\1\6"), false, true },
		{ BYTES("\3\2\1\x86"), true, true },
		{ BYTES("\3\3\7\x80\x80"), true, false },
		{ BYTES("\3\1\0"), false, false },
		{ BYTES("\3\0"), false, false },
		{ BYTES("\4\2\7\x80"), false, false },
		{ BYTES(""), false, false },
	};
	static const struct made good;
	struct certificate plain = read_made(&good);

	(void)state;
	assert_true(certificate_may(&plain, CERTIFICATE_MAY_SIGN));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate c = with(15, rows[i].value);

		assert_int_equal(certificate_may(&c, CERTIFICATE_MAY_SIGN),
		                 rows[i].sign);
		assert_int_equal(certificate_may(&c, CERTIFICATE_MAY_CERTIFY),
		                 rows[i].certify);
	}
}

static void names_are_read(void **state)
{
	static const struct {
		const char *label;
		struct span value;
		bool good;
		unsigned count;
	} rows[] = {
		{ "empty", BYTES("0\0"), true, 0 },
		{ "a name", BYTES("0\3\x82\1a"), true, 1 },
		{ "an address", BYTES("0\6\x87\4\1\2\3\4"), true, 1 },
		{ "a directory's", BYTES("0\4\xa4\2\x30\0"), true, 1 },
		{ "two", BYTES("0\6\x82\1a\x81\1b"), true, 2 },
		{ "5 bytes", BYTES("0\7\x87\5\1\2\3\4\5"), false, 0 },
		{ "torn", BYTES("0\3\x82\2a"), false, 0 },
		{ "universal", BYTES("0\3\2\1a"), false, 0 },
		{ "[9]", BYTES("0\3\x89\1a"), false, 0 },
		{ "no sequence", BYTES("\x82\1a"), false, 0 },
		{ "more behind", BYTES("0\3\x82\1ax"), false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate c = with(17, rows[i].value);
		struct der_element name;
		struct span names;
		unsigned count = 0;
		bool good = certificate_names(&c, &names);

		assert_row(rows[i].label, good == rows[i].good);
		while (good && der_next(&names, &name))
			count++;
		assert_row(rows[i].label, count == rows[i].count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(torn_certificates_are_none),
		cmocka_unit_test(bent_certificates_stay_inside),
		cmocka_unit_test(both_algorithms_are_one),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(extensions_must_be_sound),
		cmocka_unit_test(authorities_say_so),
		cmocka_unit_test(purposes_are_read),
		cmocka_unit_test(uses_of_a_key_are_read),
		cmocka_unit_test(names_are_read),
	};

	return cmocka_run_group_tests_name("wire/certificate", tests, NULL,
	                                   NULL);
}
