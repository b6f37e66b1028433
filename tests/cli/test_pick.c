/* SPDX-License-Identifier: MIT */
/* Tests of cli/pick: which texts are TOKENs, and what is said of the rest. */
/* links: tests/wire/cases.c */
#include "cli/pick.h"

#include "wire/cases.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"

static const struct {
	struct span text;
	enum err_code code;
} rows[] = {
	{ BYTES(ID), ERR_NONE },
	{ BYTES("3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10"), ERR_NONE },
	{ BYTES(""), ERR_TOKEN_FORM },
	{ BYTES("x"), ERR_TOKEN_FORM },
	{ BYTES(" " ID), ERR_TOKEN_FORM },
	{ BYTES(ID "\n"), ERR_TOKEN_FORM },
	{ BYTES(ID "/revocation"), ERR_TOKEN_FORM },
	{ BYTES(ID "\0"), ERR_TOKEN_FORM },
	{ BYTES("{" ID "}"), ERR_TOKEN_FORM },
	{ BYTES("urn:uuid:" ID), ERR_TOKEN_FORM },
	{ BYTES("3f2b6c1e8a4d4c559a772f1f0f3b9d10"), ERR_TOKEN_FORM },
	{ BYTES("3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d1/"), ERR_TOKEN_FORM },
	{ BYTES("lsv2"), ERR_TOKEN_FORM },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"),
	  ERR_TOKEN_SECRET },
	{ BYTES("lsv2_sk_0123456789abcdef0123456789abcdef_fedcba9876"),
	  ERR_TOKEN_SECRET },
	{ BYTES("lsv2_"), ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_3f2b"), ERR_TOKEN_SECRET },
	{ BYTES("ls__0123"), ERR_TOKEN_SECRET },
	{ BYTES("ls_"), ERR_TOKEN_FORM },
	{ BYTES("eyJhbGciOiJIUzI1NiJ9.e30.x"), ERR_TOKEN_SECRET },
};

static void
only_ids_are_tokens(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = (const char *)rows[i].text.at;
		struct err e = { 0 };
		struct uuid id;
		bool picked = pick_id(guarded(rows[i].text), &id, &e);

		assert_row(label, picked == (rows[i].code == ERR_NONE));
		assert_row(label, e.code == rows[i].code);
		/* What it was may be a secret. */
		assert_row(label, e.detail_len == 0);
	}
}

static void
the_id_is_the_one_given(void **state)
{
	uint8_t room[UUID_TEXT];
	struct buf out = BUF_OVER(room);
	struct err e = { 0 };
	struct uuid id;

	(void)state;
	assert_true(
		pick_id(SPAN("3F2B6C1E-8a4d-4C55-9A77-2f1f0f3b9d10"), &id, &e));
	uuid_put(&out, &id);
	assert_span("id", buf_written(&out), SPAN(ID));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_ids_are_tokens),
		cmocka_unit_test(the_id_is_the_one_given),
	};

	return cmocka_run_group_tests_name("cli/pick", tests, NULL, NULL);
}
