/* SPDX-License-Identifier: MIT */
/* Tests of wire/der: elements, read and written. */
/* links: tests/wire/cases.c */
#include "wire/der.h"

#include "wire/cases.h"

static void an_element_is_cut_off(void **state)
{
	static uint8_t large[65536 + 8];
	static const struct {
		struct span in;
		size_t head, len; /* head 0: refused */
	} rows[] = {
		{ BYTES(""), 0, 0 },
		{ BYTES("0"), 0, 0 },
		{ BYTES("0\0"), 2, 0 },
		{ BYTES("1\0"), 0, 0 },
		{ BYTES("0\1"), 0, 0 },
		{ BYTES("0\1ab"), 2, 1 },
		{ BYTES("0\x80"
		        "ab"),
		  0, 0 },
		{ BYTES("0\x81"), 0, 0 },
		{ BYTES("0\x81\2ab"), 3, 2 },
		{ BYTES("0\x81\3ab"), 0, 0 },
		{ BYTES("0\x82\0"), 0, 0 },
		{ BYTES("0\x82\0\2ab"), 4, 2 },
		{ BYTES("0\x82\1\0ab"), 0, 0 },
		{ BYTES("0\x83\0\0\2ab"), 0, 0 },
		{ BYTES("0\x84\0\0\0\2ab"), 0, 0 },
		{ BYTES("0\xff"
		        "ab"),
		  0, 0 },
		{ { large, 4 + 65535 }, 4, 65535 },
		{ { large, 4 + 65534 }, 0, 0 },
	};

	(void)state;
	memcpy(large, "0\x82\xff\xff", 4);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span in = guarded(rows[i].in), rest = in, whole, content;
		bool good = der_cut(&rest, DER_SEQUENCE, &whole, &content);

		if (good != (rows[i].head != 0))
			fail_msg("row %zu", i);
		if (!good) {
			assert_true(rest.at == in.at && rest.len == in.len);
			continue;
		}
		assert_true(whole.at == in.at);
		assert_int_equal(whole.len, rows[i].head + rows[i].len);
		assert_true(content.at == in.at + rows[i].head);
		assert_int_equal(content.len, rows[i].len);
		assert_true(rest.at == in.at + whole.len);
		assert_int_equal(rest.len, in.len - whole.len);
		rest = in;
		assert_true(der_cut(&rest, DER_SEQUENCE, NULL, NULL));
	}
}

static void an_element_of_any_tag_is_next(void **state)
{
	struct span in = SPAN("\x04\2ab\xa0\0\x05");
	struct der_element e;

	(void)state;
	assert_true(der_next(&in, &e));
	assert_int_equal(e.tag, 4);
	assert_span("first", e.value, SPAN("ab"));
	assert_true(der_next(&in, &e));
	assert_int_equal(e.tag, 0xa0);
	assert_int_equal(e.value.len, 0);
	assert_false(der_next(&in, &e));
	assert_int_equal(in.len, 1);
}

static void only_one_is_there(void **state)
{
	struct span content;

	(void)state;
	assert_true(der_only(SPAN("0\1a"), DER_SEQUENCE, &content));
	assert_span("content", content, SPAN("a"));
	assert_false(der_only(SPAN("0\1ab"), DER_SEQUENCE, &content));
	assert_false(der_only(SPAN("0\2a"), DER_SEQUENCE, &content));
	assert_false(der_only(SPAN("1\1a"), DER_SEQUENCE, &content));
	assert_false(der_only(SPAN(""), DER_SEQUENCE, &content));
}

static void what_is_written_is_read(void **state)
{
	static uint8_t room[65536 + 8];

	(void)state;
	for (size_t len = 0; len <= 65535; len += len < 600 ? 1 : 997) {
		struct buf out = BUF_OVER(room);
		struct span content;

		der_put_head(&out, DER_OCTETS, len);
		assert_int_equal(out.len + len, der_size(len));
		out.len += len;
		assert_true(der_only(buf_written(&out), DER_OCTETS, &content));
		assert_int_equal(content.len, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_is_cut_off),
		cmocka_unit_test(an_element_of_any_tag_is_next),
		cmocka_unit_test(only_one_is_there),
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests_name("wire/der", tests, NULL, NULL);
}
