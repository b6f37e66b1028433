/* SPDX-License-Identifier: MIT */
/* Integers, times and text made printable, into a buf; no stdio. */
#include "base/fmt.h"

#include "base/calendar.h"

/* RFC 3629 section 3: the lead bytes of each length, and what they open. */
static const struct {
	uint8_t first, last;
	uint32_t least; /* code point that needs so many bytes */
} leads[] = {
	{ 0x00, 0x7f, 0 },
	{ 0xc2, 0xdf, 0x80 },
	{ 0xe0, 0xef, 0x800 },
	{ 0xf0, 0xf4, 0x10000 },
};

uint32_t utf8_next(struct span *s)
{
	uint8_t lead = s->at[0];
	size_t more = 0; /* bytes behind the lead */
	uint32_t value;
	bool valid;

	while (more < 3 && lead > leads[more].last)
		more++;
	valid = lead >= leads[more].first && lead <= leads[more].last &&
	        more < s->len;
	value = more > 0 ? lead & 0x3fu >> more : lead;
	for (size_t i = 1; valid && i <= more; i++) {
		valid = (s->at[i] & 0xc0) == 0x80;
		value = value << 6 | (s->at[i] & 0x3fu);
	}
	if (!valid || value < leads[more].least || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff)) {
		*s = span_skip(*s, 1);
		return UTF8_INVALID;
	}
	*s = span_skip(*s, more + 1);
	return value;
}

void utf8_put(struct buf *out, uint32_t cp)
{
	size_t more = 3;

	while (more > 0 && cp < leads[more].least)
		more--;
	buf_byte(out, (uint8_t)(more > 0 ? 0xff00 >> (more + 1) | cp >> 6 * more
	                                 : cp));
	while (more-- > 0)
		buf_byte(out, (uint8_t)(0x80 | (cp >> 6 * more & 0x3f)));
}

/* In that base, with leading zeros up to `digits` (at most 20). */
static void put_number(struct buf *out, uint64_t value, unsigned base,
                       int digits)
{
	uint8_t text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (uint8_t) "0123456789abcdef"[value % base];
		value /= base;
		digits--;
	} while ((value > 0 || digits > 0) && at > 0);
	buf_put(out, text + at, sizeof(text) - at);
}

void fmt_uint(struct buf *out, uint64_t value)
{
	put_number(out, value, 10, 1);
}

void fmt_hex(struct buf *out, uint32_t value, int digits)
{
	put_number(out, value, 16, digits);
}

void fmt_put_list(struct buf *out, const char *format, va_list values)
{
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			buf_byte(out, (uint8_t)*format);
		} else if (*++format == 's') {
			buf_text(out, va_arg(values, const char *));
		} else if (*format == 'c') {
			buf_byte(out, (uint8_t)va_arg(values, int));
		} else if (*format == 'u') {
			fmt_uint(out, va_arg(values, unsigned));
		} else if (*format == 'l') {
			format++;
			fmt_uint(out, va_arg(values, unsigned long));
		} else {
			size_t len = (size_t)va_arg(values, int);

			format += 2;
			buf_put(out, va_arg(values, const char *), len);
		}
	}
}

void fmt_put(struct buf *out, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	fmt_put_list(out, format, values);
	va_end(values);
}

/* So many of the six numbers of a time, with what stands between them. */
static void put_time(struct buf *out, int64_t seconds, size_t count)
{
	struct calendar c = calendar_from_unix(seconds);
	const unsigned numbers[] = { (unsigned)c.year, c.month,  c.day,
		                     c.hour,           c.minute, c.second };

	put_number(out, numbers[0], 10, 4);
	for (size_t i = 1; i < count; i++) {
		buf_byte(out, (uint8_t) "--T::"[i - 1]);
		put_number(out, numbers[i], 10, 2);
	}
}

void fmt_date(struct buf *out, int64_t seconds)
{
	put_time(out, seconds, 3);
}

void fmt_time(struct buf *out, int64_t seconds)
{
	put_time(out, seconds, 6);
	buf_byte(out, 'Z');
}

