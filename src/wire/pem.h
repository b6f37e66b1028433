/* SPDX-License-Identifier: MIT */
/* Certificates out of PEM text (RFC 7468), as the text streams in. */
#ifndef WIRE_PEM_H
#define WIRE_PEM_H

#include "base/buf.h"

enum pem_verdict {
	PEM_MORE, /* all was read, no certificate has ended in it */
	PEM_CERTIFICATE, /* one has: its DER is in the buf */
	PEM_BAD, /* one has that is no base64, or too large for the buf */
};

/* The reader. All zeros is its start. */
struct pem {
	bool inside; /* a certificate that has not ended; for all to read */
	bool bad; /* it is */
	uint8_t matched; /* bytes of an opening or closing line so far */
	uint8_t digits; /* base64 digits in `bits` */
	uint8_t padding; /* '=' so far */
	uint32_t bits;
};

/*
 * Reads from *in up to the end of the next certificate, and moves *in behind
 * what was read. der is emptied where a certificate begins and holds it at
 * PEM_CERTIFICATE. Anything else in the text (other kinds of PEM, comments) is
 * passed over, and so is a certificate that is BAD: reading goes on behind it.
 */
enum pem_verdict pem_feed(struct pem *p, struct span *in, struct buf *der);

/* A block of any kind; spans of the text that it was found in. */
struct pem_block {
	struct span label; /* such as CERTIFICATE */
	struct span body; /* what is between its first and its last line */
};

/* The next block of *rest, which is moved behind it; false: there is none. */
bool pem_next(struct span *rest, struct pem_block *out);

/* Reads all of the text as base64; false where it is none or does not fit. */
bool pem_take_base64(struct buf *out, struct span text);

/* Writes bytes as base64 (RFC 4648 section 4), with padding. */
void pem_put_base64(struct buf *out, struct span bytes);

#endif
