/* SPDX-License-Identifier: MIT */
/* Every root inside is found, readable to mbedTLS, and verifies a chain. */
#include "unit.h"

#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform.h>
#include <mbedtls/rsa.h>
#include <mbedtls/x509_crt.h>

#include "net/roots.h"

/* The certificates themselves, by the generator with -l. */
#include "roots_names.inc"

#define LISTED COUNT(roots_listed)
#define CERTIFICATE_MAX (2 * 1024 + ROOTS_CERTIFICATE_REST)

static uint8_t written[CERTIFICATE_MAX];

static struct span
write_certificate(struct span name, const struct roots_key *key)
{
	struct buf out = BUF_OVER(written);

	assert_true(roots_put_certificate(&out, name, key));
	return buf_written(&out);
}

static void
parse(mbedtls_x509_crt *crt, struct span der)
{
	mbedtls_x509_crt_init(crt);
	assert_int_equal(mbedtls_x509_crt_parse_der(crt, der.at, der.len), 0);
}

static bool
rsa_equal(const mbedtls_pk_context *a, const mbedtls_pk_context *b)
{
	mbedtls_rsa_context *x = mbedtls_pk_rsa(*a), *y = mbedtls_pk_rsa(*b);

	return !mbedtls_mpi_cmp_mpi(&x->N, &y->N) &&
	       !mbedtls_mpi_cmp_mpi(&x->E, &y->E);
}

static bool
point_equal(const mbedtls_pk_context *a, const mbedtls_pk_context *b)
{
	mbedtls_ecp_keypair *x = mbedtls_pk_ec(*a), *y = mbedtls_pk_ec(*b);

	return x->grp.id == y->grp.id && !mbedtls_ecp_point_cmp(&x->Q, &y->Q);
}

static bool
key_equal(const mbedtls_pk_context *a, const mbedtls_pk_context *b)
{
	if (mbedtls_pk_get_type(a) != mbedtls_pk_get_type(b))
		return false;
	return mbedtls_pk_get_type(a) == MBEDTLS_PK_RSA ? rsa_equal(a, b)
	                                                : point_equal(a, b);
}

/* Whether the certificate written for name and key holds the listed key. */
static bool
written_has(struct span name, const struct roots_key *key, struct span want)
{
	mbedtls_x509_crt crt;
	mbedtls_pk_context pk;
	uint8_t *at = (uint8_t *)(uintptr_t)want.at;
	bool equal;

	parse(&crt, write_certificate(name, key));
	mbedtls_pk_init(&pk);
	assert_int_equal(mbedtls_pk_parse_subpubkey(&at, at + want.len, &pk),
	                 0);
	equal = key_equal(&crt.pk, &pk);
	mbedtls_pk_free(&pk);
	mbedtls_x509_crt_free(&crt);
	return equal;
}

/* How many of the keys found under this name are the wanted one. */
static size_t
count_matches(struct span name, struct span want, size_t *found)
{
	struct roots_key key;
	size_t hits = 0;

	for (*found = 0; roots_find(name, *found, &key); ++*found)
		hits += written_has(name, &key, want);
	return hits;
}

static size_t
count_listed(struct span name)
{
	size_t n = 0;

	for (size_t i = 0; i < LISTED; i++)
		n += span_equal_nocase(roots_listed[i].subject, name);
	return n;
}

static void
the_list_is_the_store(void **state)
{
	(void)state;
	assert_int_equal(roots_count(), LISTED);
	assert_int_equal(strlen(roots_date()), strlen("2025-04-19"));
}

static void
every_root_is_found_once(void **state)
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

static void
certificates_say_what_they_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < LISTED; i++) {
		struct span name = roots_listed[i].subject;
		struct roots_key key;
		mbedtls_x509_crt crt;
		struct span der;

		assert_true(roots_find(name, 0, &key));
		der = write_certificate(name, &key);
		assert_true(der.len <= 2 * name.len + ROOTS_CERTIFICATE_REST);
		parse(&crt, der);
		assert_int_equal(crt.raw.len, der.len);
		assert_int_equal(crt.version, 3);
		assert_int_equal(crt.ca_istrue, 1);
		assert_int_equal(crt.max_pathlen, 0);
		assert_int_equal(crt.valid_from.year, 1970);
		assert_int_equal(crt.valid_to.year, 9999);
		assert_int_equal(crt.subject_raw.len, name.len);
		assert_memory_equal(crt.subject_raw.p, name.at, name.len);
		assert_memory_equal(crt.issuer_raw.p, name.at, name.len);
		mbedtls_x509_crt_free(&crt);
	}
}

