/* SPDX-License-Identifier: MIT */
/* Tests of deletion/observation: what is noted of a list, and when it is not. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "deletion/observation.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "langsmith/fixture.h"

#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"
#define ID_OF(digit) #digit "1111111-2222-4333-8444-555555555555"
#define WITH(digit, members) "{\"id\":\"" ID_OF(digit) "\"," members "}"
#define KEY(digit, key) WITH(digit, "\"short_key\":\"" key "\"")
#define BY(digit, name) WITH(digit, "\"created_by\":\"" name "\"")
#define ACTIVE WITH(1, "\"revoked_at\":null")
#define REVOKED WITH(1, "\"revoked_at\":\"2026-11-23T10:00:00Z\"")
#define OTHER KEY(2, "lsv2_pt_4567")
#define TORN(body) SAY("200", JSON "Content-Length: 9999\r\n", "[" body ",")
#define BEFORE 41 /* ticks */
#define TURNS_MAX 3

static struct batch batch;
static struct result result;

/* A batch of the one token 1, which is to be changed. */
static void begin_batch(void)
{
	memset(&batch, 0, sizeof(batch));
	batch.tick = BEFORE;
	assert_true(batch_add(&batch, SPAN(ID_OF(1)), TARGET_LINE, 1));
}

static void observe(const struct peer_turn turns[TURNS_MAX],
                    enum list_whose whose)
{
	struct peer peer;
	size_t count = count_turns(turns, TURNS_MAX);

	peer_start(&peer, turns, count);
	begin_api(peer.port);
	settings.retries = 1;
	batch.api = &api;
	assert_true(observation_read(&batch, whose, deadline_in(5000),
	                             &result) == (result.status == EXIT_DONE));
	client_close(&api.client);
	peer_stop(&peer);
	assert_int_equal(peer.log->requests, count);
}

/* --- What is noted --- */

static const struct row {
	const char *label;
	struct peer_turn turns[TURNS_MAX];
	bool noted;
	enum sight sight;
} rows[] = {
	{ "shown", { LIST(OTHER "," ACTIVE) }, true, SIGHT_ACTIVE },
	{ "not shown", { LIST(OTHER) }, true, SIGHT_ABSENT },
	{ "in no list", { LIST("") }, true, SIGHT_ABSENT },
	{ "revoked", { LIST(REVOKED "," OTHER) }, true, SIGHT_REVOKED },
	{ "without a word of it",
	  { LIST(KEY(1, "lsv2_pt_0123")) },
	  true,
	  SIGHT_ACTIVE },
	/* One of two that is not revoked still works. */
	{ "revoked, and not",
	  { LIST(REVOKED "," ACTIVE) },
	  true,
	  SIGHT_ACTIVE },
	{ "not revoked, and revoked",
	  { LIST(ACTIVE "," REVOKED) },
	  true,
	  SIGHT_ACTIVE },
	{ "revoked twice", { LIST(REVOKED "," REVOKED) }, true, SIGHT_REVOKED },
	/* Each attempt is a list by itself. */
	{ "torn, then whole, and not shown",
	  { TORN(ACTIVE), LIST(OTHER) },
	  true,
	  SIGHT_ABSENT },
	{ "torn, then whole, and revoked",
	  { TORN(ACTIVE), LIST(REVOKED) },
	  true,
	  SIGHT_REVOKED },
	/* What was not read to its end shows nothing. */
	{ "torn", { TORN(ACTIVE), TORN(ACTIVE) }, false, SIGHT_ABSENT },
	{ "an element is no token",
	  { LIST(ACTIVE ",7") },
	  false,
	  SIGHT_ABSENT },
	{ "no list", { SAY("200", JSON, "{}") }, false, SIGHT_ABSENT },
	{ "401", { SAY("401", JSON, "{}") }, false, SIGHT_ABSENT },
	{ "403", { SAY("403", JSON, "{}") }, false, SIGHT_ABSENT },
	{ "500", { AGAIN("500"), AGAIN("500") }, false, SIGHT_ABSENT },
};

static void check_noted(const struct row *row, enum list_whose whose,
                        int64_t before)
{
	const struct evidence *e = &batch.target[0].evidence;
	const struct sighting *noted =
		whose == LIST_OWN ? &e->own : &e->members;
	const struct sighting *other =
		whose == LIST_OWN ? &e->members : &e->own;

	assert_row(row->label, (result.status == EXIT_DONE) == row->noted);
	assert_row(row->label, other->tick == 0);
	assert_row(row->label, noted->tick == (row->noted ? BEFORE + 1 : 0));
	assert_row(row->label, noted->sight == row->sight);
	assert_row(row->label,
	           !row->noted || (noted->time >= before &&
	                           noted->time <= (int64_t)time(NULL)));
	assert_row(row->label,
	           e->is_callers == (whose == LIST_OWN && row->noted &&
	                             row->sight != SIGHT_ABSENT));
	/* Whether or not it was read, it was asked for. */
	assert_row(row->label, batch.tick == BEFORE + 1);
	assert_row(row->label, batch.asked[LIST_OWN] == (whose == LIST_OWN));
}

