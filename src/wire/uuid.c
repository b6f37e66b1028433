/* SPDX-License-Identifier: MIT */
/* UUIDs in their text form of 8-4-4-4-12 hexadecimal digits (RFC 9562). */
#include "wire/uuid.h"

#include <string.h>

#include "base/fmt.h"

/* Whether a hyphen stands before this byte (0 to 15) in the text form. */
static bool hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool uuid_parse(struct span text, struct uuid *out)
{
	for (size_t i = 0; i < sizeof(out->byte); i++) {
		if (hyphen_before(i) && !span_cut_prefix(&text, SPAN("-")))
			return false;
		if (!span_cut_hex(&text, &out->byte[i]))
			return false;
	}
	return text.len == 0;
}

void uuid_put(struct buf *out, const struct uuid *id)
{
	for (size_t i = 0; i < sizeof(id->byte); i++) {
		if (hyphen_before(i))
			buf_byte(out, '-');
		fmt_hex(out, id->byte[i], 2);
	}
}

/* Made-up ones differ only at their ends, which are looked at first. */
bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return a->byte[15] == b->byte[15] &&
	       memcmp(a->byte, b->byte, sizeof(a->byte)) == 0;
}
