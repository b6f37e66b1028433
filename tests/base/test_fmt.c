/* SPDX-License-Identifier: MIT */
/* Tests of base/fmt: numbers, times, UTF-8, text that is safe to show. */
#include "base/fmt.h"

#include <arpa/inet.h>

#include "unit.h"

static uint8_t room[65536];

/* --- Numbers and times --- */

static void numbers_are_decimal(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 4294967296, "4294967296" },
		{ UINT64_MAX, "18446744073709551615" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);

		fmt_uint(&out, rows[i].value);
		assert_span("uint", buf_written(&out), span_of(rows[i].text));
	}
}

static void hex_has_at_least_its_digits(void **state)
{
	static const struct {
		uint32_t value;
		int digits;
		const char *text;
	} rows[] = {
		{ 0, 1, "0" },         { 0, 8, "00000000" },
		{ 0xf, 2, "0f" },      { 0x101, 1, "101" },
		{ 0x1000, 4, "1000" }, { 0xffffffff, 1, "ffffffff" },
		{ 0x202e, 1, "202e" }, { 0x80000000, 8, "80000000" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);

		fmt_hex(&out, rows[i].value, rows[i].digits);
		assert_span("hex", buf_written(&out), span_of(rows[i].text));
	}
}

static void values_stand_in_a_text(void **state)
{
	const struct span bytes = { (const uint8_t *)"a\0b%", 4 };
	uint8_t little[4];
	struct buf out = BUF_OVER(room), full = BUF_OVER(little);

	(void)state;
	fmt_put(&out, "%s=%c %u", "", 'x', UINT32_MAX);
	fmt_put(&out, " %lu.%.*s", 7UL, FMT_SPAN(bytes));
	fmt_put(&out, "%.*s", FMT_SPAN(SPAN("")));
	assert_span("put", buf_written(&out), SPAN("=x 4294967295 7.a\0b%"));
	fmt_put(&full, "%s%u", "abc", 45U);
	assert_true(full.failed);
	assert_span("no room", buf_written(&full), SPAN("abc"));
}

static void times_are_rfc_3339(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 1795428000, "2026-11-23T10:00:00Z" },
		{ 951827696, "2000-02-29T12:34:56Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span text = span_of(rows[i].text);
		struct buf out = BUF_OVER(room);

		fmt_time(&out, rows[i].seconds);
		assert_span("time", buf_written(&out), text);
		out.len = 0;
		fmt_date(&out, rows[i].seconds);
		text.len = 10;
		assert_span("date", buf_written(&out), text);
	}
}

/* --- Addresses --- */