static void only_a_whole_list_is_noted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		enum list_whose whose = i % 2 == 0 ? LIST_OWN : LIST_MEMBERS;
		int64_t before = (int64_t)time(NULL);

		begin_batch();
		observe(rows[i / 2].turns, whose);
		check_noted(&rows[i / 2], whose, before);
	}
}

static void what_was_noted_before_stays_where_nothing_is(void **state)
{
	static const struct peer_turn shown[TURNS_MAX] = { LIST(ACTIVE) };
	static const struct peer_turn failed[TURNS_MAX] = { SAY("401", JSON,
		                                                "{}") };
	static const struct peer_turn gone[TURNS_MAX] = { LIST(OTHER) };
	const struct evidence *e = &batch.target[0].evidence;

	(void)state;
	begin_batch();
	observe(shown, LIST_OWN);
	observe(failed, LIST_OWN);
	assert_int_equal(e->own.tick, BEFORE + 1);
	assert_int_equal(e->own.sight, SIGHT_ACTIVE);
	/* It is younger than all before, and the token was the caller's. */
	observe(gone, LIST_OWN);
	assert_int_equal(e->own.tick, BEFORE + 3);
	assert_int_equal(e->own.sight, SIGHT_ABSENT);
	assert_true(e->is_callers);
}

/* Of each token whose id is known, whatever becomes of its TOKEN. */
static void only_what_is_identified_is_noted(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(ACTIVE) };
	static const struct {
		enum target_state state;
		bool noted;
	} states[] = {
		{ TARGET_SOUGHT, false },    { TARGET_AMBIGUOUS, false },
		{ TARGET_UNCERTAIN, false }, { TARGET_FOUND, true },
		{ TARGET_READY, true },      { TARGET_CHANGED, true },
		{ TARGET_HELD, true },       { TARGET_REPEATED, true },
	};

	(void)state;
	begin_batch();
	for (size_t i = 0; i < COUNT(states); i++) {
		struct target *t = &batch.target[batch.count];

		batch_add(&batch, SPAN("lsv2_pt_0123"), TARGET_LINE, i);
		t->id = batch.target[0].id;
		target_become(t, states[i].state);
	}
	target_become(&batch.target[0], TARGET_SOUGHT); /* but it is an id */
	observe(turns, LIST_MEMBERS);
	assert_int_equal(batch.target[0].evidence.members.tick, BEFORE + 1);
	for (size_t i = 0; i < COUNT(states); i++)
		assert_int_equal(batch.target[i + 1].evidence.members.tick,
		                 states[i].noted ? BEFORE + 1 : 0);
}

/* --- Whose it is --- */

