/* SPDX-License-Identifier: MIT */
/* Tests of deletion/owner: whose token it is, and when that is looked up. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "deletion/owner.h"

#include <unistd.h>

#include "langsmith/fixture.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define MINE "{\"id\":\"" ID "\",\"created_by\":\"ann\"}"
#define NAMELESS "{\"id\":\"" ID "\"}"
#define TURNS_MAX 2

static struct batch batch;

static void
the_own_list_shows_what_is_known_to_be_the_callers(void **state)
{
	static const struct {
		enum owner owner;
		bool hidden, confirmed, is_callers;
	} rows[] = {
		{ OWNER_UNKNOWN, false, false, false },
		{ OWNER_UNKNOWN, false, true, false },
		{ OWNER_UNKNOWN, true, false, false },
		{ OWNER_UNKNOWN, true, true, true },
		{ OWNER_CALLER, false, false, true },
		{ OWNER_CALLER, false, true, true },
		{ OWNER_CALLER, true, false, true },
		{ OWNER_CALLER, true, true, true },
		{ OWNER_OTHER, false, false, false },
		{ OWNER_OTHER, false, true, false },
		{ OWNER_OTHER, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct target t = { .owner = rows[i].owner };

		batch.members_hidden = rows[i].hidden;
		assert_int_equal(owner_is_caller(&batch, &t, rows[i].confirmed),
		                 rows[i].is_callers);
	}
}

static const struct row {
	const char *label;
	struct peer_turn
		turns[TURNS_MAX]; /* the members' list, then one's own */
	bool verify;
	enum target_form form; /* or an id */
	enum owner owner; /* as it is known before */
	bool hidden, done; /* a 404 counts as done */
	enum outcome outcome;
	enum err_code code;
	const char *detail;
} rows[] = {
	/* Where it matters, and the lists can be read. */
	{ .label = "another member's",
	  .turns = { LIST(MINE), LIST("") },
	  .code = ERR_NOT_YOURS,
	  .detail = "ann" },
	{ .label = "of nobody knows whom",
	  .turns = { LIST(NAMELESS), LIST("") },
	  .code = ERR_NOT_YOURS,
	  .detail = "HTTP status 404" },
	{ .label = "one's own, all the same",
	  .turns = { LIST(MINE), LIST(MINE) },
	  .code = ERR_MISSING },
	{ .label = "not there", .turns = { LIST("") }, .code = ERR_MISSING },
	{ .label = "own list fails",
	  .turns = { LIST(MINE), SAY("500", JSON, "{}") },
	  .code = ERR_MISSING },
	{ .label = "the members' list fails",
	  .turns = { SAY("500", JSON, "{}") },
	  .code = ERR_MISSING },
	{ .label = "the members' list is hidden",
	  .turns = { SAY("403", JSON, "{}") },
	  .code = ERR_MISSING },
	{ .label = "done, but to be verified",
	  .turns = { LIST(MINE), LIST("") },
	  .verify = true,
	  .done = true,
	  .code = ERR_NOT_YOURS,
	  .detail = "ann" },
	{ .label = "done, but looked up",
	  .turns = { LIST(MINE), LIST("") },
	  .form = TARGET_SHORT_KEY,
	  .done = true,
	  .code = ERR_NOT_YOURS,
	  .detail = "ann" },
	/* Where it does not, nothing is read. */
	{ .label = "known to be hidden", .hidden = true, .code = ERR_MISSING },
	{ .label = "known to be one's own",
	  .owner = OWNER_CALLER,
	  .code = ERR_MISSING },
	{ .label = "done", .done = true },
	{ .label = "another outcome",
	  .outcome = OUTCOME_REFUSED,
	  .code = ERR_REFUSED },
};

static void
explain(const struct row *row)
{
	size_t count = count_turns(row->turns, TURNS_MAX);
	struct target *t = &batch.target[0];
	struct result r = { .http = 404 };
	struct err e = { 0 };
	struct peer peer;

	memset(&batch, 0, sizeof(batch));
	batch_add(&batch, SPAN(ID), TARGET_ARGUMENT, 1);
	if (row->form != TARGET_NO_FORM)
		t->form = row->form;
	t->owner = row->owner;
	batch.members_hidden = row->hidden;
	batch.verify = row->verify;
	err_set(&e,
	        row->done                      ? ERR_NONE
	        : row->outcome != OUTCOME_NONE ? row->code
	                                       : ERR_MISSING,
	        SPAN(""));
	result_set(&r,
	           row->outcome != OUTCOME_NONE ? row->outcome
	                                        : OUTCOME_MISSING,
	           err_status(e.code), &e);
	peer_start(&peer, row->turns, count);
	begin_api(peer.port);
	batch.api = &api;
	owner_explain_missing(&batch, t, &r);
	client_close(&api.client);
	peer_stop(&peer);
	assert_row(row->label, peer.log->requests == count);
	assert_row(row->label, r.err.code == row->code);
	assert_row(row->label, r.status == err_status(row->code));
	if (row->detail != NULL)
		assert_span(row->label,
		            (struct span){ r.err.detail, r.err.detail_len },
		            span_of(row->detail));
}

static void
a_404_is_explained_where_that_matters(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		explain(&rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_own_list_shows_what_is_known_to_be_the_callers),
		cmocka_unit_test(a_404_is_explained_where_that_matters),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("deletion/owner", tests, NULL, NULL);
}