static void put_ipv6(struct buf *out, const uint8_t *address)
{
	size_t gap = 8, gap_len = 1; /* "::" stands for two or more groups */
	uint32_t group[8];
	size_t zeros = 0;

	for (size_t i = 0; i < 8; i++) {
		group[i] = (uint32_t)address[i * 2] << 8 | address[i * 2 + 1];
		zeros = group[i] == 0 ? zeros + 1 : 0;
		if (zeros > gap_len) {
			gap_len = zeros;
			gap = i + 1 - zeros;
		}
	}
	for (size_t i = 0; i < 8; i++) {
		if (i == gap)
			buf_text(out, "::");
		if (i >= gap && i < gap + gap_len)
			continue;
		if (i > 0 && i != gap + gap_len)
			buf_byte(out, ':');
		fmt_hex(out, group[i], 1);
	}
}

void fmt_address(struct buf *out, struct span address)
{
	const uint8_t *at = address.at;

	if (address.len == 16)
		put_ipv6(out, at);
	else if (address.len == 4)
		fmt_put(out, "%u.%u.%u.%u", at[0], at[1], at[2], at[3]);
	else
		buf_byte(out, '?');
}

/*
 * Code points that a terminal obeys, hides or uses to reorder its neighbours
 * (Unicode general categories Cc, Cf, Zl, Zp and the noncharacters).
 */
static const struct range {
	uint32_t first, last;
} invisible[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },   { 0x0600, 0x0605 },   { 0x061c, 0x061c },
	{ 0x06dd, 0x06dd },   { 0x070f, 0x070f },   { 0x0890, 0x0891 },
	{ 0x08e2, 0x08e2 },   { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
	{ 0x2060, 0x206f },   { 0x3164, 0x3164 },   { 0xd800, 0xdfff },
	{ 0xfdd0, 0xfdef },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },   { 0xfffe, 0xffff },   { 0x110bd, 0x110bd },
	{ 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

/* What East Asian fonts and emoji make two columns wide, generously. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2300, 0x27bf },   { 0x2900, 0x2bff },
	{ 0x2e80, 0xa4cf },   { 0xa960, 0xa97f },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe10, 0xfe6f },   { 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x16fe0, 0x18fff }, { 0x1aff0, 0x1b2ff },
	{ 0x1f000, 0x1faff }, { 0x20000, 0x3ffff },
};

/* They are in order. */
static bool is_among(uint32_t cp, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count && cp >= ranges[i].first; i++)
		if (cp <= ranges[i].last)
			return true;
	return false;
}

#define IS_AMONG(cp, ranges) \
	is_among(cp, ranges, sizeof(ranges) / sizeof((ranges)[0]))

unsigned fmt_columns(uint32_t cp)
{
	return IS_AMONG(cp, wide) ? 2 : 1;
}

void fmt_printable_char(struct buf *out, uint32_t cp)
{
	if (!IS_AMONG(cp, invisible) && (cp & 0xfffe) != 0xfffe) {
		utf8_put(out, cp);
		return;
	}
	buf_text(out, "\\u{");
	fmt_hex(out, cp, 1);
	buf_byte(out, '}');
}

void fmt_printable(struct buf *out, struct span text)
{
	while (text.len > 0) {
		uint8_t byte = text.at[0];
		uint32_t cp = utf8_next(&text);

		if (cp != UTF8_INVALID) {
			fmt_printable_char(out, cp);
			continue;
		}
		buf_text(out, "\\x{");
		fmt_hex(out, byte, 2);
		buf_byte(out, '}');
	}
}

void fmt_json_char(struct buf *out, uint32_t cp)
{
	if (cp >= 0x20 && cp < 0x7f) {
		if (cp == '"' || cp == '\\')
			buf_byte(out, '\\');
		buf_byte(out, (uint8_t)cp);
		return;
	}
	if (cp >= 0x10000) { /* the first of two surrogates */
		buf_text(out, "\\u");
		fmt_hex(out, 0xd800 + ((cp - 0x10000) >> 10), 4);
		cp = 0xdc00 + (cp & 0x3ff);
	}
	buf_text(out, "\\u");
	fmt_hex(out, cp, 4);
}

void fmt_json_string(struct buf *out, struct span text)
{
	buf_byte(out, '"');
	while (text.len > 0) {
		uint32_t cp = utf8_next(&text);

		fmt_json_char(out, cp == UTF8_INVALID ? 0xfffd : cp);
	}
	buf_byte(out, '"');
}
