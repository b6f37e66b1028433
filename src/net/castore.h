/* SPDX-License-Identifier: MIT */
/* The certificates that are trusted: of a file, or the roots inside. */
#ifndef NET_CASTORE_H
#define NET_CASTORE_H

#include "base/err.h"
#include "wire/certificate.h"
#include "wire/pem.h"

/*
 * The store, and the search in it that is going on. The caller owns it. All
 * zeros is its start.
 */
struct castore {
	bool builtin; /* the roots inside, not the file */
	int file; /* of PEM certificates */
	const char *name; /* of the file, or what the roots inside are called */
	unsigned unreadable; /* certificates of the file that are broken */

	/* The search; see castore_seek. */
	struct span issuer;
	struct span wanted;
	bool found; /* the file has the certificate that was wanted */
	size_t next; /* of the roots inside */
	struct pem pem;
	struct span rest; /* of the chunk */
	uint8_t chunk[INPUT_CHUNK];
	uint8_t der[CERT_MAX]; /* the certificate or key that was read last */
};

/*
 * Opens the store. `path` is a file of PEM certificates, which must be one
 * that can be read again and again, or "builtin": the roots inside. NULL: the
 * first of the files where systems have theirs that holds a certificate, else
 * the roots inside. ERR_FILE_OPEN, ERR_FILE_READ, ERR_FILE_ONCE,
 * ERR_NO_CERTIFICATE. The file stays open; path must outlive s.
 */
bool castore_open(struct castore *s, const char *path, struct err *e);

/*
 * Begins a search for anchors with this Name, whole; s->found will say, once
 * the search is through, whether the file has the certificate `wanted`, byte
 * for byte. Both must last as long as the search. ERR_FILE_READ.
 */
bool castore_seek(struct castore *s, struct span issuer, struct span wanted,
                  struct err *e);

/*
 * The next trust anchor (RFC 5280 section 6.1.1 (d)): its certificate, of which
 * a root inside has nothing but the key. Its spans are valid until the next
 * call for the store. False: there is none, or ERR_FILE_READ is in *e.
 */
bool castore_next(struct castore *s, struct certificate *out, struct err *e);

#endif
