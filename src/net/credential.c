/* SPDX-License-Identifier: MIT */
/* The client's certificate and its key, for a gateway that asks for them. */
#include "net/credential.h"

#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <string.h>

#include "net/random.h"
#include "wire/algorithm.h"
#include "wire/certificate.h"
#include "wire/pem.h"

/* As mbedTLS wants them: of each certificate nothing but its bytes. */
static mbedtls_x509_crt chain[CREDENTIALS_MAX];
static size_t chain_len;
static mbedtls_pk_context own_key;

/* Its base64, turned into what it stands for on the spot: that is shorter. */
static bool decode(const struct pem_block *block, struct span *der)
{
	struct buf out = { .at = (uint8_t *)(uintptr_t)block->body.at,
		           .cap = block->body.len };
	bool good = pem_take_base64(&out, block->body);

	*der = buf_written(&out);
	return good;
}

static bool fail(const struct credential_file *f, const char *fault,
                 struct err *e)
{
	return err_format(e, ERR_CLIENT_CHAIN, "%s%s", f->name, fault);
}

static bool take_chain(const struct credential_file *f, struct certificate *own,
                       struct err *e)
{
	struct span rest = buf_written(&f->text), der;
	struct pem_block block;
	struct certificate c;
	size_t total = 0;
	const char *fault;

	while (pem_next(&rest, &block)) {
		if (!span_equal(block.label, SPAN("CERTIFICATE")))
			continue;
		if (!decode(&block, &der) || !certificate_read(der, &c))
			return fail(f, " has a malformed certificate", e);
		total += der.len + CREDENTIAL_ENTRY;
		if (total > CREDENTIAL_CHAIN_MAX ||
		    chain_len == CREDENTIALS_MAX)
			return fail(f, " has more certificates than are sent",
			            e);
		if (chain_len == 0)
			*own = c;
		else
			chain[chain_len - 1].next = &chain[chain_len];
		chain[chain_len].raw.p = (unsigned char *)(uintptr_t)der.at;
		chain[chain_len++].raw.len = der.len;
	}
	if (chain_len == 0)
		return err_set(e, ERR_NO_CERTIFICATE, f->name);
	fault = algorithm_key_fault(own->key);
	return fault == NULL || fail(f, fault, e);
}

/* PKCS #8 says so in the label, older forms in a header (RFC 1421). */
static bool is_encrypted(const struct pem_block *block)
{
	struct span text = block->label;

	text.len = (size_t)(block->body.at + block->body.len - text.at);
	return span_find(text, SPAN("ENCRYPTED")) < text.len;
}

static bool take_key(const struct credential_file *f, struct err *e)
{
	const struct span name = span_of(f->name);
	struct span rest = buf_written(&f->text), der;
	struct pem_block block;
	bool good;

	do {
		if (!pem_next(&rest, &block))
			return err_set_span(e, ERR_CLIENT_NO_KEY, name);
	} while (span_find(block.label, SPAN("PRIVATE KEY")) ==
	         block.label.len);
	if (is_encrypted(&block))
		return err_set_span(e, ERR_CLIENT_ENCRYPTED, name);
	good = decode(&block, &der) &&
	       mbedtls_pk_parse_key(&own_key, der.at, der.len, NULL, 0,
	                            mbedtls_psa_get_random, NULL) == 0;
	explicit_bzero((uint8_t *)(uintptr_t)block.body.at, block.body.len);
	return good || err_set_span(e, ERR_CLIENT_KEY, name);
}

/* Whether this SubjectPublicKeyInfo agrees that the key has signed something. */
static bool is_key_of(struct span public)
{
	static const uint8_t hash[32];
	uint8_t signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
	/* mbedTLS leaves the bytes alone. */
	unsigned char *at = (unsigned char *)(uintptr_t) public.at;
	mbedtls_pk_context pk;
	size_t len = 0;
	bool is_key;

	mbedtls_pk_init(&pk);
	is_key = mbedtls_pk_parse_subpubkey(&at, at + public.len, &pk) == 0 &&
	         mbedtls_pk_sign(&own_key, MBEDTLS_MD_SHA256, hash,
	                         sizeof(hash), signature, sizeof(signature),
	                         &len, mbedtls_psa_get_random, NULL) == 0 &&
	         mbedtls_pk_verify(&pk, MBEDTLS_MD_SHA256, hash, sizeof(hash),
	                           signature, len) == 0;
	mbedtls_pk_free(&pk);
	return is_key;
}

bool credential_take(const struct credential_file *certificate,
                     const struct credential_file *key, struct deadline d,
                     struct err *e)
{
	struct certificate own = { .key = { NULL, 0 } };
	uint8_t byte;

	/* mbedTLS takes its random numbers by way of PSA. */
	if (random_fill(&byte, sizeof(byte), d, e) &&
	    psa_crypto_init() != PSA_SUCCESS)
		return err_set(e, ERR_TLS_SETUP, "mbedTLS has failed");
	return e->code == ERR_NONE && take_chain(certificate, &own, e) &&
	       take_key(key, e) &&
	       (is_key_of(own.key) ||
	        err_set(e, ERR_CLIENT_OTHER_KEY, key->name));
}

bool credential_is_given(void)
{
	return chain_len > 0;
}

bool credential_offer(struct mbedtls_ssl_config *config)
{
	return chain_len == 0 ||
	       mbedtls_ssl_conf_own_cert(config, chain, &own_key) == 0;
}

void credential_wipe(void)
{
	mbedtls_pk_free(&own_key);
}
