/* SPDX-License-Identifier: MIT */
/* Which certificates are trusted, and why one is not; with tls, on mbedTLS. */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <mbedtls/x509_crt.h>

#include "base/err.h"

/* A SHA-256 hash of a SubjectPublicKeyInfo. */
struct trust_pin {
	uint8_t hash[32];
};

/*
 * Where trust comes from, and the server at hand. The caller owns it and
 * keeps it where it is as long as a tls uses it. All zeros is its start.
 */
struct trust {
	/* Set by the caller; pins may be none. */
	int64_t built; /* when patrm was: no true clock is before */
	size_t pin_count;
	struct trust_pin pins[PINS_MAX];

	/* The store; see trust_open. */
	bool builtin; /* the roots inside, not the file */
	int file; /* of PEM certificates */
	const char *name; /* of the file, or what the roots inside are called */

	/* The server at hand; see trust_expect. */
	const char *host;
	bool is_address;
	struct err *err;
	bool leaf_seen; /* mbedTLS has shown the server's certificate */
	bool listed; /* the file has this very certificate */
	bool constrained; /* nameConstraints are among what was sent */
	unsigned unreadable; /* certificates of the file that are broken */
	unsigned candidates; /* found for the issuer that was asked for last */
	unsigned unusable; /* found for it, but not as mbedTLS wants them */
	size_t voucher_len;
	uint8_t voucher[160]; /* whose word the chain was trusted on */

	uint8_t der[CERT_MAX]; /* the certificate that was read last */
};

/* The least that keys, curves and hashes of a chain must be. */
extern const mbedtls_x509_crt_profile trust_profile;

/*
 * Opens the store. `path` is a file of PEM certificates, which must be one
 * that can be read again and again, or "builtin": the roots inside. NULL: the
 * first of the files where systems have theirs that holds a certificate, else
 * the roots inside. ERR_FILE_OPEN, ERR_FILE_READ, ERR_FILE_ONCE,
 * ERR_NO_CERTIFICATE. The file stays open; path must outlive t.
 */
bool trust_open(struct trust *t, const char *path, struct err *e);

/* Reads a pin as curl spells it: sha256//BASE64. ERR_PIN_FORM. */
bool trust_parse_pin(struct span text, struct trust_pin *pin, struct err *e);

/* Certificates are checked at this time from now on, not at the clock's. */
void trust_set_time(int64_t seconds);

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
