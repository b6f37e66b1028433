/* SPDX-License-Identifier: MIT */
/* Whether a key has signed a certificate, by mbedTLS. */
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

static const struct {
	psa_algorithm_t psa;
	mbedtls_md_type_t md;
} hashes[] = {
	[ALGORITHM_SHA256] = { PSA_ALG_SHA_256, MBEDTLS_MD_SHA256 },
	[ALGORITHM_SHA384] = { PSA_ALG_SHA_384, MBEDTLS_MD_SHA384 },
	[ALGORITHM_SHA512] = { PSA_ALG_SHA_512, MBEDTLS_MD_SHA512 },
};

static const mbedtls_pk_type_t kinds[] = {
	[ALGORITHM_RSA] = MBEDTLS_PK_RSA,
	[ALGORITHM_PSS] = MBEDTLS_PK_RSASSA_PSS,
	[ALGORITHM_ECDSA] = MBEDTLS_PK_ECDSA,
};

bool signature_is_by(const struct certificate *c, struct span key)
{
	/* The length of the salt is the signer's to choose. */
	mbedtls_pk_rsassa_pss_options pss = {
		.expected_salt_len = MBEDTLS_RSA_SALT_LEN_ANY
	};
	/* mbedTLS leaves the bytes alone. */
	unsigned char *at = (unsigned char *)(uintptr_t)key.at;
	uint8_t hash[PSA_HASH_MAX_SIZE];
	struct algorithm a;
	mbedtls_pk_context pk;
	size_t len;
	bool good;

	if (algorithm_read(c->signed_with, &a) != NULL ||
	    psa_hash_compute(hashes[a.hash].psa, c->signed_part.at,
	                     c->signed_part.len, hash, sizeof(hash),
	                     &len) != PSA_SUCCESS)
		return false;
	pss.mgf1_hash_id = hashes[a.hash].md;
	mbedtls_pk_init(&pk);
	good = mbedtls_pk_parse_subpubkey(&at, at + key.len, &pk) == 0 &&
	       mbedtls_pk_verify_ext(kinds[a.kind],
	                             a.kind == ALGORITHM_PSS ? &pss : NULL, &pk,
	                             hashes[a.hash].md, hash, len,
	                             c->signature.at, c->signature.len) == 0;
	mbedtls_pk_free(&pk);
	return good;
}
