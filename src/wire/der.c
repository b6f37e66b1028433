/* SPDX-License-Identifier: MIT */
/* Elements of DER (X.690), read off the start of a span and written. */
#include "wire/der.h"

bool der_next(struct span *in, struct der_element *out)
{
	size_t head = 2, len;

	if (in->len < 2)
		return false;
	len = in->at[1];
	if (len >= 0x80) {
		size_t bytes = len & 0x7f;

		/* The indefinite form is not DER; 64 KiB are enough. */
		if (bytes < 1 || bytes > 2 || in->len < 2 + bytes)
			return false;
		len = in->at[2];
		if (bytes == 2)
			len = len << 8 | in->at[3];
		head += bytes;
	}
	if (len > in->len - head)
		return false;
	*out = (struct der_element){ in->at[0], { in->at + head, len } };
	*in = span_skip(*in, head + len);
	return true;
}

bool der_cut(struct span *in, uint8_t tag, struct span *whole,
             struct span *content)
{
	struct der_element found;
	struct span rest = *in;

	if (!der_next(&rest, &found) || found.tag != tag)
		return false;
	if (whole != NULL)
		*whole = (struct span){ in->at, in->len - rest.len };
	if (content != NULL)
		*content = found.value;
	*in = rest;
	return true;
}

bool der_only(struct span in, uint8_t tag, struct span *content)
{
	return der_cut(&in, tag, NULL, content) && in.len == 0;
}

size_t der_size(size_t content)
{
	return content + (content < 0x80 ? 2 : content < 0x100 ? 3 : 4);
}

void der_put_head(struct buf *out, uint8_t tag, size_t content)
{
	buf_byte(out, tag);
	if (content >= 0x100) {
		buf_byte(out, 0x82);
		buf_byte(out, (uint8_t)(content >> 8));
	} else if (content >= 0x80) {
		buf_byte(out, 0x81);
	}
	buf_byte(out, (uint8_t)content);
}
