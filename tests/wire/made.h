/* SPDX-License-Identifier: MIT */
/* Certificates made for tests, with any part of them as it is wanted. */
#ifndef TESTS_WIRE_MADE_H
#define TESTS_WIRE_MADE_H

#include "unit.h"

/* What differs from a good one; all zeros is that. */
struct made {
	const char *subject, *issuer; /* common names; "Subject", "Issuer" */
	const char *from, *to; /* UTCTime; 190102030405Z and 200102030405Z */
	struct span key; /* SubjectPublicKeyInfo; a point of P-256 */
	struct span algorithm; /* AlgorithmIdentifier; ecdsa-with-SHA256 */
	struct span extensions; /* written by made_extension; none */
	int version; /* 3 */
};

/* Appends an element. */
void made_put(struct buf *out, uint8_t tag, struct span content);

/* Appends an Extension, 2.5.29.id. */
void made_extension(struct buf *out, uint8_t id, bool critical,
                    struct span value);

/* A Name of one attribute, its value with that tag. */
void made_name(struct buf *out, uint8_t tag, const char *common);

/* Appends the certificate; its signature is two bytes. */
struct span made_certificate(struct buf *out, const struct made *m);

/* G, 2G or 3G of P-256, as a SubjectPublicKeyInfo. */
struct span made_key(size_t which);

#endif
