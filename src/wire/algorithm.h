/* SPDX-License-Identifier: MIT */
/* Which keys and signatures of certificates are accepted. */
#ifndef WIRE_ALGORITHM_H
#define WIRE_ALGORITHM_H

#include "base/buf.h"

/*
 * Why a SubjectPublicKeyInfo (whole) is not accepted, to be put behind the name
 * of its owner, or NULL. Accepted are RSA of 2,048 to 8,192 bits with an
 * exponent of at most 64, and the curves P-256 and P-384 by their names.
 */
const char *algorithm_key_fault(struct span key);

/* How a certificate is signed. */
struct algorithm {
	enum { ALGORITHM_RSA, ALGORITHM_PSS, ALGORITHM_ECDSA } kind;
	enum { ALGORITHM_SHA256, ALGORITHM_SHA384, ALGORITHM_SHA512 } hash;
};

/*
 * Reads the content of a signature's AlgorithmIdentifier. NULL, or why it is
 * not accepted, to be put behind the name of whom is signed: accepted are RSA
 * (PKCS #1 v1.5 and PSS) and ECDSA over SHA-256, SHA-384 and SHA-512. The mask
 * of PSS is taken to be of the same hash.
 */
const char *algorithm_read(struct span identifier, struct algorithm *out);

#endif
