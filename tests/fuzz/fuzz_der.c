/* SPDX-License-Identifier: MIT */
/* Fuzzes wire/der: the parts found are whole, in order, and the right ones. */
#include "fuzz/fuzz.h"
#include "wire/der.h"

/* --- A plain reader: the length of the element in front, or 0 --- */

static size_t
element(struct span in, uint8_t tag, size_t *head)
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

static bool
plain_has_extension(struct span in, struct span oid)
{
	size_t head, len = element(in, 0x30, &head);

	if (len == 0)
		return false;
	in = span_skip(fuzz_first(in, len), head);
	while ((len = element(in, 0x30, &head)) > 0) {
		struct span item = span_skip(fuzz_first(in, len), head);
		size_t item_len = element(item, 0x06, &head);

		if (item_len > 0 &&
		    span_equal(span_skip(fuzz_first(item, item_len), head),
		               oid))
			return true;
		in = span_skip(in, len);
	}
	return false;
}

/* --- What was found --- */

static void
check_cut(struct span text, uint8_t tag)
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

static void
check_part(struct span text, struct span part, const uint8_t **at)
{
	size_t head;

	CHECK(part.at >= *at && part.at + part.len <= text.at + text.len);
	CHECK(element(part, 0x30, &head) == part.len);
	*at = part.at + part.len;
}

static void
check_certificate(struct span text)
{
	struct der_certificate c, again;
	const uint8_t *at = text.at;
	size_t head, len;

	if (!der_parse_certificate(text, &c))
		return;
	check_part(text, c.issuer, &at);
	check_part(text, c.subject, &at);
	check_part(text, c.key, &at);
	len = element(text, 0x30, &head);
	CHECK(len > 0 && at <= text.at + len);
	CHECK(der_parse_certificate(fuzz_first(text, len), &again));
	CHECK(again.issuer.at == c.issuer.at && again.key.at == c.key.at);
	CHECK(!der_parse_certificate(fuzz_first(text, len - 1), &again));
}

/* --- What was made --- */

static void
put(struct buf *out, uint8_t tag, struct span content)
{
	buf_byte(out, tag);
	if (content.len > 255) {
		buf_byte(out, 0x82);
		buf_byte(out, (uint8_t)(content.len >> 8));
	} else if (content.len > 127) {
		buf_byte(out, 0x81);
	}
	buf_byte(out, (uint8_t)content.len);
	buf_span(out, content);
}

/* A certificate with parts of the text in it, which are then found there. */
static void
check_made(struct span text)
{
	static uint8_t inner[8192], outer[8192], all[8192];
	struct buf tbs = BUF_OVER(inner), out = BUF_OVER(outer);
	struct buf certificate = BUF_OVER(all);
	struct der_certificate c;
	struct span rest = text, part[7];
	uint32_t seed = fuzz_hash(text);
	size_t at[7];

	for (size_t i = 0; i < 7; i++) {
		part[i] = fuzz_first(rest, fuzz_draw(&seed) % 300);
		rest = span_skip(rest, part[i].len);
	}
	if (seed & 1)
		put(&tbs, 0xa0, part[0]);
	for (size_t i = 1; i < 7; i++) {
		at[i] = tbs.len;
		put(&tbs, i == 1 ? 0x02 : 0x30, part[i]);
	}
	at[0] = tbs.len;
	buf_span(&tbs, fuzz_first(rest, 100));
	put(&out, 0x30, buf_written(&tbs));
	buf_span(&out, fuzz_first(rest, 100));
	put(&certificate, 0x30, buf_written(&out));
	CHECK(!certificate.failed);
	CHECK(der_parse_certificate(buf_written(&certificate), &c));
	CHECK(span_equal(c.issuer,
	                 (struct span){ inner + at[3], at[4] - at[3] }));
	CHECK(span_equal(c.subject,
	                 (struct span){ inner + at[5], at[6] - at[5] }));
	CHECK(span_equal(c.key, (struct span){ inner + at[6], at[0] - at[6] }));
}

static void
check_extensions(struct span text)
{
	const struct span is_ca = SPAN("\x55\x1d\x13");
	static uint8_t inner[8192], outer[8192], all[8192];
	struct span oid = fuzz_first(text, 5);
	struct buf item = BUF_OVER(inner), list = BUF_OVER(outer);
	struct buf out = BUF_OVER(all);

	CHECK(der_has_extension(text, is_ca) ==
	      plain_has_extension(text, is_ca));
	CHECK(der_has_extension(text, oid) == plain_has_extension(text, oid));
	put(&item, 0x06, oid);
	put(&item, 0x04, fuzz_first(text, 2000));
	put(&list, 0x30, SPAN("\x06\x01\x00"));
	put(&list, 0x30, buf_written(&item));
	put(&out, 0x30, buf_written(&list));
	CHECK(der_has_extension(buf_written(&out), oid));
	CHECK(!der_has_extension(buf_written(&out),
	                         SPAN("\x55\x1d\x13\x02\x03\x04")) ||
	      span_equal(oid, SPAN("\x55\x1d\x13\x02\x03\x04")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };

	check_cut(text, DER_SEQUENCE);
	check_cut(text, size > 0 ? data[0] : 0);
	check_certificate(text);
	check_made(text);
	check_extensions(text);
	return 0;
}
