/* SPDX-License-Identifier: MIT */
/* Tests of deletion/owner: whose token a 404 is about, if that is known. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "deletion/owner.h"

#include <unistd.h>

#include "deletion/observation.h"
#include "langsmith/fixture.h"

#define ID_OF(digit) #digit "1111111-2222-4333-8444-555555555555"
#define R(digit) "{\"id\":\"" ID_OF(digit) "\"}"
#define BY(digit, name) \
	"{\"id\":\"" ID_OF(digit) "\",\"created_by\":\"" name "\"}"
#define CHANGED 5 /* the tick of its change */
#define TURNS_MAX 3

static struct batch batch;

static void begin_batch(void)
{
	memset(&batch, 0, sizeof(batch));
	batch.tick = CHANGED;
	assert_true(batch_add(&batch, SPAN(ID_OF(1)), TARGET_LINE, 1));
	assert_true(batch_add(&batch, SPAN(ID_OF(2)), TARGET_LINE, 2));
	batch.target[0].evidence.changed = CHANGED;
	batch.target[1].evidence.changed = CHANGED;
}

/* A 404 by itself, or one that --ignore-missing takes for done. */
static struct result missing(bool is_done)
{
	struct result r = { .outcome = OUTCOME_MISSING, .http = 404 };

	if (!is_done) {
		err_set(&r.err, ERR_MISSING, "HTTP status 404");
		r.status = EXIT_MISSING;
	}
	return r;
}

/* Starts the peer, and the API that asks it. */
static void begin_peer(struct peer *peer,
                       const struct peer_turn turns[TURNS_MAX])
{
	peer_start(peer, turns, count_turns(turns, TURNS_MAX));
	begin_api(peer->port);
	batch.api = &api;
}

static void end_peer(struct peer *peer)
{
	client_close(&api.client);
	peer_stop(peer);
}

static const struct row {
	const char *label;
	struct peer_turn turns[TURNS_MAX]; /* the members' list first */
	bool is_done, unanswered, verify, looked_up, is_callers, hidden;
	struct sighting own, members; /* as they were seen before */
	enum exit_status status;
	enum err_code code;
	const char *detail; /* it is somebody else's */
} rows[] = {
	{ .label = "somebody else's",
	  .turns = { LIST(BY(1, "m")), LIST(R(3)) },
	  .status = 4,
	  .code = ERR_NOT_YOURS,
	  .detail = "m" },
	{ .label = "nobody knows whose",
	  .turns = { LIST(R(1)), LIST("") },
	  .status = 4,
	  .code = ERR_NOT_YOURS,
	  .detail = "HTTP status 404" },
	{ .label = "nobody's",
	  .turns = { LIST(R(3)) },
	  .status = 4,
	  .code = ERR_MISSING },
	{ .label = "one's own",
	  .turns = { LIST(R(1)), LIST(R(1)) },
	  .status = 4,
	  .code = ERR_MISSING },
	/* What cannot be read says nothing. */
	{ .label = "members are hidden",
	  .turns = { SAY("403", JSON, "{}") },
	  .status = 4,
	  .code = ERR_MISSING },
	{ .label = "members are known to be hidden",
	  .hidden = true,
	  .status = 4,
	  .code = ERR_MISSING },
	{ .label = "no members' list",
	  .turns = { SAY("422", JSON, "{}") },
	  .status = 4,
	  .code = ERR_MISSING },
	{ .label = "no own list",
	  .turns = { LIST(R(1)), SAY("422", JSON, "{}") },
	  .status = 4,
	  .code = ERR_MISSING },
	{ .label = "an own list that is torn",
	  .turns = { LIST(R(1)), SAY("200", JSON, "[" R(3)) },
	  .status = 4,
	  .code = ERR_MISSING },
	/* Where it does not matter nothing is read. */
	{ .label = "the caller's",
	  .is_callers = true,
	  .status = 4,
	  .code = ERR_MISSING },
	{ .label = "done", .is_done = true },
	{ .label = "done, and to be verified",
	  .turns = { LIST(R(1)), LIST("") },
	  .is_done = true,
	  .verify = true,
	  .status = 4,
	  .code = ERR_NOT_YOURS,
	  .detail = "HTTP status 404" },
	{ .label = "done, and it was there a moment ago",
	  .turns = { LIST(R(1)), LIST("") },
	  .is_done = true,
	  .looked_up = true,
	  .status = 4,
	  .code = ERR_NOT_YOURS,
	  .detail = "HTTP status 404" },
	/* What was read for this batch is not read again. */
	{ .label = "known",
	  .own = { 2, 0, SIGHT_ABSENT },
	  .members = { 1, 0, SIGHT_ACTIVE },
	  .status = 4,
	  .code = ERR_NOT_YOURS,
	  .detail = "HTTP status 404" },
	{ .label = "half of it is known",
	  .turns = { LIST("") },
	  .members = { 1, 0, SIGHT_ACTIVE },
	  .status = 4,
	  .code = ERR_NOT_YOURS,
	  .detail = "HTTP status 404" },
	{ .label = "known to be nobody's",
	  .members = { 1, 0, SIGHT_ABSENT },
	  .status = 4,
	  .code = ERR_MISSING },
	/* After a lost answer what is older says nothing: it may be gone. */
	{ .label = "lost, and gone since",
	  .turns = { LIST(R(3)) },
	  .is_done = true,
	  .unanswered = true,
	  .verify = true,
	  .own = { 2, 0, SIGHT_ABSENT },
	  .members = { 1, 0, SIGHT_ACTIVE } },
	{ .label = "lost, and still there",
	  .turns = { LIST(R(1)), LIST(R(3)) },
	  .is_done = true,
	  .unanswered = true,
	  .verify = true,
	  .own = { 2, 0, SIGHT_ABSENT },
	  .members = { 1, 0, SIGHT_ACTIVE },
	  .status = 6,
	  .code = ERR_LOST },
	{ .label = "lost, and seen since",
	  .is_done = true,
	  .unanswered = true,
	  .verify = true,
	  .own = { CHANGED + 2, 0, SIGHT_ABSENT },
	  .members = { CHANGED + 1, 0, SIGHT_ACTIVE },
	  .status = 6,
	  .code = ERR_LOST },
	{ .label = "lost, still there, and no own list any more",
	  .turns = { LIST(R(1)), SAY("422", JSON, "{}") },
	  .is_done = true,
	  .unanswered = true,
	  .verify = true,
	  .own = { 2, 0, SIGHT_ABSENT },
	  .members = { 1, 0, SIGHT_ACTIVE },
	  .status = 6,
	  .code = ERR_LOST },
	{ .label = "lost, and no list any more",
	  .turns = { SAY("422", JSON, "{}"), LIST("") },
	  .is_done = true,
	  .unanswered = true,
	  .verify = true,
	  .own = { 2, 0, SIGHT_ABSENT },
	  .members = { 1, 0, SIGHT_ACTIVE },
	  .status = 6,
	  .code = ERR_LOST },
};

