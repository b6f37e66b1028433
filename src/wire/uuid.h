/* SPDX-License-Identifier: MIT */
/* UUIDs in their text form of 8-4-4-4-12 hexadecimal digits (RFC 9562). */
#ifndef WIRE_UUID_H
#define WIRE_UUID_H

#include "base/buf.h"

/* Length of the text form in bytes. */
#define UUID_TEXT 36

struct uuid {
	uint8_t byte[16];
};

/*
 * Reads exactly the text form (RFC 9562 section 4), upper case allowed: no
 * braces, no "urn:", no blanks. So whatever is parsed is safe in a path.
 */
bool uuid_parse(struct span text, struct uuid *out);

/* Writes the text form, in lower case. */
void uuid_put(struct buf *out, const struct uuid *id);

bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
