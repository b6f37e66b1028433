/* SPDX-License-Identifier: MIT */
/* Fuzzes wire/der: elements are whole, and those written are read. */
#include "fuzz/fuzz.h"
#include "wire/der.h"

/* --- A plain reader: the length of the element in front, or 0 --- */

static size_t element(struct span in, uint8_t tag, size_t *head)
{
	size_t len, bytes = 0;

	if (in.len < 2 || in.at[0] != tag)
		return 0;
	len = in.at[1];
	if (len > 0x7f) {
		bytes = len - 0x80;
		if (bytes == 0 || bytes > 2 || bytes > in.len - 2)
			return 0;
		len = 0;
		for (size_t i = 0; i < bytes; i++)
			len = len * 256 + in.at[2 + i];
	}
	*head = 2 + bytes;
	return *head + len <= in.len ? *head + len : 0;
}

/* --- What was found --- */

static void check_cut(struct span text, uint8_t tag)
{
	struct span in = text, whole, content;
	size_t head = 0, len = element(text, tag, &head);

	if (!der_cut(&in, tag, &whole, &content)) {
		CHECK(len == 0 && in.at == text.at && in.len == text.len);
		return;
	}
	CHECK(len > 0);
	CHECK(whole.at == text.at && whole.len == len);
	CHECK(content.at == text.at + head && content.len == len - head);
	CHECK(in.at == text.at + len && in.len == text.len - len);
	/* Torn anywhere, it is none. */
	for (size_t i = 0; i < len; i += 1 + i / 64) {
		in = fuzz_first(text, i);
		CHECK(!der_cut(&in, tag, NULL, NULL) && in.len == i);
	}
}

static void check_made(struct span text)
{
	static uint8_t room[8300];
	struct buf out = BUF_OVER(room);
	struct span content;

	der_put_head(&out, DER_OCTETS, text.len);
	buf_span(&out, text);
	CHECK(!out.failed && out.len == der_size(text.len));
	CHECK(der_only(buf_written(&out), DER_OCTETS, &content));
	CHECK(span_equal(content, text));
	buf_byte(&out, 0);
	CHECK(!der_only(buf_written(&out), DER_OCTETS, &content));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };

	check_cut(text, DER_SEQUENCE);
	check_cut(text, size > 0 ? data[0] : 0);
	check_made(text);
	return 0;
}
