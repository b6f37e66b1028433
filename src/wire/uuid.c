/* SPDX-License-Identifier: MIT */
/* UUIDs in their text form of 8-4-4-4-12 hexadecimal digits (RFC 9562). */
#include "wire/uuid.h"

#include <string.h>

#include "base/fmt.h"

/* Whether a hyphen stands before this byte (0 to 15) in the text form. */
static bool
hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static bool
hex_value(uint8_t c, uint8_t *value)
{
	if (c >= '0' && c <= '9')
		*value = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*value = (uint8_t)(c - 'a' + 10);
	else if (c >= 'A' && c <= 'F')
		*value = (uint8_t)(c - 'A' + 10);
	else
		return false;
	return true;
}

bool
uuid_parse(struct span text, struct uuid *out)
{
	size_t at = 0;

	if (text.len != UUID_TEXT)
		return false;
	for (size_t i = 0; i < sizeof(out->byte); i++) {
		uint8_t high, low;

		if (hyphen_before(i) && text.at[at++] != '-')
			return false;
		if (!hex_value(text.at[at], &high) ||
		    !hex_value(text.at[at + 1], &low))
			return false;
		out->byte[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	return true;
}

void
uuid_put(struct buf *out, const struct uuid *id)
{
	for (size_t i = 0; i < sizeof(id->byte); i++) {
		if (hyphen_before(i))
			buf_byte(out, '-');
		fmt_hex(out, id->byte[i], 2);
	}
}

bool
uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->byte, b->byte, sizeof(a->byte)) == 0;
}
