/* SPDX-License-Identifier: MIT */
/* Tests of net/pin: how pins are written, and which key is accepted. */
#include "net/pin.h"

#include <psa/crypto.h>

#include "unit.h"
#include "wire/pem.h"

static const struct span key = BYTES("a public key");

static void pins_are_read_as_curl_spells_them(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		  true },
		{ "sha256////////////////////////////////////////////8=",
		  true },
		{ "", false },
		{ "sha256//", false },
		{ "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		  false },
		{ "SHA256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		  false },
		{ "sha512//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		  false },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		  false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		  false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		  false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A",
		  false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA =",
		  false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= ",
		  false },
		{ "sha256// AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		  false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_A=",
		  false },
		{ "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nA=",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pin_list list = { 0 };
		struct err e = { 0 };
		bool read = pin_add(&list, span_of(rows[i].text), &e);

		assert_row(rows[i].text, read == rows[i].good);
		assert_row(rows[i].text, list.count == rows[i].good);
		assert_row(rows[i].text,
		           e.code == (read ? ERR_NONE : ERR_PIN_FORM));
	}
}

static bool detail_is(const struct err *e, struct span text)
{
	return span_equal((struct span){ e->detail, e->detail_len }, text);
}

static void the_key_must_be_a_pinned_one(void **state)
{
	uint8_t room[64], hash[32];
	struct buf text = BUF_OVER(room);
	struct pin_list list = { 0 };
	struct err e = { 0 };
	size_t len;

	(void)state;
	assert_true(pin_check(&list, key, &e)); /* there are none */
	assert_int_equal(psa_hash_compute(PSA_ALG_SHA_256, key.at, key.len,
	                                  hash, sizeof(hash), &len),
	                 PSA_SUCCESS);
	buf_text(&text, "sha256//");
	pem_put_base64(&text, (struct span){ hash, sizeof(hash) });
	list.count = 1;
	memset(&list.pins[0], 0x55, sizeof(list.pins[0]));
	assert_false(pin_check(&list, key, &e));
	assert_int_equal(e.code, ERR_CERT_PIN);
	/* The error tells the pin that would have been right. */
	assert_true(detail_is(&e, buf_written(&text)));
	e = (struct err){ 0 };
	list.count = PINS_MAX - 1;
	assert_true(pin_add(&list, buf_written(&text), &e));
	assert_int_equal(list.count, PINS_MAX);
	assert_true(pin_check(&list, key, &e));
	list.pins[PINS_MAX - 1].hash[31] ^= 1;
	assert_false(pin_check(&list, key, &e));
}

static int set_up(void **state)
{
	(void)state;
	return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins_are_read_as_curl_spells_them),
		cmocka_unit_test(the_key_must_be_a_pinned_one),
	};

	return cmocka_run_group_tests_name("net/pin", tests, set_up, NULL);
}
