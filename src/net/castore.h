/* SPDX-License-Identifier: MIT */
/* The certificates that are trusted: of a file, or the roots inside. */
#ifndef NET_CASTORE_H
#define NET_CASTORE_H

#include <sys/types.h>

#include "net/wait.h"
#include "wire/certificate.h"
#include "wire/pem.h"

/* What a server's certificates ask of the store; all are borrowed. */
struct castore_wish {
	struct span certificate; /* whether the file has it, byte for byte */
	struct span issuers[CHAIN_MAX]; /* whose keys: Names, whole */
	size_t count;
};

/* The store, and the search in it that is going on. The caller owns it. All
 * zeros is its start. */
struct castore {
	uint8_t chunk[CASTORE_CHUNK];
	uint8_t der[CERT_MAX]; /* the certificate or key that was read last */
	off_t spot[ANCHORS_MAX]; /* where those are that were wished for */

	bool builtin; /* the roots inside, not the file */
	int file; /* of PEM certificates */
	off_t size; /* of the file, in bytes; 0 if it has none */
	const char *name; /* of the file, or what the roots inside are called */
	unsigned unreadable; /* certificates of the file that are broken */
	bool listed; /* the file has the certificate that was wished for */
	struct deadline deadline; /* of what is read; none while it is opened */

	/* The search; see castore_seek. */
	struct span issuer;
	size_t next; /* spot, or root inside */
	size_t spots;
	struct pem pem;
	struct span rest; /* of the chunk */
	off_t chunk_at, read_to; /* where it begins and ends in the file */
};

/*
 * Opens the store. `path` is a file of PEM certificates, which must be one
 * that can be read again and again, or "builtin": the roots inside. NULL: the
 * first of the files where systems have theirs that holds a certificate, else
 * the roots inside. ERR_FILE_OPEN, ERR_FILE_READ, ERR_FILE_ONCE,
 * ERR_NO_CERTIFICATE, ERR_SIGNAL. The file stays open; path must outlive s.
 */
bool castore_open(struct castore *s, const char *path, struct err *e);

/*
 * Reads the file once, for all that will be asked of it about one server: sets
 * s->listed, and finds the anchors for castore_seek. ERR_FILE_READ,
 * ERR_DEADLINE or ERR_SIGNAL.
 */
bool castore_scan(struct castore *s, const struct castore_wish *wish,
                  struct err *e);

/*
 * Begins a search for anchors with this Name, whole, one of the wish. It must
 * last as long as the search.
 */
void castore_seek(struct castore *s, struct span issuer);

/*
 * The next trust anchor (RFC 5280 section 6.1.1 (d)): its certificate, of which
 * a root inside has nothing but the key. Its spans are valid until the next
 * call for the store. False: there is none, or an error of castore_scan is in
 * *e.
 */
bool castore_next(struct castore *s, struct certificate *out, struct err *e);

#endif
