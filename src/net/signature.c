/* SPDX-License-Identifier: MIT */
/* Who has signed a certificate, by mbedTLS. */
#include "net/signature.h"

#include <mbedtls/bignum.h>
#include <mbedtls/pk.h>
#include <psa/crypto.h>

#include "wire/algorithm.h"

/*
 * What mbedTLS's ecp.c and ecdsa.c call in the place of its function for greatest
 * common divisors and inverses (see the Makefile), of which they want inverses
 * modulo a prime: a to the power of prime - 2 (Fermat). That is two thirds of the
 * work, and as constant in time, since mbedtls_mpi_exp_mod is. 0 has none.
 */
int inverse_modulo_prime(mbedtls_mpi *unused, mbedtls_mpi *inverse,
                         const mbedtls_mpi *a, const mbedtls_mpi *prime);

int inverse_modulo_prime(mbedtls_mpi *unused, mbedtls_mpi *inverse,
                         const mbedtls_mpi *a, const mbedtls_mpi *prime)
{
	mbedtls_mpi exponent;
	int error;

	(void)unused;
	if (mbedtls_mpi_cmp_int(a, 0) == 0)
		return MBEDTLS_ERR_MPI_NOT_ACCEPTABLE;
	mbedtls_mpi_init(&exponent);
	error = mbedtls_mpi_sub_int(&exponent, prime, 2);
	if (error == 0)
		error = mbedtls_mpi_exp_mod(inverse, a, &exponent, prime, NULL);
	mbedtls_mpi_free(&exponent);
	return error;
}

struct hash {
	psa_algorithm_t psa;
	mbedtls_md_type_t md;
	size_t len;
	uint8_t value[PSA_HASH_MAX_SIZE];
};

static bool has_signed(struct span key, const struct certificate *c,
                       const struct algorithm *a, const struct hash *h)
{
	/* The length of the salt is the signer's to choose. */
	const mbedtls_pk_rsassa_pss_options pss = { h->md,
		                                    MBEDTLS_RSA_SALT_LEN_ANY };
	mbedtls_pk_type_t type = a->kind == ALGORITHM_ECDSA ? MBEDTLS_PK_ECDSA
	                         : a->kind == ALGORITHM_PSS
	                                 ? MBEDTLS_PK_RSASSA_PSS
	                                 : MBEDTLS_PK_RSA;
	/* mbedTLS leaves the bytes alone. */
	unsigned char *at = (unsigned char *)(uintptr_t)key.at;
	mbedtls_pk_context pk;
	bool good;

	mbedtls_pk_init(&pk);
	good = mbedtls_pk_parse_subpubkey(&at, at + key.len, &pk) == 0 &&
	       mbedtls_pk_verify_ext(
		       type, type == MBEDTLS_PK_RSASSA_PSS ? &pss : NULL, &pk,
		       h->md, h->value, h->len, c->signature.at,
		       c->signature.len) == 0;
	mbedtls_pk_free(&pk);
	return good;
}

bool signature_find_signer(const struct certificate *c, const struct span *keys,
                           size_t count, size_t *which)
{
	static const struct hash hashes[] = {
		[ALGORITHM_SHA256] = { .psa = PSA_ALG_SHA_256,
		                       .md = MBEDTLS_MD_SHA256 },
		[ALGORITHM_SHA384] = { .psa = PSA_ALG_SHA_384,
		                       .md = MBEDTLS_MD_SHA384 },
		[ALGORITHM_SHA512] = { .psa = PSA_ALG_SHA_512,
		                       .md = MBEDTLS_MD_SHA512 },
	};
	struct algorithm a;
	struct hash hash;

	if (count == 0 || algorithm_read(c->signed_with, &a) != NULL)
		return false;
	hash = hashes[a.hash];
	if (psa_hash_compute(hash.psa, c->signed_part.at, c->signed_part.len,
	                     hash.value, sizeof(hash.value),
	                     &hash.len) != PSA_SUCCESS)
		return false;
	for (*which = 0; *which < count; ++*which)
		if (has_signed(keys[*which], c, &a, &hash))
			return true;
	return false;
}
