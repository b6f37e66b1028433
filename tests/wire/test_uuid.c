/* SPDX-License-Identifier: MIT */
/* Tests of wire/uuid: the text form, exactly, and nothing else. */
/* links: tests/wire/cases.c */
#include "wire/uuid.h"

#include <ctype.h>

#include "wire/cases.h"

#define TEXT "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"

static const struct uuid ID = { {
	0x3f,
	0x2b,
	0x6c,
	0x1e,
	0x8a,
	0x4d,
	0x4c,
	0x55,
	0x9a,
	0x77,
	0x2f,
	0x1f,
	0x0f,
	0x3b,
	0x9d,
	0x10,
} };

static void the_text_form_is_read_and_written(void **state)
{
	static const struct span forms[] = {
		BYTES(TEXT),
		BYTES("3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10"),
	};
	uint8_t text[UUID_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct buf out = BUF_OVER(text);
		struct uuid id;

		assert_true(uuid_parse(guarded(forms[i]), &id));
		assert_memory_equal(id.byte, ID.byte, sizeof(id.byte));
		uuid_put(&out, &id);
		assert_span("text", buf_written(&out), SPAN(TEXT));
	}
}

static void no_other_byte_may_stand_anywhere(void **state)
{
	(void)state;
	for (size_t at = 0; at < UUID_TEXT; at++)
		for (int c = 0; c < 256; c++) {
			uint8_t text[UUID_TEXT];
			bool valid =
				TEXT[at] == '-' ? c == '-' : isxdigit(c) != 0;
			struct uuid id;

			memcpy(text, TEXT, sizeof(text));
			text[at] = (uint8_t)c;
			if (uuid_parse((struct span){ text, sizeof(text) },
			               &id) != valid)
				fail_msg("byte %zu, %02x", at, (unsigned)c);
		}
}

static void no_other_form_is_read(void **state)
{
	static const struct span forms[] = {
		BYTES(TEXT "0"),
		BYTES(TEXT "\n"),
		BYTES(" " TEXT),
		BYTES("{" TEXT "}"),
		BYTES("urn:uuid:" TEXT),
		BYTES("3f2b6c1e8a4d4c559a772f1f0f3b9d10"),
		BYTES("3f2b6c1e8-a4d-4c55-9a77-2f1f0f3b9d10"),
		BYTES("lsv2_pt_3f2b"),
	};
	struct uuid id;

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++)
		assert_row((const char *)forms[i].at,
		           !uuid_parse(guarded(forms[i]), &id));
	for (size_t len = 0; len < UUID_TEXT; len++)
		assert_false(uuid_parse(
			guarded((struct span){ (const uint8_t *)TEXT, len }),
			&id));
}

static void ids_are_equal_in_every_byte(void **state)
{
	(void)state;
	assert_true(uuid_equal(&ID, &ID));
	for (size_t i = 0; i < sizeof(ID.byte); i++) {
		struct uuid other = ID;

		other.byte[i] ^= 1;
		assert_false(uuid_equal(&ID, &other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_form_is_read_and_written),
		cmocka_unit_test(no_other_byte_may_stand_anywhere),
		cmocka_unit_test(no_other_form_is_read),
		cmocka_unit_test(ids_are_equal_in_every_byte),
	};

	return cmocka_run_group_tests_name("wire/uuid", tests, NULL, NULL);
}