static void the_members_list_names_the_owner(void **state)
{
	static const struct {
		const char *label;
		struct peer_turn turns[TURNS_MAX];
		enum list_whose whose;
		const char *name;
	} names[] = {
		{ "a name", { LIST(BY(1, "m\\u0065")) }, LIST_MEMBERS, "me" },
		{ "another's",
		  { LIST(BY(2, "m") "," ACTIVE) },
		  LIST_MEMBERS,
		  "" },
		{ "none",
		  { LIST(WITH(1, "\"created_by\":null")) },
		  LIST_MEMBERS,
		  "" },
		{ "no text",
		  { LIST(WITH(1, "\"created_by\":{}")) },
		  LIST_MEMBERS,
		  "" },
		{ "the longest",
		  { LIST(BY(1, "0123456789012345678901234567890123456789"
		               "012345678901234567890123")) },
		  LIST_MEMBERS,
		  "0123456789012345678901234567890123456789"
		  "012345678901234567890123" },
		{ "too long",
		  { LIST(BY(1, "0123456789012345678901234567890123456789"
		               "0123456789012345678901234")) },
		  LIST_MEMBERS,
		  "" },
		/* All that is in it is the caller's. */
		{ "own", { LIST(BY(1, "m")) }, LIST_OWN, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct target *t = &batch.target[0];

		begin_batch();
		observe(names[i].turns, names[i].whose);
		assert_span(names[i].label,
		            (struct span){ t->owner_name, t->owner_name_len },
		            span_of(names[i].name));
	}
}

static void whether_members_are_shown_is_noted(void **state)
{
	static const struct {
		const char *label;
		struct peer_turn turns[TURNS_MAX];
		enum list_whose whose;
		bool before, hidden;
	} lists[] = {
		{ "shown", { LIST("") }, LIST_MEMBERS, false, false },
		{ "shown by now", { LIST("") }, LIST_MEMBERS, true, false },
		{ "403", { SAY("403", JSON, "") }, LIST_MEMBERS, false, true },
		{ "404", { SAY("404", JSON, "") }, LIST_MEMBERS, false, true },
		{ "405", { SAY("405", JSON, "") }, LIST_MEMBERS, false, true },
		/* These say nothing of it. */
		{ "401", { SAY("401", JSON, "") }, LIST_MEMBERS, false, false },
		{ "422", { SAY("422", JSON, "") }, LIST_MEMBERS, false, false },
		{ "own", { LIST("") }, LIST_OWN, true, true },
		{ "403 of one's own",
		  { SAY("403", JSON, "") },
		  LIST_OWN,
		  false,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		begin_batch();
		batch.hidden[LIST_MEMBERS] = lists[i].before;
		observe(lists[i].turns, lists[i].whose);
		assert_row(lists[i].label,
		           batch.hidden[LIST_MEMBERS] == lists[i].hidden);
	}
}

/* --- What authenticates --- */

static void the_tokens_that_may_authenticate_are_noted(void **state)
{
	static const struct {
		const char *label;
		struct peer_turn turns[TURNS_MAX];
		enum list_whose whose;
		const char *secret;
		size_t count;
		unsigned first; /* digit of its id */
	} selves[] = {
		{ "one",
		  { LIST(KEY(3, "lsv2_pt_0123") "," OTHER) },
		  LIST_OWN,
		  SECRET,
		  1,
		  3 },
		{ "two",
		  { LIST(KEY(3, "lsv2_pt_0123") "," KEY(4, "lsv2_...9876")) },
		  LIST_OWN,
		  SECRET,
		  2,
		  3 },
		{ "one that is listed twice",
		  { LIST(KEY(3, "lsv2_pt_0123") "," OTHER
		                                "," KEY(3, "lsv2_pt_0123")) },
		  LIST_OWN,
		  SECRET,
		  1,
		  3 },
		{ "none", { LIST(OTHER) }, LIST_OWN, SECRET, 0, 0 },
		{ "one without a short key",
		  { LIST(WITH(3, "\"short_key\":null")) },
		  LIST_OWN,
		  SECRET,
		  0,
		  0 },
		{ "torn, then whole",
		  { TORN(KEY(3, "lsv2_pt_0123")),
		    LIST(KEY(4, "lsv2_pt_0123")) },
		  LIST_OWN,
		  SECRET,
		  1,
		  4 },
		/* As before: token 9. */
		{ "torn",
		  { TORN(OTHER), TORN(OTHER) },
		  LIST_OWN,
		  SECRET,
		  1,
		  9 },
		{ "refused", { SAY("403", JSON, "") }, LIST_OWN, SECRET, 1, 9 },
		{ "members'",
		  { LIST(KEY(3, "lsv2_pt_0123")) },
		  LIST_MEMBERS,
		  SECRET,
		  1,
		  9 },
		/* A bearer token is in no list. */
		{ "no key",
		  { LIST(KEY(3, "lsv2_pt_0123")) },
		  LIST_OWN,
		  "",
		  0,
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(selves); i++) {
		begin_batch();
		batch.secret = span_of(selves[i].secret);
		batch.selves.count = 1;
		batch.selves.id[0].byte[0] = 0x91;
		observe(selves[i].turns, selves[i].whose);
		assert_row(selves[i].label,
		           batch.selves.count == selves[i].count);
		assert_row(selves[i].label,
		           selves[i].count == 0 ||
		                   batch.selves.id[0].byte[0] >> 4 ==
		                           selves[i].first);
	}
}

static void so_many_that_may_authenticate_have_room(void **state)
{
	static char say[4000];
	const struct peer_turn turns[TURNS_MAX] = { { .say = say,
		                                      .end = PEER_CLOSES } };
	int at = sprintf(say, "HTTP/1.1 200 R\r\n" JSON "\r\n[");

	(void)state;
	for (unsigned i = 0; i < CANDIDATES_MAX + 2; i++)
		at += sprintf(say + at,
		              "%s{\"id\":\"%08x-2222-4333-8444-555555555555\","
		              "\"short_key\":\"lsv2_pt_0123\"}",
		              i > 0 ? "," : "", i);
	sprintf(say + at, "]");
	begin_batch();
	batch.secret = SPAN(SECRET);
	observe(turns, LIST_OWN);
	assert_int_equal(batch.selves.count, CANDIDATES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_list_is_noted),
		cmocka_unit_test(what_was_noted_before_stays_where_nothing_is),
		cmocka_unit_test(only_what_is_identified_is_noted),
		cmocka_unit_test(the_members_list_names_the_owner),
		cmocka_unit_test(whether_members_are_shown_is_noted),
		cmocka_unit_test(the_tokens_that_may_authenticate_are_noted),
		cmocka_unit_test(so_many_that_may_authenticate_have_room),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("deletion/observation", tests, NULL,
	                                   NULL);
}
