/* SPDX-License-Identifier: MIT */
/* Tests of wire/algorithm: which keys and signatures are accepted. */
/* links: tests/wire/cases.c tests/wire/made.c */
#include "wire/algorithm.h"

#include "wire/cases.h"
#include "wire/der.h"
#include "wire/made.h"

#define RSA "\6\x09\x2a\x86\x48\x86\xf7\x0d\1\1"
#define EC "\6\7\x2a\x86\x48\xce\x3d\2\1"

/* Says so of both: NULL, or a text that has `says` in it. */
static void assert_fault(const char *label, const char *fault, const char *says)
{
	if (says == NULL)
		assert_row(label, fault == NULL);
	else
		assert_row(label, fault != NULL && strstr(fault, says) != NULL);
}

static struct span make_key(struct span algorithm, struct span bits)
{
	static uint8_t all[4096];
	uint8_t inner_room[4096], bits_room[4096];
	struct buf inner = BUF_OVER(inner_room), string = BUF_OVER(bits_room);
	struct buf out = BUF_OVER(all);

	buf_byte(&string, 0);
	buf_span(&string, bits);
	made_put(&inner, DER_SEQUENCE, algorithm);
	made_put(&inner, DER_BITS, buf_written(&string));
	made_put(&out, DER_SEQUENCE, buf_written(&inner));
	assert_false(out.failed);
	return guarded(buf_written(&out));
}

/* A number of so many bits, all of them ones. */
static void put_number(struct buf *out, size_t bits)
{
	uint8_t number[1200] = { 0 };

	memset(number + 1, 0xff, (bits + 7) / 8);
	if (bits % 8 != 0)
		number[1] = (uint8_t)((1 << bits % 8) - 1);
	if (bits % 8 == 0)
		made_put(out, DER_INTEGER,
		         (struct span){ number, 1 + bits / 8 });
	else
		made_put(out, DER_INTEGER,
		         (struct span){ number + 1, (bits + 7) / 8 });
}