/* As trust does it: all keys of the wanted issuer; mbedTLS frees them. */
static int
give_roots(void *context, const mbedtls_x509_crt *child,
           mbedtls_x509_crt **candidates)
{
	struct span issuer = { child->issuer_raw.p, child->issuer_raw.len };
	struct roots_key key;

	*candidates = mbedtls_calloc(1, sizeof(**candidates));
	assert_non_null(*candidates);
	mbedtls_x509_crt_init(*candidates);
	for (size_t n = 0; roots_find(issuer, n, &key); n++) {
		struct span der = write_certificate(issuer, &key);

		assert_int_equal(mbedtls_x509_crt_parse_der(*candidates, der.at,
		                                            der.len),
		                 0);
		++*(size_t *)context;
	}
	return 0;
}

/*
 * Each root has signed itself: its own certificate is a chain of one, whose
 * issuer is asked for like any other's. Those signed with SHA-1 do not parse
 * without MBEDTLS_SHA1_C; their keys are compared above.
 */
static void
every_root_verifies_itself(void **state)
{
	const uint32_t dates =
		MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
	size_t verified = 0;

	(void)state;
	for (size_t i = 0; i < LISTED; i++) {
		struct span der = roots_listed[i].der;
		mbedtls_x509_crt crt;
		size_t given = 0;
		uint32_t flags;

		mbedtls_x509_crt_init(&crt);
		if (mbedtls_x509_crt_parse_der(&crt, der.at, der.len) ==
		    MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG +
		            MBEDTLS_ERR_OID_NOT_FOUND)
			continue;
		if (crt.sig_md == MBEDTLS_MD_SHA1) {
			mbedtls_x509_crt_free(&crt);
			continue;
		}
		(void)mbedtls_x509_crt_verify_with_ca_cb(
			&crt, give_roots, &given,
			&mbedtls_x509_crt_profile_default, NULL, &flags, NULL,
			NULL);
		if (flags & ~dates || given == 0)
			fail_msg("%s: flags %x", roots_listed[i].label, flags);
		mbedtls_x509_crt_free(&crt);
		verified++;
	}
	assert_true(verified * 2 > LISTED);
}

/* mbedTLS calls two names equal whatever the case and the kind of string. */
static void
a_name_in_other_letters_is_found(void **state)
{
	uint8_t name[1024];
	struct roots_key key, other;
	struct span asked, root = roots_listed[0].subject;

	(void)state;
	assert_true(root.len <= sizeof(name));
	memcpy(name, root.at, root.len);
	for (size_t i = 2; i < root.len; i++) {
		if (name[i] >= 'a' && name[i] <= 'z')
			name[i] &= 0xdf;
		else if (name[i] == 0x0c || name[i] == 0x13)
			name[i] ^= 0x0c ^ 0x13;
	}
	asked = (struct span){ name, root.len };
	assert_false(span_equal(asked, root));
	assert_true(roots_find(root, 0, &key));
	assert_true(roots_find(asked, 0, &other));
	assert_true(span_equal(key.number, other.number));
}

static void
an_unknown_name_finds_nothing(void **state)
{
	struct roots_key key, untouched;
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
static void
a_short_buffer_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < LISTED; i += 7) {
		struct span name = roots_listed[i].subject;
		struct roots_key key;
		size_t len;

		assert_true(roots_find(name, 0, &key));
		len = write_certificate(name, &key).len;
		for (size_t cap = 0; cap <= len; cap++) {
			uint8_t *at = malloc(cap ? cap : 1);
			struct buf out = { .at = at, .cap = cap };

			assert_int_equal(
				roots_put_certificate(&out, name, &key),
				cap == len);
			assert_int_equal(out.failed, cap != len);
			assert_true(out.len <= cap);
			free(at);
		}
	}
}

