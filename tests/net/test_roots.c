/* SPDX-License-Identifier: MIT */
/* Every root inside is found, readable to mbedTLS, and has signed itself. */
#include "unit.h"

#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <psa/crypto.h>

#include "net/signature.h"
#include "net/roots.h"
#include "wire/algorithm.h"
#include "wire/der.h"
#include "wire/name.h"

/* The certificates themselves, by the generator with -l. */
#include "roots_names.inc"

#define LISTED COUNT(roots_listed)

static uint8_t written[ROOTS_KEY_MAX];

static struct span write_key(struct span key)
{
	struct buf out = BUF_OVER(written);

	roots_put_key(&out, key);
	assert_false(out.failed);
	return buf_written(&out);
}

static void parse(mbedtls_pk_context *pk, struct span key)
{
	uint8_t *at = (uint8_t *)(uintptr_t)key.at;

	mbedtls_pk_init(pk);
	assert_int_equal(mbedtls_pk_parse_subpubkey(&at, at + key.len, pk), 0);
	assert_ptr_equal(at, key.at + key.len);
}

static bool rsa_equal(const mbedtls_pk_context *a, const mbedtls_pk_context *b)
{
	mbedtls_rsa_context *x = mbedtls_pk_rsa(*a), *y = mbedtls_pk_rsa(*b);

	return !mbedtls_mpi_cmp_mpi(&x->N, &y->N) &&
	       !mbedtls_mpi_cmp_mpi(&x->E, &y->E);
}

static bool point_equal(const mbedtls_pk_context *a,
                        const mbedtls_pk_context *b)
{
	mbedtls_ecp_keypair *x = mbedtls_pk_ec(*a), *y = mbedtls_pk_ec(*b);

	return x->grp.id == y->grp.id && !mbedtls_ecp_point_cmp(&x->Q, &y->Q);
}

static bool key_equal(const mbedtls_pk_context *a, const mbedtls_pk_context *b)
{
	if (mbedtls_pk_get_type(a) != mbedtls_pk_get_type(b))
		return false;
	return mbedtls_pk_get_type(a) == MBEDTLS_PK_RSA ? rsa_equal(a, b)
	                                                : point_equal(a, b);
}

/* Whether the key as it is written is the listed one. */
static bool written_is(struct span key, struct span want)
{
	mbedtls_pk_context a, b;
	bool equal;

	parse(&a, write_key(key));
	parse(&b, want);
	equal = key_equal(&a, &b);
	mbedtls_pk_free(&a);
	mbedtls_pk_free(&b);
	return equal;
}

/* How many of the keys found under this name are the wanted one. */
static size_t count_matches(struct span name, struct span want, size_t *found)
{
	struct span key;
	size_t hits = 0;

	for (*found = 0; roots_find(name, *found, &key); ++*found)
		hits += written_is(key, want);
	return hits;
}

static size_t count_listed(struct span name)
{
	size_t n = 0;

	for (size_t i = 0; i < LISTED; i++)
		n += name_equal(roots_listed[i].subject, name);
	return n;
}

static void the_list_is_the_store(void **state)
{
	(void)state;
	assert_int_equal(roots_count(), LISTED);
	assert_int_equal(strlen(roots_date()), strlen("2025-04-19"));
}

static void every_root_is_found_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < LISTED; i++) {
		struct span name = roots_listed[i].subject;
		size_t found, hits;

		hits = count_matches(name, roots_listed[i].key, &found);
		if (hits != 1 || found != count_listed(name))
			fail_msg("%s: %zu of %zu", roots_listed[i].label, hits,
			         found);
	}
}

/*
 * Each root has signed itself: its own certificate is a chain of one. Those
 * signed with SHA-1 are not accepted; their keys are compared above.
 */
static void every_root_verifies_itself(void **state)
{
	size_t verified = 0;

	(void)state;
	for (size_t i = 0; i < LISTED; i++) {
		struct certificate c;
		struct span key;
		struct algorithm a;
		bool signed_itself = false;

		assert_true(certificate_read(roots_listed[i].der, &c));
		assert_true(certificate_is_sound(&c));
		assert_null(algorithm_key_fault(c.key));
		if (algorithm_read(c.signed_with, &a) != NULL)
			continue;
		for (size_t n = 0; roots_find(c.issuer, n, &key); n++)
			signed_itself |= signature_is_by(&c, write_key(key));
		if (!signed_itself)
			fail_msg("%s", roots_listed[i].label);
		verified++;
	}
	assert_true(verified * 2 > LISTED);
}