static void explain(const struct row *row, struct result *r)
{
	struct target *t = &batch.target[0];
	struct peer peer;

	begin_peer(&peer, row->turns);
	begin_batch();
	batch.api = &api;
	batch.verify = row->verify;
	batch.hidden[LIST_MEMBERS] = row->hidden;
	t->form = row->looked_up ? TARGET_SHORT_KEY : TARGET_ID;
	t->evidence.is_callers = row->is_callers;
	t->evidence.own = row->own;
	t->evidence.members = row->members;
	*r = missing(row->is_done);
	r->unanswered = row->unanswered;
	owner_explain_missing(&batch, t, r);
	end_peer(&peer);
	assert_row(row->label,
	           peer.log->requests == count_turns(row->turns, TURNS_MAX));
}

static void a_404_is_explained_where_lists_can(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct result r;

		explain(&rows[i], &r);
		assert_row(rows[i].label, r.status == rows[i].status);
		assert_row(rows[i].label, r.err.code == rows[i].code);
		assert_row(rows[i].label,
		           r.outcome == (rows[i].status == 6
		                                 ? OUTCOME_UNKNOWN
		                                 : OUTCOME_MISSING));
		if (rows[i].detail != NULL)
			assert_span(
				rows[i].label,
				(struct span){ r.err.detail, r.err.detail_len },
				span_of(rows[i].detail));
	}
}

/* Nothing is asked for, and nothing changed. */
static void other_results_stay_as_they_are(void **state)
{
	static const enum outcome outcomes[] = {
		OUTCOME_DELETED, OUTCOME_FORBIDDEN, OUTCOME_REFUSED,
		OUTCOME_UNKNOWN, OUTCOME_UNREACHABLE
	};

	(void)state;
	begin_batch();
	begin_api(peer_free_port());
	batch.api = &api;
	batch.verify = true;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		struct result r = { .outcome = outcomes[i], .status = 6 };

		owner_explain_missing(&batch, &batch.target[0], &r);
		assert_int_equal(r.outcome, outcomes[i]);
		assert_int_equal(r.status, 6);
	}
	assert_int_equal(batch.tick, CHANGED);
}

/* Both lists are read for the first; nothing has changed for the second. */
static void lists_are_read_once_for_a_batch(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = {
		LIST(BY(1, "m") "," BY(2, "n")), LIST("")
	};
	struct result r = missing(false);
	struct peer peer;

	(void)state;
	begin_peer(&peer, turns);
	begin_batch();
	batch.api = &api;
	owner_explain_missing(&batch, &batch.target[0], &r);
	assert_int_equal(r.err.code, ERR_NOT_YOURS);
	r = missing(false);
	owner_explain_missing(&batch, &batch.target[1], &r);
	assert_int_equal(r.err.code, ERR_NOT_YOURS);
	assert_span("owner", (struct span){ r.err.detail, r.err.detail_len },
	            SPAN("n"));
	end_peer(&peer);
	assert_int_equal(peer.log->requests, 2);
}

/*
 * The lists that were read for the first showed the second as somebody else's;
 * then its change was sent, and lost, and it is gone.
 */
static void what_was_seen_before_a_lost_answer_says_nothing(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(R(1) "," R(2)),
		                                           LIST(""),
		                                           LIST(R(1)) };
	struct result r = missing(true);
	struct peer peer;

	(void)state;
	begin_peer(&peer, turns);
	begin_batch();
	batch.api = &api;
	batch.verify = true;
	owner_explain_missing(&batch, &batch.target[0], &r);
	assert_int_equal(r.status, 4);
	assert_true(evidence_is_others(&batch.target[1].evidence, 0));
	batch.target[1].evidence.changed = ++batch.tick;
	r = missing(true);
	r.unanswered = true;
	owner_explain_missing(&batch, &batch.target[1], &r);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.outcome, OUTCOME_MISSING);
	end_peer(&peer);
	assert_int_equal(peer.log->requests, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_404_is_explained_where_lists_can),
		cmocka_unit_test(other_results_stay_as_they_are),
		cmocka_unit_test(lists_are_read_once_for_a_batch),
		cmocka_unit_test(
			what_was_seen_before_a_lost_answer_says_nothing),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("deletion/owner", tests, NULL, NULL);
}
