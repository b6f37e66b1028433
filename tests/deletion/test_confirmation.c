/* SPDX-License-Identifier: MIT */
/* Tests of deletion/confirmation: what is read, how often, and what it proves. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "deletion/confirmation.h"

#include <unistd.h>

#include "deletion/owner.h"
#include "langsmith/fixture.h"

#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"
#define ID_OF(digit) #digit "1111111-2222-4333-8444-555555555555"
#define R(digit) "{\"id\":\"" ID_OF(digit) "\"}"
#define REVOKED \
	"{\"id\":\"" ID_OF(1) "\",\"revoked_at\":\"2026-11-23T10:00:00Z\"}"
#define CHANGED 5 /* the tick of each change */
#define TURNS_MAX 4

/*
 * A list is read at once, again half a second later and then, if there is time,
 * a second after that. So much leaves room for the second, and none for a third.
 */
#define TWICE 1450

static struct batch batch;

static struct target *add(const char *id)
{
	struct target *t = &batch.target[batch.count];

	assert_true(batch_add(&batch, span_of(id), TARGET_LINE, 1));
	t->evidence.changed = CHANGED;
	return t;
}

static void begin_batch(enum verb verb)
{
	memset(&batch, 0, sizeof(batch));
	batch.verb = verb;
	batch.tick = CHANGED;
	batch.api = &api;
}

/* How the server has answered, or not. */
static struct result result_of(enum exit_status status)
{
	struct result r = { .http = 200 };

	if (status == EXIT_UNKNOWN) {
		r.http = 503;
		err_set(&r.err, ERR_SERVER, "HTTP status 503");
	} else if (status == EXIT_UNREAD) {
		err_set(&r.err, ERR_UNREAD, "D");
	}
	result_end(&r, batch.verb, status, &r.err);
	return r;
}

/* --- What is deferred --- */

