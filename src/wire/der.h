/* SPDX-License-Identifier: MIT */
/* Elements of DER (X.690), read off the start of a span and written. */
#ifndef WIRE_DER_H
#define WIRE_DER_H

#include "base/buf.h"

#define DER_BOOLEAN 0x01
#define DER_INTEGER 0x02
#define DER_BITS 0x03
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_UTF8 0x0c
#define DER_T61 0x14
#define DER_UTC_TIME 0x17
#define DER_TIME 0x18
#define DER_UNIVERSAL 0x1c
#define DER_BMP 0x1e
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
/* Context-specific: [n], of primitive and of constructed content. */
#define DER_PRIMITIVE(n) (0x80 | (n))
#define DER_CONTEXT(n) (0xa0 | (n))

struct der_element {
	uint8_t tag;
	struct span value; /* what is inside */
};

/*
 * Cuts the element off the start of *in, whatever its tag is. False, *in as it
 * was, where there is none or it is cut short.
 */
bool der_next(struct span *in, struct der_element *out);

/*
 * Cuts the element with that tag off the start of *in. *whole is all of it,
 * *content what is inside; either may be NULL. False, *in as it was, where
 * another tag stands there or the lengths do not fit.
 */
bool der_cut(struct span *in, uint8_t tag, struct span *whole,
             struct span *content);

/* As der_cut, and nothing may stand behind the element. */
bool der_only(struct span in, uint8_t tag, struct span *content);

/* The bytes of an element with so much content, which is below 64 KiB. */
size_t der_size(size_t content);

/* Writes the tag and the length that stand before so much content. */
void der_put_head(struct buf *out, uint8_t tag, size_t content);

#endif
