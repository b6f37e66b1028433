/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/result: outcomes, their names, and the one writer. */
#include "langsmith/result.h"

#include "unit.h"

static void outcomes_have_the_contracts_names(void **state)
{
	static const char *const names[] = {
		[OUTCOME_NONE] = "",
		[OUTCOME_DELETED] = "deleted",
		[OUTCOME_REVOKED] = "revoked",
		[OUTCOME_WOULD_DELETE] = "would-delete",
		[OUTCOME_MISSING] = "missing",
		[OUTCOME_FORBIDDEN] = "forbidden",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_RATE_LIMITED] = "rate-limited",
		[OUTCOME_UNREACHABLE] = "unreachable",
		[OUTCOME_UNKNOWN] = "unknown",
		[OUTCOME_DELETED_UNREAD] = "deleted-unread",
		[OUTCOME_DELETED_UNVERIFIED] = "deleted-unverified",
		[OUTCOME_INVALID] = "invalid",
		[OUTCOME_AMBIGUOUS] = "ambiguous",
		[OUTCOME_NOT_TRIED] = "not-tried",
	};

	(void)state;
	assert_int_equal(COUNT(names), OUTCOME_COUNT);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(outcome_name((enum outcome)i), names[i]);
}

static void a_status_means_an_outcome_for_each_verb(void **state)
{
	static const struct {
		enum exit_status status;
		enum outcome deleted, revoked;
	} rows[] = {
		{ EXIT_DONE, OUTCOME_DELETED, OUTCOME_REVOKED },
		{ EXIT_REFUSED, OUTCOME_REFUSED, OUTCOME_REFUSED },
		{ EXIT_USAGE, OUTCOME_INVALID, OUTCOME_INVALID },
		{ EXIT_FORBIDDEN, OUTCOME_FORBIDDEN, OUTCOME_FORBIDDEN },
		{ EXIT_MISSING, OUTCOME_MISSING, OUTCOME_MISSING },
		{ EXIT_UNREACHED, OUTCOME_UNREACHABLE, OUTCOME_UNREACHABLE },
		{ EXIT_UNKNOWN, OUTCOME_UNKNOWN, OUTCOME_UNKNOWN },
		{ EXIT_RATE_LIMITED, OUTCOME_RATE_LIMITED,
		  OUTCOME_RATE_LIMITED },
		{ EXIT_UNREAD, OUTCOME_DELETED_UNREAD, OUTCOME_REVOKED },
		{ EXIT_UNVERIFIED, OUTCOME_DELETED_UNVERIFIED,
		  OUTCOME_REVOKED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = outcome_name(rows[i].deleted);
		struct result r = { .http = 200 };

		result_end(&r, VERB_DELETE, rows[i].status, NULL);
		assert_row(label, r.outcome == rows[i].deleted);
		assert_row(label, r.status == rows[i].status);
		result_end(&r, VERB_REVOKE, rows[i].status, NULL);
		assert_row(label, r.outcome == rows[i].revoked);
		assert_row(label, r.http == 200);
	}
}

/* Whatever a signal has stopped was not tried, unless nobody knows. */
static void a_signal_means_not_tried(void **state)
{
	struct err e = { 0 };
	struct result r = { 0 };

	(void)state;
	err_set(&e, ERR_SIGNAL, "SIGINT");
	result_end(&r, VERB_DELETE, EXIT_UNREACHED, &e);
	assert_int_equal(r.outcome, OUTCOME_NOT_TRIED);
	assert_int_equal(r.status, EXIT_UNREACHED);
	result_end(&r, VERB_DELETE, EXIT_UNKNOWN, &e);
	assert_int_equal(r.outcome, OUTCOME_UNKNOWN);
}

static void the_error_is_copied_or_cleared(void **state)
{
	struct err e = { 0 };
	struct result r = { 0 };

	(void)state;
	err_set(&e, ERR_MISSING, "D");
	result_set(&r, OUTCOME_MISSING, EXIT_MISSING, &e);
	e = (struct err){ 0 };
	assert_int_equal(r.err.code, ERR_MISSING);
	assert_int_equal(r.err.detail[0], 'D');
	/* An error of its own may be kept. */
	result_set(&r, OUTCOME_UNKNOWN, EXIT_UNKNOWN, &r.err);
	assert_int_equal(r.err.code, ERR_MISSING);
	result_set(&r, OUTCOME_MISSING, EXIT_DONE, NULL);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(r.err.detail_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_have_the_contracts_names),
		cmocka_unit_test(a_status_means_an_outcome_for_each_verb),
		cmocka_unit_test(a_signal_means_not_tried),
		cmocka_unit_test(the_error_is_copied_or_cleared),
	};

	return cmocka_run_group_tests_name("langsmith/result", tests, NULL,
	                                   NULL);
}