static void only_what_is_to_be_proven_is_deferred(void **state)
{
	static const struct {
		const char *label;
		enum exit_status status;
		bool verify, deferred, confirmed;
	} rows[] = {
		{ "unknown", EXIT_UNKNOWN, false, true, false },
		{ "unknown, to be verified", EXIT_UNKNOWN, true, true, false },
		{ "deleted", EXIT_DONE, false, false, false },
		{ "deleted, to be verified", EXIT_DONE, true, true, true },
		{ "unread", EXIT_UNREAD, false, false, false },
		{ "unread, to be verified", EXIT_UNREAD, true, true, true },
		{ "missing", EXIT_MISSING, true, false, false },
		{ "refused", EXIT_REFUSED, true, false, false },
		{ "not reached", EXIT_UNREACHED, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		enum verb verb = i % 2 == 0 ? VERB_DELETE : VERB_REVOKE;
		const char *label = rows[i / 2].label;
		struct target *t;
		struct result r;

		begin_batch(verb);
		batch.verify = rows[i / 2].verify;
		t = add(ID_OF(1));
		r = result_of(rows[i / 2].status);
		assert_row(label, confirmation_defer(&batch, t, &r) ==
		                          rows[i / 2].deferred);
		assert_row(label,
		           t->state == (rows[i / 2].deferred ? TARGET_CHANGED
		                                             : TARGET_READY));
		if (!rows[i / 2].deferred)
			continue;
		assert_row(label,
		           t->evidence.confirmed == rows[i / 2].confirmed);
		assert_row(label, t->confirmation->deferred == r.outcome);
	}
}

static void without_room_it_is_reported_at_once(void **state)
{
	struct target *t;
	struct result r;

	(void)state;
	begin_batch(VERB_DELETE);
	t = add(ID_OF(1));
	r = result_of(EXIT_UNKNOWN);
	assert_non_null(batch_take(&batch, batch_room(&batch)));
	assert_false(confirmation_defer(&batch, t, &r));
	assert_int_equal(t->state, TARGET_READY);
}

/* The record of a deletion may be the first to say what authenticates. */
static void what_was_deleted_may_be_what_authenticates(void **state)
{
	static const struct {
		const char *label, *key, *secret;
		bool known, self;
	} rows[] = {
		{ "itself", "lsv2_pt_0123...9876", SECRET, false, true },
		{ "too little", "lsv2_pt_0123", SECRET, false, false },
		{ "another", "lsv2_pt_4567...0000", SECRET, false, false },
		{ "a bearer token", "lsv2_pt_0123...9876", "", false, false },
		{ "another is known", "lsv2_pt_0123...9876", SECRET, true,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t text[128];
		struct buf body = BUF_OVER(text);
		struct target *t;
		struct result r;

		begin_api(1);
		begin_batch(VERB_DELETE);
		batch.verify = true;
		batch.secret = span_of(rows[i].secret);
		batch.selves.count = rows[i].known;
		t = add(ID_OF(1));
		r = result_of(EXIT_DONE);
		buf_text(&body, "{\"id\":\"" ID_OF(1) "\",\"short_key\":\"");
		buf_text(&body, rows[i].key);
		buf_text(&body, "\"}");
		r.has_record = true;
		r.body = buf_written(&body);
		assert_row(rows[i].label, confirmation_defer(&batch, t, &r));
		assert_row(rows[i].label,
		           batch_is_self(&batch, &t->id) == rows[i].self);
	}
}

/* --- What is proven --- */

static const struct row {
	const char *label;
	struct peer_turn turns[TURNS_MAX]; /* each is asked for */
	enum verb verb;
	enum exit_status sent; /* how the change seemed to end */
	bool verify, is_callers, is_self, hidden;
	const char *secret; /* of the token */
	struct sighting own, members; /* as they were seen before */
	enum exit_status status;
	enum err_code code;
	const char *detail; /* a part of it */
} rows[] = {
	/* A lost answer, which a list can settle; it never is a no. */
	{ .label = "gone", .turns = { LIST(R(2)) }, .sent = EXIT_UNKNOWN },
	{ .label = "gone from one's own",
	  .turns = { LIST(R(2)) },
	  .sent = EXIT_UNKNOWN,
	  .is_callers = true },
	{ .label = "gone, late",
	  .turns = { LIST(R(1)), LIST(R(2)) },
	  .sent = EXIT_UNKNOWN },
	{ .label = "gone from one's own, late",
	  .turns = { LIST(R(1)), LIST(R(2)) },
	  .sent = EXIT_UNKNOWN,
	  .is_callers = true },
	{ .label = "still there",
	  .turns = { LIST(R(1)), LIST(R(1)) },
	  .sent = EXIT_UNKNOWN,
	  .status = 6,
	  .code = ERR_STILL_THERE,
	  .detail = "Z: the server failed with HTTP status 503" },
	{ .label = "still there, to be verified",
	  .turns = { LIST(R(1)), LIST(R(1)) },
	  .sent = EXIT_UNKNOWN,
	  .verify = true,
	  .is_callers = true,
	  .status = 6,
	  .code = ERR_STILL_THERE,
	  .detail = "Z: the server failed with HTTP status 503" },
	{ .label = "shown, and then no list any more",
	  .turns = { LIST(R(1)), SAY("422", JSON, "{}"),
	             SAY("422", JSON, "{}") },
	  .sent = EXIT_UNKNOWN,
	  .status = 6,
	  .code = ERR_STILL_THERE },
	{ .label = "no list",
	  .turns = { SAY("422", JSON, "{}"), SAY("422", JSON, "{}") },
	  .sent = EXIT_UNKNOWN,
	  .status = 6,
	  .code = ERR_SERVER },
	{ .label = "a list that is not whole",
	  .turns = { LIST("7"), LIST("7") },
	  .sent = EXIT_UNKNOWN,
	  .status = 6,
	  .code = ERR_SERVER },
	{ .label = "not even one's own list",
	  .turns = { SAY("403", JSON, "{}") },
	  .sent = EXIT_UNKNOWN,
	  .is_callers = true,
	  .status = 6,
	  .code = ERR_SERVER },
	/* One's own list shows nothing of others' tokens. */
	{ .label = "nobody knows whose, and members are hidden",
	  .turns = { SAY("403", JSON, "{}"), LIST("") },
	  .sent = EXIT_UNKNOWN,
	  .status = 6,
	  .code = ERR_SERVER },
	{ .label = "likewise, for the length of a list",
	  .turns = { SAY("404", JSON, "{}"), LIST("") },
	  .sent = EXIT_UNKNOWN,
	  .status = 6,
	  .code = ERR_SERVER },
	{ .label = "likewise, as is known",
	  .turns = { LIST("") },
	  .sent = EXIT_UNKNOWN,
	  .hidden = true,
	  .status = 6,
	  .code = ERR_SERVER },
	{ .label = "shown by one's own list, and then no more",
	  .turns = { LIST(R(1)), LIST("") },
	  .sent = EXIT_UNKNOWN,
	  .hidden = true },
	{ .label = "confirmed, of nobody knows whom, and members are hidden",
	  .turns = { SAY("403", JSON, "{}"), LIST("") },
	  .sent = EXIT_DONE,
	  .verify = true,
	  .status = 10,
	  .code = ERR_UNVERIFIED,
	  .detail = "no list that would show it" },
	/* What was seen before the change does not count. */
	{ .label = "not shown before, and shown after",
	  .turns = { LIST(R(1)), LIST(R(1)) },
	  .sent = EXIT_UNKNOWN,
	  .is_callers = true,
	  .own = { CHANGED - 1, 1, SIGHT_ABSENT },
	  .members = { CHANGED, 1, SIGHT_ABSENT },
	  .status = 6,
	  .code = ERR_STILL_THERE },
	{ .label = "shown before, and no list after",
	  .turns = { SAY("422", JSON, "{}") },
	  .sent = EXIT_UNKNOWN,
	  .is_callers = true,
	  .own = { CHANGED - 1, 1, SIGHT_ACTIVE },
	  .status = 6,
	  .code = ERR_SERVER },
	/* What was seen after it does. */
	{ .label = "not shown since",
	  .sent = EXIT_UNKNOWN,
	  .members = { CHANGED + 1, 1, SIGHT_ABSENT } },
	{ .label = "a confirmed one, not shown since",
	  .sent = EXIT_DONE,
	  .verify = true,
	  .is_callers = true,
	  .own = { CHANGED + 1, 1, SIGHT_ABSENT } },
	/* What is to be verified. */
	{ .label = "confirmed, and gone",
	  .turns = { LIST("") },
	  .sent = EXIT_DONE,
	  .verify = true },
	{ .label = "unread, and gone",
	  .turns = { LIST("") },
	  .sent = EXIT_UNREAD,
	  .verify = true,
	  .status = 8,
	  .code = ERR_UNREAD },
	{ .label = "confirmed, and gone late",
	  .turns = { LIST(R(1)), LIST("") },
	  .sent = EXIT_DONE,
	  .verify = true },
	{ .label = "confirmed, and still there",
	  .turns = { LIST(R(1)), LIST(R(1)) },
	  .sent = EXIT_DONE,
	  .verify = true,
	  .status = 10,
	  .code = ERR_UNVERIFIED,
	  .detail = "the list still shows it" },
	{ .label = "its secret is refused",
	  .turns = { LIST(""), SAY("401", JSON, "{}") },
	  .sent = EXIT_DONE,
	  .verify = true,
	  .secret = SECRET },
	{ .label = "its secret is refused late",
	  .turns = { LIST(""), LIST("[]"), SAY("401", JSON, "{}") },
	  .sent = EXIT_DONE,
	  .verify = true,
	  .secret = SECRET },
	{ .label = "its secret works",
	  .turns = { LIST(""), LIST("[]"), LIST("[]") },
	  .sent = EXIT_DONE,
	  .verify = true,
	  .secret = SECRET,
	  .status = 10,
	  .code = ERR_UNVERIFIED,
	  .detail = "its secret was not refused" },
	{ .label = "unknown, gone, and its secret is refused",
	  .turns = { LIST(""), SAY("401", JSON, "{}") },
	  .sent = EXIT_UNKNOWN,
	  .verify = true,
	  .secret = SECRET },
	{ .label = "a secret is tried only to verify",
	  .turns = { LIST("") },
	  .sent = EXIT_UNKNOWN,
	  .secret = SECRET },
	{ .label = "what authenticates can read no list",
	  .turns = { SAY("401", JSON, "{}") },
	  .sent = EXIT_DONE,
	  .verify = true,
	  .is_callers = true,
	  .is_self = true },
	/* A revocation is shown. */
	{ .label = "shown as revoked, late",
	  .turns = { LIST(R(1)), LIST(REVOKED) },
	  .verb = VERB_REVOKE,
	  .sent = EXIT_UNKNOWN },
	{ .label = "shown as it was",
	  .turns = { LIST(R(1)), LIST(R(1)) },
	  .verb = VERB_REVOKE,
	  .sent = EXIT_UNKNOWN,
	  .status = 6,
	  .code = ERR_STILL_THERE },
	{ .label = "not shown, which is no revocation",
	  .turns = { LIST("") },
	  .verb = VERB_REVOKE,
	  .sent = EXIT_UNKNOWN,
	  .is_callers = true,
	  .status = 6,
	  .code = ERR_SERVER },
	{ .label = "revoked as the server said, and shown as it was",
	  .turns = { LIST(R(1)), LIST(R(1)) },
	  .verb = VERB_REVOKE,
	  .sent = EXIT_DONE,
	  .verify = true,
	  .status = 10,
	  .code = ERR_UNVERIFIED,
	  .detail = "the list does not show it as revoked" },
};

static struct target *prepare(const struct row *row)
{
	struct target *t;
	struct result r;

	begin_batch(row->verb);
	batch.verify = row->verify;
	batch.hidden[LIST_MEMBERS] = row->hidden;
	t = add(ID_OF(1));
	if (row->is_self) {
		batch.secret = SPAN(SECRET);
		batch.selves.id[batch.selves.count++] = t->id;
	}
	t->secret = span_of(row->secret != NULL ? row->secret : "");
	t->evidence.is_callers = row->is_callers;
	t->evidence.own = row->own;
	t->evidence.members = row->members;
	if (row->own.tick > CHANGED || row->members.tick > CHANGED)
		batch.tick++;
	r = result_of(row->sent);
	assert_row(row->label, confirmation_defer(&batch, t, &r));
	return t;
}

static void check(const struct row *row, const struct result *r)
{
	bool done = row->status == EXIT_DONE;

	assert_row(row->label, r->status == row->status);
	assert_row(row->label, r->err.code == row->code);
	if (done || row->status == EXIT_UNKNOWN)
		assert_row(row->label,
		           r->outcome == (done ? verb_words[row->verb].done
		                               : OUTCOME_UNKNOWN));
	if (row->detail != NULL)
		assert_row(row->label,
		           memmem(r->err.detail, r->err.detail_len, row->detail,
		                  strlen(row->detail)) != NULL);
	/* When the list was read. */
	if (row->code == ERR_STILL_THERE)
		assert_row(row->label, memcmp(r->err.detail, "20", 2) == 0 &&
		                               r->err.detail[10] == 'T' &&
		                               r->err.detail[19] == 'Z');
}

static void lists_and_secrets_settle_what_they_can(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t count = count_turns(rows[i].turns, TURNS_MAX);
		const struct target *t;
		struct peer peer;

		peer_start(&peer, rows[i].turns, count);
		begin_api(peer.port);
		settings.timeout = TWICE;
		t = prepare(&rows[i]);
		confirmation_settle(&batch);
		client_close(&api.client);
		peer_stop(&peer);
		check(&rows[i], &t->confirmation->result);
		assert_row(rows[i].label, peer.log->requests == count);
	}
}

/* What nobody waits for is not asked about, and nothing is to be waited for. */
static void without_anything_deferred_nothing_is_read(void **state)
{
	(void)state;
	begin_api(peer_free_port());
	begin_batch(VERB_DELETE);
	batch.verify = true;
	add(ID_OF(1));
	confirmation_settle(&batch);
	assert_int_equal(batch.tick, CHANGED);
	assert_false(batch.asked[LIST_OWN]);
}

/* --- Several --- */

/* A list that was read to explain a 404 settles what was lost before. */
static void a_list_that_was_read_for_another_settles_it_too(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(R(2)),
		                                           LIST("") };
	struct result lost, missing = { .outcome = OUTCOME_MISSING,
		                        .status = EXIT_MISSING };
	struct target *one, *two;
	struct peer peer;

	(void)state;
	peer_start(&peer, turns, 2);
	begin_api(peer.port);
	begin_batch(VERB_DELETE);
	one = add(ID_OF(1));
	lost = result_of(EXIT_UNKNOWN);
	assert_true(confirmation_defer(&batch, one, &lost));
	two = add(ID_OF(2));
	two->evidence.changed = ++batch.tick;
	err_set(&missing.err, ERR_MISSING, "HTTP status 404");
	owner_explain_missing(&batch, two, &missing);
	assert_int_equal(missing.err.code, ERR_NOT_YOURS);
	confirmation_settle(&batch);
	client_close(&api.client);
	peer_stop(&peer);
	assert_int_equal(one->confirmation->result.status, 0);
	assert_int_equal(one->confirmation->result.outcome, OUTCOME_DELETED);
	assert_int_equal(peer.log->requests, 2);
}

