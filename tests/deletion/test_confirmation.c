/* SPDX-License-Identifier: MIT */
/* Tests of deletion/confirmation: what is deferred, and how it is settled. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "deletion/confirmation.h"

#include <unistd.h>

#include "langsmith/fixture.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define THERE LIST("{\"id\":\"" ID "\"}")
#define REVOKED LIST("{\"id\":\"" ID "\",\"revoked_at\":\"2026-11-23\"}")
#define EMPTY LIST("")
#define FORBIDDEN SAY("403", JSON, "{}")
#define FAILS SAY("500", JSON, "{}")
#define TURNS_MAX 4

static struct batch batch;

/* A target whose change has ended so; false where there is nothing to prove. */
static bool
defer(enum outcome outcome, enum exit_status status, bool under_way)
{
	struct target *t = &batch.target[0];
	struct result r = { .http = 200, .under_way = under_way };
	struct err e = { 0 };

	if (status != EXIT_DONE)
		err_set(&e, ERR_LOST, SPAN("D"));
	result_set(&r, outcome, status, &e);
	batch_add(&batch, SPAN(ID), TARGET_ARGUMENT, 1);
	t->changed = ++batch.tick;
	return confirmation_defer(&batch, t, &r);
}

static void
only_what_is_to_be_proven_is_deferred(void **state)
{
	static const struct {
		enum outcome outcome;
		enum exit_status status;
		bool plainly, to_verify; /* whether it is deferred */
	} rows[] = {
		{ OUTCOME_DELETED, EXIT_DONE, false, true },
		{ OUTCOME_DELETED_UNREAD, EXIT_UNREAD, false, true },
		{ OUTCOME_UNKNOWN, EXIT_UNKNOWN, true, true },
		{ OUTCOME_MISSING, EXIT_MISSING, false, false },
		{ OUTCOME_MISSING, EXIT_DONE, false, false },
		{ OUTCOME_REFUSED, EXIT_REFUSED, false, false },
		{ OUTCOME_UNREACHABLE, EXIT_UNREACHED, false, false },
		{ OUTCOME_NOT_TRIED, EXIT_USAGE, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		const char *label = outcome_name(rows[i / 2].outcome);
		bool verify = i % 2 == 1, deferred;

		memset(&batch, 0, sizeof(batch));
		batch.verify = verify;
		deferred =
			defer(rows[i / 2].outcome, rows[i / 2].status, false);
		assert_row(label, deferred == (verify ? rows[i / 2].to_verify
		                                      : rows[i / 2].plainly));
		assert_row(label, (batch.target[0].state == TARGET_CHANGED) ==
		                          deferred);
	}
}

static const struct row {
	const char *label;
	struct peer_turn turns[TURNS_MAX];
	size_t requests; /* or as many as turns */
	enum verb verb;
	bool verify, confirmed, under_way;
	enum owner owner;
	enum outcome outcome;
	enum exit_status status;
} rows[] = {
	/* An answer was lost. */
	{ .label = "the members' list does not show it",
	  .turns = { EMPTY },
	  .outcome = OUTCOME_DELETED },
	{ .label = "the members' list shows it",
	  .turns = { THERE },
	  .outcome = OUTCOME_REFUSED,
	  .status = EXIT_REFUSED },
	{ .label = "shown, and the server may be at it",
	  .turns = { THERE },
	  .under_way = true,
	  .outcome = OUTCOME_UNKNOWN,
	  .status = EXIT_UNKNOWN },
	{ .label = "the caller's own list does not show it",
	  .turns = { EMPTY },
	  .owner = OWNER_CALLER,
	  .outcome = OUTCOME_DELETED },
	{ .label = "hidden, and own list does not show what may be anybody's",
	  .turns = { FORBIDDEN, EMPTY },
	  .outcome = OUTCOME_UNKNOWN,
	  .status = EXIT_UNKNOWN },
	{ .label = "both lists fail",
	  .turns = { FAILS, FAILS },
	  .outcome = OUTCOME_UNKNOWN,
	  .status = EXIT_UNKNOWN },
	{ .label = "a revocation is shown",
	  .turns = { REVOKED },
	  .verb = VERB_REVOKE,
	  .outcome = OUTCOME_REVOKED },
	{ .label = "a revocation is not shown",
	  .turns = { THERE },
	  .verb = VERB_REVOKE,
	  .outcome = OUTCOME_REFUSED,
	  .status = EXIT_REFUSED },
	/* What the server has confirmed is to be verified. */
	{ .label = "verified at once",
	  .turns = { EMPTY },
	  .verify = true,
	  .confirmed = true,
	  .outcome = OUTCOME_DELETED },
	{ .label = "verified by the second list",
	  .turns = { THERE, EMPTY },
	  .verify = true,
	  .confirmed = true,
	  .outcome = OUTCOME_DELETED },
	{ .label = "may see no list at all",
	  .turns = { FORBIDDEN, FORBIDDEN, EMPTY },
	  .requests = 2, /* and not again */
	  .verify = true,
	  .confirmed = true,
	  .outcome = OUTCOME_DELETED_UNVERIFIED,
	  .status = EXIT_UNVERIFIED },
	{ .label = "hidden, and so one's own",
	  .turns = { FORBIDDEN, EMPTY },
	  .verify = true,
	  .confirmed = true,
	  .outcome = OUTCOME_DELETED },
};

static void
settle(const struct row *row)
{
	size_t count = count_turns(row->turns, TURNS_MAX);
	const struct result *r;
	struct peer peer;

	memset(&batch, 0, sizeof(batch));
	batch.verb = row->verb;
	batch.verify = row->verify;
	assert_row(row->label, defer(row->confirmed ? verb_words[row->verb].done
	                                            : OUTCOME_UNKNOWN,
	                             row->confirmed ? EXIT_DONE : EXIT_UNKNOWN,
	                             row->under_way));
	batch.target[0].owner = row->owner;
	peer_start(&peer, row->turns, count);
	begin_api(peer.port);
	batch.api = &api;
	confirmation_settle(&batch);
	client_close(&api.client);
	peer_stop(&peer);
	r = &batch.target[0].confirmation->result;
	assert_row(row->label,
	           peer.log->requests ==
	                   (row->requests > 0 ? row->requests : count));
	assert_row(row->label, r->outcome == row->outcome);
	assert_row(row->label, r->status == row->status);
}

static void
lists_settle_what_is_unknown_and_verify_what_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		settle(&rows[i]);
}

static void
without_anything_to_prove_nothing_is_read(void **state)
{
	(void)state;
	memset(&batch, 0, sizeof(batch));
	batch.verify = true;
	batch_add(&batch, SPAN(ID), TARGET_ARGUMENT, 1);
	confirmation_settle(&batch); /* there is no API to ask */
	assert_int_equal(batch.target[0].state, TARGET_READY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_to_be_proven_is_deferred),
		cmocka_unit_test(
			lists_settle_what_is_unknown_and_verify_what_is_not),
		cmocka_unit_test(without_anything_to_prove_nothing_is_read),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("deletion/confirmation", tests, NULL,
	                                   NULL);
}