static void addresses_are_rfc_5952(void **state)
{
	static const struct {
		struct span bytes;
		const char *text;
	} rows[] = {
		{ BYTES("\x7f\0\0\1"), "127.0.0.1" },
		{ BYTES("\xff\xff\xff\xff"), "255.255.255.255" },
		{ BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "::" },
		{ BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), "::1" },
		{ BYTES("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "100::" },
		{ BYTES(""), "?" },
		{ BYTES("\1\2\3"), "?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);

		fmt_address(&out, rows[i].bytes);
		assert_span(rows[i].text, buf_written(&out),
		            span_of(rows[i].text));
	}
}

/* Every pattern of groups that are zero; libc writes these just so. */
static void addresses_are_as_libc_writes_them(void **state)
{
	(void)state;
	for (unsigned pattern = 0; pattern < 256; pattern++) {
		uint8_t bytes[16] = { 0 };
		char want[INET6_ADDRSTRLEN];
		struct buf out = BUF_OVER(room);

		for (unsigned i = 0; i < 8; i++)
			if (pattern >> i & 1) {
				bytes[i * 2] = i % 2 ? 0x0d : 0;
				bytes[i * 2 + 1] = (uint8_t)(0xb0 >> i);
			}
		assert_non_null(inet_ntop(AF_INET6, bytes, want, sizeof(want)));
		/* Except for addresses that end in an IPv4 address. */
		if (strchr(want, '.') != NULL)
			continue;
		fmt_address(&out, (struct span){ bytes, sizeof(bytes) });
		assert_span(want, buf_written(&out), span_of(want));
	}
}

/* --- UTF-8 --- */

/* The length of the sequence at the start of s, by RFC 3629 section 4, or 0. */
static size_t utf8_length(struct span s)
{
	static const struct {
		uint8_t first, last, low, high;
		size_t len;
	} rows[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t row = 0;

	while (row < COUNT(rows) &&
	       (s.at[0] < rows[row].first || s.at[0] > rows[row].last))
		row++;
	if (row == COUNT(rows) || rows[row].len > s.len)
		return 0;
	for (size_t i = 1; i < rows[row].len; i++) {
		uint8_t low = i == 1 ? rows[row].low : 0x80;
		uint8_t high = i == 1 ? rows[row].high : 0xbf;

		if (s.at[i] < low || s.at[i] > high)
			return 0;
	}
	return rows[row].len;
}

/* All pairs of first bytes, with what is in and next to the range behind. */
static void utf8_is_read_to_the_letter(void **state)
{
	static const uint8_t behind[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < 65536 * COUNT(behind) * COUNT(behind); i++) {
		const uint8_t bytes[] = {
			(uint8_t)i,
			(uint8_t)(i >> 8),
			behind[(i >> 16) % COUNT(behind)],
			behind[(i >> 16) / COUNT(behind)],
		};

		for (size_t len = 1; len <= sizeof(bytes); len++, count++) {
			struct span s = { bytes, len };
			size_t want = utf8_length(s);
			uint32_t cp = utf8_next(&s);

			if ((cp == UTF8_INVALID) != (want == 0) ||
			    len - s.len != (want ? want : 1))
				fail_msg("%02x %02x %02x %02x, %zu bytes",
				         bytes[0], bytes[1], bytes[2], bytes[3],
				         len);
		}
	}
	print_message("%zu sequences\n", count);
}

static void every_code_point_comes_back(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		uint8_t bytes[4];
		struct buf out = BUF_OVER(bytes);
		struct span s;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		utf8_put(&out, cp);
		s = buf_written(&out);
		if (utf8_length(s) != s.len || utf8_next(&s) != cp)
			fail_msg("U+%04x", cp);
	}
}

/* --- For a terminal --- */

static void what_a_terminal_obeys_is_shown_as_its_number(void **state)
{
	static const struct {
		struct span text;
		const char *shown;
	} rows[] = {
		{ BYTES(""), "" },
		{ BYTES("plain ~ text"), "plain ~ text" },
		{ BYTES("Gr\xc3\xbc\xc3\x9f"
		        "e \xe2\x82\xac \xf0\x9f\x98\x80"),
		  "Gr\xc3\xbc\xc3\x9f"
		  "e \xe2\x82\xac \xf0\x9f\x98\x80" },
		/* ANSI escapes */
		{ BYTES("\033[31mred\033[0m"), "\\u{1b}[31mred\\u{1b}[0m" },
		{ BYTES("\033]0;title\a"), "\\u{1b}]0;title\\u{7}" },
		{ BYTES("\0a\r\n\t\x7f"), "\\u{0}a\\u{d}\\u{a}\\u{9}\\u{7f}" },
		/* C1 controls, as characters and as bytes */
		{ BYTES("\xc2\x9b"
		        "31m\xc2\x80\xc2\x9f\xc2\xa0"),
		  "\\u{9b}31m\\u{80}\\u{9f}\xc2\xa0" },
		{ BYTES("\x9b"
		        "31m"),
		  "\\x{9b}31m" },
		/* bidi marks, overrides, isolates; line separators */
		{ BYTES("a\xe2\x80\xae"
		        "b"),
		  "a\\u{202e}b" },
		{ BYTES("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c"),
		  "\\u{200e}\\u{200f}\\u{61c}" },
		{ BYTES("\xe2\x81\xa6\xe2\x81\xa9"), "\\u{2066}\\u{2069}" },
		{ BYTES("\xe2\x80\xa8\xe2\x80\xa9"), "\\u{2028}\\u{2029}" },
		/* zero-width characters, tags, noncharacters */
		{ BYTES("\xe2\x80\x8b\xef\xbb\xbf"), "\\u{200b}\\u{feff}" },
		{ BYTES("\xf3\xa0\x81\x81\xf0\x9f\xbf\xbe"),
		  "\\u{e0041}\\u{1fffe}" },
		/* invalid UTF-8: stray, overlong, surrogate, too high, torn */
		{ BYTES("\x80\xbf\xff"), "\\x{80}\\x{bf}\\x{ff}" },
		{ BYTES("\xc0\xaf"), "\\x{c0}\\x{af}" },
		{ BYTES("\xe0\x80\xaf"), "\\x{e0}\\x{80}\\x{af}" },
		{ BYTES("\xed\xa0\x80"), "\\x{ed}\\x{a0}\\x{80}" },
		{ BYTES("\xf4\x90\x80\x80"), "\\x{f4}\\x{90}\\x{80}\\x{80}" },
		{ BYTES("\xe2\x82"), "\\x{e2}\\x{82}" },
		{ BYTES("\xe2\x82x"), "\\x{e2}\\x{82}x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);

		fmt_printable(&out, rows[i].text);
		assert_span(rows[i].shown, buf_written(&out),
		            span_of(rows[i].shown));
	}
}

/* Written apart from fmt.c, for all that CLI.md promises. */
static bool is_dangerous(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c ||
	       (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff;
}

static void assert_harmless(struct span shown)
{
	while (shown.len > 0) {
		size_t len = utf8_length(shown);

		if (len == 0 || is_dangerous(utf8_next(&shown)))
			fail_msg("%zu bytes from the end", shown.len);
	}
}

/* Bytes of which many are such as UTF-8 and terminals care about. */
static struct span random_bytes(uint8_t *bytes, size_t max, uint64_t *seed)
{
	static const char favoured[] = "\033\x80\xc2\x9b\xe2\x80\xae\xed\xa0"
				       "\xf0\x9f\xbf\xf4\x8f\"\\";
	size_t len = random_next(seed) % max;

	for (size_t i = 0; i < len; i++) {
		uint64_t n = random_next(seed);

		bytes[i] = n & 1 ? (uint8_t)favoured[(n >> 8) %
		                                     (sizeof(favoured) - 1)]
		                 : (uint8_t)(n >> 8);
	}
	return (struct span){ bytes, len };
}

static void whatever_is_shown_is_harmless(void **state)
{
	uint64_t seed = 20261123;
	uint8_t bytes[256];

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		struct buf out = BUF_OVER(room);

		fmt_printable(&out, random_bytes(bytes, sizeof(bytes), &seed));
		assert_false(out.failed);
		assert_harmless(buf_written(&out));
	}
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		struct buf out = BUF_OVER(room);

		fmt_printable_char(&out, cp);
		assert_harmless(buf_written(&out));
	}
}

static void wide_characters_take_two_columns(void **state)
{
	static const struct {
		const char *label;
		uint32_t code_point;
		unsigned columns;
	} rows[] = {
		{ "space", ' ', 1 },
		{ "letter", 'a', 1 },
		{ "tilde", '~', 1 },
		{ "e acute", 0xe9, 1 },
		{ "Greek", 0x3b1, 1 },
		{ "Cyrillic", 0x416, 1 },
		{ "Hebrew", 0x5d0, 1 },
		{ "ellipsis", 0x2026, 1 },
		{ "Hangul jamo", 0x1100, 2 },
		{ "before Hangul jamo", 0x10ff, 1 },
		{ "ideographic space", 0x3000, 2 },
		{ "hiragana", 0x3042, 2 },
		{ "CJK, first", 0x4e00, 2 },
		{ "CJK", 0x6f22, 2 },
		{ "CJK, last", 0x9fff, 2 },
		{ "Hangul, first", 0xac00, 2 },
		{ "Hangul, last", 0xd7a3, 2 },
		{ "CJK compatibility", 0xf900, 2 },
		{ "full width A", 0xff21, 2 },
		{ "half width katakana", 0xff71, 1 },
		{ "CJK, extension B", 0x20000, 2 },
		{ "CJK, plane 3", 0x30000, 2 },
		{ "check mark", 0x2705, 2 },
		{ "rocket", 0x1f680, 2 },
		{ "grinning face", 0x1f600, 2 },
		{ "flag letter", 0x1f1e6, 2 },
		{ "melting face", 0x1fae0, 2 },
		{ "mathematical A", 0x1d400, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row(rows[i].label,
		           fmt_columns(rows[i].code_point) == rows[i].columns);
	for (uint32_t cp = 0; cp < 0x1100; cp++)
		assert_int_equal(fmt_columns(cp), 1);
}

/* --- JSON --- */

static void json_strings_are_ascii(void **state)
{
	static const struct {
		struct span text;
		const char *json;
	} rows[] = {
		{ BYTES(""), "\"\"" },
		{ BYTES("a \"b\" \\ /"), "\"a \\\"b\\\" \\\\ /\"" },
		{ BYTES("\0\n\x1f\x7f"), "\"\\u0000\\u000a\\u001f\\u007f\"" },
		{ BYTES("\xc3\xa9\xe2\x80\xae"), "\"\\u00e9\\u202e\"" },
		{ BYTES("\xf0\x9f\x98\x80"), "\"\\ud83d\\ude00\"" },
		{ BYTES("\xf4\x8f\xbf\xbf"), "\"\\udbff\\udfff\"" },
		{ BYTES("\xff\xed\xa0\x80"),
		  "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);

		fmt_json_string(&out, rows[i].text);
		assert_span(rows[i].json, buf_written(&out),
		            span_of(rows[i].json));
	}
}

static uint32_t read_unit(struct span *json)
{
	char digits[5] = { 0 };
	char *end;
	uint32_t unit;

	assert_true(json->len >= 6 && memcmp(json->at, "\\u", 2) == 0);
	memcpy(digits, json->at + 2, 4);
	unit = (uint32_t)strtoul(digits, &end, 16);
	assert_true(end == digits + 4);
	*json = span_skip(*json, 6);
	return unit;
}

/* The next code point of what stands between the quotes of a JSON string. */
static uint32_t read_json_char(struct span *json)
{
	uint32_t unit = json->at[0];

	assert_true(unit >= 0x20 && unit < 0x7f && unit != '"');
	if (unit == '\\' && json->len > 1 && json->at[1] == 'u') {
		unit = read_unit(json);
		if (unit < 0xd800 || unit > 0xdbff)
			return unit;
		return 0x10000 +
		       ((unit & 0x3ff) << 10 | (read_unit(json) & 0x3ff));
	}
	if (unit == '\\') {
		*json = span_skip(*json, 1);
		unit = json->at[0];
		assert_true(unit == '"' || unit == '\\');
	}
	*json = span_skip(*json, 1);
	return unit;
}

static void json_strings_decode_to_what_they_were(void **state)
{
	uint64_t seed = 7;
	uint8_t bytes[256];

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		struct span text = random_bytes(bytes, sizeof(bytes), &seed);
		struct buf out = BUF_OVER(room);
		struct span json;

		fmt_json_string(&out, text);
		assert_false(out.failed);
		json = buf_written(&out);
		assert_true(json.len >= 2 && json.at[0] == '"' &&
		            json.at[json.len - 1] == '"');
		json = (struct span){ json.at + 1, json.len - 2 };
		while (text.len > 0 && json.len > 0) {
			uint32_t want = utf8_next(&text);

			if (want == UTF8_INVALID)
				want = 0xfffd;
			assert_int_equal(read_json_char(&json), want);
		}
		assert_true(text.len == 0 && json.len == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_decimal),
		cmocka_unit_test(hex_has_at_least_its_digits),
		cmocka_unit_test(values_stand_in_a_text),
		cmocka_unit_test(times_are_rfc_3339),
		cmocka_unit_test(addresses_are_rfc_5952),
		cmocka_unit_test(addresses_are_as_libc_writes_them),
		cmocka_unit_test(utf8_is_read_to_the_letter),
		cmocka_unit_test(every_code_point_comes_back),
		cmocka_unit_test(what_a_terminal_obeys_is_shown_as_its_number),
		cmocka_unit_test(whatever_is_shown_is_harmless),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(json_strings_are_ascii),
		cmocka_unit_test(json_strings_decode_to_what_they_were),
	};

	return cmocka_run_group_tests_name("base/fmt", tests, NULL, NULL);
}