/* Whatever the case and the kind of string. */
static void a_name_in_other_letters_is_found(void **state)
{
	uint8_t name[1024];
	struct span key, other;
	struct span asked, rest, rdn, root = roots_listed[0].subject;

	(void)state;
	assert_true(root.len <= sizeof(name));
	memcpy(name, root.at, root.len);
	assert_true(
		der_only((struct span){ name, root.len }, DER_SEQUENCE, &rest));
	while (der_cut(&rest, DER_SET, NULL, &rdn)) {
		struct der_element value;
		struct span pair;
		uint8_t *at;

		assert_true(der_only(rdn, DER_SEQUENCE, &pair));
		assert_true(der_cut(&pair, DER_OID, NULL, NULL));
		at = name + (pair.at - name);
		assert_true(der_next(&pair, &value));
		at[0] ^= value.tag == 0x0c || value.tag == 0x13 ? 0x0c ^ 0x13
		                                                : 0;
		for (size_t i = 2; i < value.value.len + 2; i++)
			if (at[i] >= 'a' && at[i] <= 'z')
				at[i] &= 0xdf;
	}
	asked = (struct span){ name, root.len };
	assert_false(span_equal(asked, root));
	assert_true(roots_find(root, 0, &key));
	assert_true(roots_find(asked, 0, &other));
	assert_true(span_equal(key, other));
}

static void an_unknown_name_finds_nothing(void **state)
{
	struct span key, untouched;
	uint8_t name[1024];
	struct span root;

	(void)state;
	memset(&key, 0x5a, sizeof(key));
	memcpy(&untouched, &key, sizeof(key));
	assert_false(roots_find((struct span){ NULL, 0 }, 0, &key));
	for (size_t i = 0; i < LISTED; i++) {
		root = roots_listed[i].subject;
		assert_false(roots_find((struct span){ root.at, root.len - 1 },
		                        0, &key));
		assert_false(roots_find(root, count_listed(root), &key));
		assert_false(roots_find(root, LISTED, &key));
		assert_false(roots_find(root, SIZE_MAX, &key));
		assert_true(root.len <= sizeof(name));
		memcpy(name, root.at, root.len);
		name[root.len - 1] ^= 0x80;
		assert_false(
			roots_find((struct span){ name, root.len }, 0, &key));
	}
	assert_memory_equal(&key, &untouched, sizeof(key));
}

/* Each shorter buffer says so and is not written past (ASan watches). */
static void a_short_buffer_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < LISTED; i += 7) {
		struct span key;
		size_t len;

		assert_true(roots_find(roots_listed[i].subject, 0, &key));
		len = write_key(key).len;
		for (size_t cap = 0; cap <= len; cap++) {
			uint8_t *at = malloc(cap ? cap : 1);
			struct buf out = { .at = at, .cap = cap };

			roots_put_key(&out, key);
			assert_int_equal(out.failed, cap != len);
			assert_true(out.len <= cap);
			free(at);
		}
	}
}

/* RSA keys of every size: each DER header on the way up takes each step. */
static void keys_of_every_length(void **state)
{
	static uint8_t stored[2 + 512] = { 1, 3 }; /* the exponent */
	mbedtls_pk_context pk;

	(void)state;
	memset(stored + 2, 0x55, sizeof(stored) - 2);
	for (size_t len = 32; len <= sizeof(stored) - 2; len++)
		for (int sign = 0; sign < 2; sign++) {
			stored[2] ^= 0x80;
			parse(&pk, write_key((struct span){ stored, 2 + len }));
			assert_int_equal(mbedtls_pk_get_len(&pk), len);
			mbedtls_pk_free(&pk);
		}
}

static int set_up(void **state)
{
	(void)state;
	return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_the_store),
		cmocka_unit_test(every_root_is_found_once),
		cmocka_unit_test(every_root_verifies_itself),
		cmocka_unit_test(a_name_in_other_letters_is_found),
		cmocka_unit_test(an_unknown_name_finds_nothing),
		cmocka_unit_test(a_short_buffer_fails),
		cmocka_unit_test(keys_of_every_length),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
