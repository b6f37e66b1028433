/* SPDX-License-Identifier: MIT */
/* What is a TOKEN, and what is refused without being repeated. */
#include "unit.h"

#include "cli/pick.h"

static void
an_id_is_taken_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
	} rows[] = {
		{ "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10", ERR_NONE },
		{ "3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10", ERR_NONE },
		{ "lsv2_pt_3f2b", ERR_TOKEN_SECRET },
		{ "lsv2_", ERR_TOKEN_SECRET },
		{ "ls__0123", ERR_TOKEN_SECRET },
		{ "lsv2", ERR_TOKEN_FORM },
		{ "", ERR_TOKEN_FORM },
		{ "3f2b6c1e8a4d4c559a772f1f0f3b9d10", ERR_TOKEN_FORM },
		{ "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10/revocation",
		  ERR_TOKEN_FORM },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].text;
		struct err e = { 0 };
		struct uuid id;

		assert_row(label, pick_id(span_of(label), &id, &e) ==
		                          (rows[i].code == ERR_NONE));
		assert_row(label, e.code == rows[i].code);
		assert_row(label, e.detail_len == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_taken_and_nothing_else),
	};

	return cmocka_run_group_tests_name("cli/pick", tests, NULL, NULL);
}
