/* SPDX-License-Identifier: MIT */
/* Just enough DER (X.690) to find the parts of a certificate (RFC 5280). */
#ifndef WIRE_DER_H
#define WIRE_DER_H

#include "base/buf.h"

#define DER_SEQUENCE 0x30
#define DER_CONTEXT_0 0xa0

/*
 * Cuts the element with that tag off the start of *in. *whole is all of it,
 * *content what is inside; either may be NULL. False, *in as it was, where
 * another tag stands there or the lengths do not fit.
 */
bool der_cut(struct span *in, uint8_t tag, struct span *whole,
             struct span *content);

/* The names and the key of a certificate; parts of the bytes it was read of. */
struct der_certificate {
	struct span issuer; /* Name, whole */
	struct span subject; /* Name, whole */
	struct span key; /* SubjectPublicKeyInfo, whole */
};

/* Finds the parts; what they mean is not looked at. RFC 5280 section 4.1. */
bool der_parse_certificate(struct span der, struct der_certificate *out);

/*
 * Whether Extensions (a SEQUENCE, RFC 5280 section 4.1) hold one with this
 * OBJECT IDENTIFIER, given without its tag and length.
 */
bool der_has_extension(struct span extensions, struct span oid);

#endif
