/* SPDX-License-Identifier: MIT */
/* The roots inside: Mozilla's list as names and keys in read-only data. */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * A trust anchor is a name and a key (RFC 5280, 6.1.1 (d)); the store keeps of
 * the name a hash only. A stranger's name may thus hit by accident (64 bits)
 * or by design, which gains nothing: the key still has to have signed.
 * Not kept: a root's own dates, path length and other extensions, which are
 * no part of an anchor. What had expired when patrm was built is not inside.
 */

/* The longest issuer (DER, bytes) that a certificate is written for. */
#define ROOTS_NAME_MAX 16384

/* What a written certificate takes besides twice the issuer, RSA 8192 bits. */
#define ROOTS_CERTIFICATE_REST 1224

enum roots_kind {
	ROOTS_RSA,
	ROOTS_P256,
	ROOTS_P384,
	ROOTS_P521,
};

/*
 * A public key. The spans lie in read-only data and live as long as the
 * program.
 */
struct roots_key {
	enum roots_kind kind;
	/*
	 * RSA: the modulus, big-endian, no zero in front. A curve: the point,
	 * compressed (RFC 5480, 2.2; SEC 1, 2.3.3).
	 */
	struct span number;
	/* RSA: the public exponent, as the modulus. A curve: empty. */
	struct span exponent;
};

/* How many roots are inside. */
size_t roots_count(void);

/* The date of Mozilla's list, YYYY-MM-DD; constant. */
const char *roots_date(void);

/*
 * The nth key (from 0) whose root's subject may be this issuer, a DER Name
 * with its tag and length. The comparison is as wide as mbedTLS's own: letters
 * of either case, PrintableString or UTF8String. False, *out untouched: there
 * is no nth.
 */
bool roots_find(struct span issuer, size_t nth, struct roots_key *out);

/*
 * Writes a certificate (RFC 5280, 4.1: version 3, CA:TRUE, 1970 to 9999) that
 * says: `issuer` has this key. Subject and issuer are the bytes of `issuer`,
 * which must be a well-formed DER Name (mbedTLS has parsed it by then). Its
 * signature is empty: an anchor's is never checked. False, with part of it
 * perhaps written: it does not fit out, or issuer is longer than
 * ROOTS_NAME_MAX.
 */
bool roots_put_certificate(struct buf *out, struct span issuer,
                           const struct roots_key *key);

#endif