/* A Name of one attribute with `text` bytes of text, at least 256. */
static struct span
make_name(uint8_t *at, size_t text)
{
	const uint8_t head[] = {
		0x30, 0x82, 0,    0,    0x31, 0x82, 0,    0,    0x30, 0x82, 0,
		0,    0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x82, 0,    0,
	};

	memcpy(at, head, sizeof(head));
	for (size_t i = 2; i <= 10; i += 4) {
		size_t inner = text + sizeof(head) - i - 2;

		at[i] = (uint8_t)(inner >> 8);
		at[i + 1] = (uint8_t)inner;
	}
	at[19] = (uint8_t)(text >> 8);
	at[20] = (uint8_t)text;
	memset(at + sizeof(head), 'x', text);
	return (struct span){ at, sizeof(head) + text };
}

static void
a_long_name_has_a_limit(void **state)
{
	static uint8_t name[ROOTS_NAME_MAX + 1];
	static uint8_t der[2 * sizeof(name) + ROOTS_CERTIFICATE_REST];
	struct roots_key key;
	mbedtls_x509_crt crt;

	(void)state;
	assert_true(roots_find(roots_listed[0].subject, 0, &key));
	for (size_t len = 16250; len <= sizeof(name); len++) {
		struct span issuer = make_name(name, len - 21);
		struct buf out = BUF_OVER(der);
		bool fits = len <= ROOTS_NAME_MAX;

		assert_int_equal(issuer.len, len);
		assert_int_equal(roots_put_certificate(&out, issuer, &key),
		                 fits);
		if (!fits)
			break;
		mbedtls_x509_crt_init(&crt);
		assert_int_equal(mbedtls_x509_crt_parse_der(&crt, der, out.len),
		                 0);
		assert_int_equal(crt.raw.len, out.len);
		assert_int_equal(crt.subject_raw.len, len);
		mbedtls_x509_crt_free(&crt);
	}
}

/* The outer lengths step over 1024 and the like without a wrong header. */
static void
names_of_every_length(void **state)
{
	struct roots_key key;
	mbedtls_x509_crt crt;
	uint8_t name[700];

	(void)state;
	for (size_t i = 0; i < LISTED; i++) {
		assert_true(roots_find(roots_listed[i].subject, 0, &key));
		if (key.kind == ROOTS_P256)
			break;
	}
	for (size_t text = 256; text < 600; text++) {
		parse(&crt, write_certificate(make_name(name, text), &key));
		mbedtls_x509_crt_free(&crt);
	}
}

/* RSA keys of every size: each DER header on the way up takes each step. */
static void
keys_of_every_length(void **state)
{
	static uint8_t modulus[512];
	const struct span exponent = SPAN("\x03");
	mbedtls_x509_crt crt;
	uint8_t name[300];
	struct span issuer = make_name(name, 256);

	(void)state;
	memset(modulus, 0x55, sizeof(modulus));
	for (size_t len = 32; len <= sizeof(modulus); len++) {
		struct roots_key key = { ROOTS_RSA,
			                 { modulus, len },
			                 exponent };

		for (int sign = 0; sign < 2; sign++) {
			struct span der;

			modulus[0] ^= 0x80;
			der = write_certificate(issuer, &key);
			parse(&crt, der);
			assert_int_equal(crt.raw.len, der.len);
			assert_int_equal(mbedtls_pk_get_len(&crt.pk), len);
			mbedtls_x509_crt_free(&crt);
		}
	}
}

static int
set_up(void **state)
{
	(void)state;
#if defined(MBEDTLS_PLATFORM_MEMORY) && \
	!(defined(MBEDTLS_PLATFORM_CALLOC_MACRO) && \
          defined(MBEDTLS_PLATFORM_FREE_MACRO))
	/* The library of the build may have no allocator of its own. */
	mbedtls_platform_set_calloc_free(calloc, free);
#endif
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_the_store),
		cmocka_unit_test(every_root_is_found_once),
		cmocka_unit_test(certificates_say_what_they_must),
		cmocka_unit_test(every_root_verifies_itself),
		cmocka_unit_test(a_name_in_other_letters_is_found),
		cmocka_unit_test(an_unknown_name_finds_nothing),
		cmocka_unit_test(a_short_buffer_fails),
		cmocka_unit_test(a_long_name_has_a_limit),
		cmocka_unit_test(names_of_every_length),
		cmocka_unit_test(keys_of_every_length),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
