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
 * no part of an anchor here. What had expired when patrm was built is not inside.
 */

/* What a written key takes at most, RSA of 8192 bits (DER, bytes). */
#define ROOTS_KEY_MAX 1080

/* How many roots are inside. */
size_t roots_count(void);

/* The date of Mozilla's list, YYYY-MM-DD; constant. */
const char *roots_date(void);

/*
 * The nth key (from 0) whose root's subject may be this issuer, a DER Name
 * with its tag and length; compared as name_equal does, by name_hash. False,
 * *key untouched: there is no nth. The bytes live as long as the program; in
 * front stands what kind of key it is: on one of two curves, of RSA, or of RSA
 * with its own exponent, which has that many bytes and is next. Then comes the
 * modulus, big-endian, no zero in front, or the point, compressed (RFC 5480,
 * 2.2; SEC 1, 2.3.3).
 */
bool roots_find(struct span issuer, size_t nth, struct span *key);

/* Writes it as a SubjectPublicKeyInfo (RFC 5280 section 4.1), whole. */
void roots_put_key(struct buf *out, struct span key);

#endif