/* Each by the list that would show it; what the other settles is not open. */
static void each_is_settled_by_the_list_that_shows_it(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(R(3)),
		                                           LIST(R(2)),
		                                           LIST(R(2)) };
	struct target *mine, *theirs;
	struct peer peer;
	struct result lost;

	(void)state;
	peer_start(&peer, turns, 3);
	begin_api(peer.port);
	settings.timeout = TWICE;
	begin_batch(VERB_DELETE);
	lost = result_of(EXIT_UNKNOWN);
	mine = add(ID_OF(1));
	mine->evidence.is_callers = true;
	assert_true(confirmation_defer(&batch, mine, &lost));
	theirs = add(ID_OF(2));
	assert_true(confirmation_defer(&batch, theirs, &lost));
	confirmation_settle(&batch);
	client_close(&api.client);
	peer_stop(&peer);
	/* Own, members', and the latter again. */
	assert_int_equal(peer.log->requests, 3);
	assert_int_equal(mine->confirmation->result.status, 0);
	assert_int_equal(theirs->confirmation->result.status, 6);
	assert_int_equal(theirs->confirmation->result.err.code,
	                 ERR_STILL_THERE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_to_be_proven_is_deferred),
		cmocka_unit_test(without_room_it_is_reported_at_once),
		cmocka_unit_test(what_was_deleted_may_be_what_authenticates),
		cmocka_unit_test(lists_and_secrets_settle_what_they_can),
		cmocka_unit_test(without_anything_deferred_nothing_is_read),
		cmocka_unit_test(
			a_list_that_was_read_for_another_settles_it_too),
		cmocka_unit_test(each_is_settled_by_the_list_that_shows_it),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("deletion/confirmation", tests, NULL,
	                                   NULL);
}
