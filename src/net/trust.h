/* SPDX-License-Identifier: MIT */
/* Which certificates are trusted, and why one is not; with tls, on mbedTLS. */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <mbedtls/x509_crt.h>

#include "wire/pem.h"
#include "wire/url.h"

/*
 * Where trust comes from, and the server at hand. The caller owns it and
 * keeps it where it is as long as a tls uses it.
 */
struct trust {
	int file; /* of PEM certificates */
	const char *path; /* its name */

	/* The server at hand; see trust_expect. */
	const char *host;
	bool is_address;
	struct err *err;
	bool leaf_seen; /* mbedTLS has shown its certificate */
	bool listed; /* the file has this very certificate */

	uint8_t der[CERT_MAX]; /* the certificate that was read last */
};

/* The least that keys, curves and hashes of a chain must be. */
extern const mbedtls_x509_crt_profile trust_profile;

/*
 * Opens the file, which must be one that can be read again and again and must
 * hold a certificate: ERR_FILE_OPEN, ERR_FILE_READ, ERR_NO_CERTIFICATE. It
 * stays open; path must outlive t.
 */
bool trust_open(struct trust *t, const char *path, struct err *e);

/*
 * What the next chain must be for: a host name, or an address in text form.
 * What is wrong with the chain goes to *e. Both must last as long as the
 * handshake does.
 */
void trust_expect(struct trust *t, const char *host, struct err *e);

/*
 * For mbedtls_ssl_conf_ca_cb: gives the trusted certificates whose subject is
 * the child's issuer. mbedTLS frees the list. ctx is a struct trust.
 */
int trust_find_issuer(void *ctx, const mbedtls_x509_crt *child,
                      mbedtls_x509_crt **found);

/*
 * For mbedtls_ssl_conf_verify: adds patrm's own rules to *flags and records
 * the sentence for what is wrong in t->err. ctx is a struct trust.
 */
int trust_judge(void *ctx, mbedtls_x509_crt *certificate, int depth,
                uint32_t *flags);

#endif