static void rsa_keys_have_sizes(void **state)
{
	static const struct {
		const char *label;
		size_t modulus, exponent;
		const char *says;
	} rows[] = {
		{ "2048", 2048, 17, NULL },
		{ "2047", 2047, 17, "too weak a key" },
		{ "1024", 1024, 17, "too weak a key" },
		{ "8", 8, 17, "too weak a key" },
		{ "8192", 8192, 2, NULL },
		{ "8193", 8193, 17, "more than 8192 bits" },
		{ "an exponent of 64 bits", 4096, 64, NULL },
		{ "an exponent of 65 bits", 4096, 65, "more than 64 bits" },
		{ "an exponent of 4096 bits", 4096, 4096, "more than 64 bits" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t pair_room[2400], key_room[2400];
		struct buf pair = BUF_OVER(pair_room);
		struct buf key = BUF_OVER(key_room);

		put_number(&pair, rows[i].modulus);
		put_number(&pair, rows[i].exponent);
		made_put(&key, DER_SEQUENCE, buf_written(&pair));
		assert_fault(rows[i].label,
		             algorithm_key_fault(make_key(SPAN(RSA "\1\5\0"),
		                                          buf_written(&key))),
		             rows[i].says);
	}
}

static void keys_are_of_kinds(void **state)
{
	static const struct {
		const char *label;
		struct span algorithm;
		const char *says;
	} rows[] = {
		{ "P-256", BYTES(EC "\6\x08\x2a\x86\x48\xce\x3d\3\1\7"), NULL },
		{ "P-384", BYTES(EC "\6\5\x2b\x81\4\0\x22"), NULL },
		{ "P-521", BYTES(EC "\6\5\x2b\x81\4\0\x23"), "P-521" },
		{ "P-224", BYTES(EC "\6\5\x2b\x81\4\0\x21"),
		  "a curve that is" },
		{ "explicit", BYTES(EC "0\0"), "by its parameters" },
		{ "no curve", BYTES(EC), "by its parameters" },
		{ "Ed25519", BYTES("\6\3\x2b\x65\x70"), "Ed25519" },
		{ "X448", BYTES("\6\3\x2b\x65\x6f"), "Ed25519" },
		{ "PSS", BYTES("\6\x09\x2a\x86\x48\x86\xf7\x0d\1\1\x0a"),
		  "RSASSA-PSS" },
		{ "another", BYTES("\6\1a"), "of a kind" },
		{ "none", BYTES("\5\0"), "malformed" },
		{ "RSA", BYTES(RSA "\1\5\0"), "malformed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_fault(rows[i].label,
		             algorithm_key_fault(
				     make_key(rows[i].algorithm, SPAN("x"))),
		             rows[i].says);
	assert_fault("empty", algorithm_key_fault(SPAN("")), "malformed");
	for (size_t i = 0; i < 3; i++)
		assert_fault("a point", algorithm_key_fault(made_key(i)), NULL);
}

#define SHA_IN_PSS(n) "\xa0\x0d\x30\x0b\6\x09\x60\x86\x48\1\x65\3\4\2" n

static void signatures_are_of_kinds(void **state)
{
	static const struct {
		const char *label;
		struct span identifier;
		const char *says;
		int kind, hash;
	} rows[] = {
		{ "RSA-256", BYTES(RSA "\x0b\5\0"), NULL, 0, 0 },
		{ "RSA-384", BYTES(RSA "\x0c\5\0"), NULL, 0, 1 },
		{ "RSA-512", BYTES(RSA "\x0d\5\0"), NULL, 0, 2 },
		{ "RSA-SHA-1", BYTES(RSA "\5\5\0"), "too weak a hash", 0, 0 },
		{ "RSA-MD5", BYTES(RSA "\4\5\0"), "too weak a hash", 0, 0 },
		{ "RSA-224", BYTES(RSA "\x0e\5\0"), "too weak a hash", 0, 0 },
		{ "RSA-512/256", BYTES(RSA "\x10\5\0"), "an algorithm", 0, 0 },
		{ "ECDSA-256", BYTES("\6\x08\x2a\x86\x48\xce\x3d\4\3\2"), NULL,
		  2, 0 },
		{ "ECDSA-512", BYTES("\6\x08\x2a\x86\x48\xce\x3d\4\3\4"), NULL,
		  2, 2 },
		{ "ECDSA-224", BYTES("\6\x08\x2a\x86\x48\xce\x3d\4\3\1"),
		  "too weak a hash", 0, 0 },
		{ "ECDSA-SHA-1", BYTES("\6\7\x2a\x86\x48\xce\x3d\4\1"),
		  "too weak a hash", 0, 0 },
		{ "PSS-256", BYTES(RSA "\x0a\x30\x0f" SHA_IN_PSS("\1")), NULL,
		  1, 0 },
		{ "PSS-512", BYTES(RSA "\x0a\x30\x0f" SHA_IN_PSS("\3")), NULL,
		  1, 2 },
		{ "PSS-224", BYTES(RSA "\x0a\x30\x0f" SHA_IN_PSS("\4")),
		  "too weak a hash", 0, 0 },
		{ "PSS of nothing", BYTES(RSA "\x0a\x30\0"), "too weak a hash",
		  0, 0 },
		{ "Ed25519", BYTES("\6\3\x2b\x65\x70"), "Ed25519", 0, 0 },
		{ "another", BYTES("\6\1a"), "an algorithm", 0, 0 },
		{ "none", BYTES(""), "malformed", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct algorithm a;
		const char *fault =
			algorithm_read(guarded(rows[i].identifier), &a);

		assert_fault(rows[i].label, fault, rows[i].says);
		if (fault == NULL)
			assert_row(rows[i].label,
			           (int)a.kind == rows[i].kind &&
			                   (int)a.hash == rows[i].hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_keys_have_sizes),
		cmocka_unit_test(keys_are_of_kinds),
		cmocka_unit_test(signatures_are_of_kinds),
	};

	return cmocka_run_group_tests_name("wire/algorithm", tests, NULL, NULL);
}
