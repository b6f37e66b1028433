/* SPDX-License-Identifier: MIT */
/* What stands between patrm and mbedTLS: certificates and signatures. */
#include "net/mbedtls_port.h"

#include <psa/crypto.h>

#include "wire/algorithm.h"

/* --- Signatures --- */

struct hash {
	psa_algorithm_t psa;
	mbedtls_md_type_t md;
	size_t len;
	uint8_t value[PSA_HASH_MAX_SIZE];
};

/* mbedtls_pk_parse_subpubkey leaves the bytes alone. */
static int
parse_key(mbedtls_pk_context *pk, struct span key)
{
	unsigned char *at = (unsigned char *)(uintptr_t)key.at;

	mbedtls_pk_init(pk);
	return mbedtls_pk_parse_subpubkey(&at, at + key.len, pk);
}

static bool
has_signed(struct span key, const struct certificate *c,
           const struct algorithm *a, const struct hash *h)
{
	/* The length of the salt is the signer's to choose. */
	const mbedtls_pk_rsassa_pss_options pss = { h->md,
		                                    MBEDTLS_RSA_SALT_LEN_ANY };
	mbedtls_pk_type_t type = a->kind == ALGORITHM_ECDSA ? MBEDTLS_PK_ECDSA
	                         : a->kind == ALGORITHM_PSS
	                                 ? MBEDTLS_PK_RSASSA_PSS
	                                 : MBEDTLS_PK_RSA;
	mbedtls_pk_context pk;
	bool good;

	good = parse_key(&pk, key) == 0 &&
	       mbedtls_pk_verify_ext(
		       type, type == MBEDTLS_PK_RSASSA_PSS ? &pss : NULL, &pk,
		       h->md, h->value, h->len, c->signature.at,
		       c->signature.len) == 0;
	mbedtls_pk_free(&pk);
	return good;
}

bool
mbedtls_port_find_signer(const struct certificate *c, const struct span *keys,
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

/* --- The handshake --- */

static struct mbedtls_port_peer *peer;

void
mbedtls_port_set_peer(struct mbedtls_port_peer *p)
{
	peer = p;
}

/* The chain becomes the server's key, and nothing else is put into it. */
int
mbedtls_port_parse(mbedtls_x509_crt *chain, const unsigned char *der,
                   size_t len)
{
	struct span key = { NULL, 0 };
	bool is_first = chain->version == 0;
	int error;

	if (!peer->take(peer->context, (struct span){ der, len }, &key))
		return MBEDTLS_ERR_X509_INVALID_FORMAT;
	if (!is_first)
		return 0;
	error = parse_key(&chain->pk, key);
	if (error == MBEDTLS_ERR_PK_ALLOC_FAILED ||
	    error == MBEDTLS_ERR_MPI_ALLOC_FAILED)
		return error;
	if (error != 0)
		return MBEDTLS_ERR_X509_INVALID_FORMAT;
	chain->version = 3; /* it is in use */
	chain->pk_raw.p = (unsigned char *)(uintptr_t)key.at;
	chain->pk_raw.len = key.len;
	return 0;
}

int
mbedtls_port_verify(mbedtls_x509_crt *chain, mbedtls_x509_crt *trusted,
                    mbedtls_x509_crl *revoked,
                    const mbedtls_x509_crt_profile *profile, const char *name,
                    uint32_t *flags,
                    int (*show)(void *, mbedtls_x509_crt *, int, uint32_t *),
                    void *context, mbedtls_x509_crt_restart_ctx *restart)
{
	const struct span key = { chain->pk_raw.p, chain->pk_raw.len };

	(void)trusted;
	(void)revoked;
	(void)profile;
	(void)name;
	(void)show;
	(void)context;
	(void)restart;
	if (peer->judge(peer->context, key)) {
		*flags = 0;
		return 0;
	}
	*flags = MBEDTLS_X509_BADCERT_OTHER;
	return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
}

void
mbedtls_port_configure(mbedtls_ssl_config *config)
{
	/* mbedTLS insists on having some; this one has signed nothing. */
	static mbedtls_x509_crt nobody;

	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(config, &nobody, NULL);
}
