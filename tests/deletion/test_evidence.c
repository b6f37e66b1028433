/* SPDX-License-Identifier: MIT */
/* Tests of deletion/evidence: what is proven by what was seen, and when. */
#include "deletion/evidence.h"

#include "unit.h"

#define CHANGED 5 /* the tick of the change in every row */
#define STILL "the list still shows it"
#define NOT_REVOKED "the list does not show it as revoked"
#define NO_LIST "no list that would show it could be read"
#define SECRET "its secret was not refused"

/* Before the change, at the same tick, and after it. */
#define OLD(what) \
	{ \
		CHANGED - 1, 0, SIGHT_##what \
	}
#define SAME(what) \
	{ \
		CHANGED, 0, SIGHT_##what \
	}
#define NEW(what) \
	{ \
		CHANGED + 1, 0, SIGHT_##what \
	}

static const struct row {
	const char *label;
	struct evidence e;
	enum evidence_verdict verdict;
	bool needs_list, needs_secret;
	const char *lacks;
} rows[] = {
	/* A deletion without an answer. */
	{ .label = "nothing was seen", .needs_list = true },
	{ .label = "own list does not show a token of the caller's",
	  .e = { .is_callers = true, .own = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "own list does not show a token of nobody knows whom",
	  .e = { .own = NEW(ABSENT) },
	  .needs_list = true },
	{ .label = "the members' list does not show it",
	  .e = { .members = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "own list shows it",
	  .e = { .is_callers = true, .own = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true },
	{ .label = "the members' list shows it",
	  .e = { .members = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true },
	{ .label = "a revoked token is a token that is there",
	  .e = { .members = NEW(REVOKED) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true },
	{ .label = "shown, though its secret is refused",
	  .e = { .has_secret = true,
	         .refused = CHANGED + 2,
	         .members = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true },
	{ .label = "own list shows it, and is not known to be the caller's",
	  .e = { .own = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true },
	{ .label = "one list shows it, and the one that decides does not",
	  .e = { .own = NEW(ACTIVE), .members = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "not by the caller's key: its list may still be read",
	  .e = { .is_self = true, .is_callers = true },
	  .needs_list = true },
	/* What is not younger than the change proves nothing. */
	{ .label = "not shown before",
	  .e = { .is_callers = true,
	         .own = OLD(ABSENT),
	         .members = OLD(ABSENT) },
	  .needs_list = true },
	{ .label = "not shown at that moment",
	  .e = { .is_callers = true,
	         .own = SAME(ABSENT),
	         .members = SAME(ABSENT) },
	  .needs_list = true },
	{ .label = "shown before",
	  .e = { .own = OLD(ACTIVE), .members = SAME(ACTIVE) },
	  .needs_list = true },
	{ .label = "not shown before, and shown after",
	  .e = { .is_callers = true,
	         .own = OLD(ABSENT),
	         .members = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true },
	{ .label = "a secret that was refused before",
	  .e = { .confirmed = true,
	         .has_secret = true,
	         .refused = CHANGED,
	         .members = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE,
	  .needs_secret = true,
	  .lacks = SECRET },
	{ .label = "shown before, and not shown after",
	  .e = { .is_callers = true,
	         .own = NEW(ABSENT),
	         .members = OLD(ACTIVE) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "not shown before, in the list that would show it",
	  .e = { .own = NEW(ABSENT), .members = OLD(ABSENT) },
	  .needs_list = true },
	/* A deletion that the server has confirmed. */
	{ .label = "confirmed, and no list",
	  .e = { .confirmed = true },
	  .needs_list = true,
	  .lacks = NO_LIST },
	{ .label = "confirmed, and shown",
	  .e = { .confirmed = true, .members = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true,
	  .lacks = STILL },
	{ .label = "confirmed, and shown before",
	  .e = { .confirmed = true, .members = OLD(ACTIVE) },
	  .needs_list = true,
	  .lacks = NO_LIST },
	{ .label = "confirmed, and not shown",
	  .e = { .confirmed = true, .members = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "confirmed, not shown, and its secret works",
	  .e = { .confirmed = true,
	         .has_secret = true,
	         .members = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE,
	  .needs_secret = true,
	  .lacks = SECRET },
	{ .label = "confirmed, not shown, and its secret is refused",
	  .e = { .confirmed = true,
	         .has_secret = true,
	         .refused = CHANGED + 2,
	         .members = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "its secret is refused, and it is shown",
	  .e = { .confirmed = true,
	         .has_secret = true,
	         .refused = CHANGED + 2,
	         .members = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true,
	  .lacks = STILL },
	{ .label = "what authenticates has no list, but its secret",
	  .e = { .confirmed = true, .is_self = true, .has_secret = true },
	  .needs_secret = true,
	  .lacks = SECRET },
	{ .label = "what authenticates is refused",
	  .e = { .confirmed = true,
	         .is_self = true,
	         .has_secret = true,
	         .refused = CHANGED + 1 } },
	/* An unknown end that a list has settled is to be proven, too. */
	{ .label = "settled by a list, and its secret works",
	  .e = { .has_secret = true, .members = NEW(ABSENT) },
	  .verdict = EVIDENCE_DONE,
	  .needs_secret = true,
	  .lacks = SECRET },
	{ .label = "a secret proves nothing of what nobody has confirmed",
	  .e = { .has_secret = true, .refused = CHANGED + 1 },
	  .needs_list = true },
	/* Revocations: the record stays. */
	{ .label = "revoked: nothing was seen",
	  .e = { .verb = VERB_REVOKE },
	  .needs_list = true },
	{ .label = "revoked: shown as revoked",
	  .e = { .verb = VERB_REVOKE, .own = NEW(REVOKED) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "revoked: shown as revoked before",
	  .e = { .verb = VERB_REVOKE, .own = OLD(REVOKED) },
	  .needs_list = true },
	{ .label = "revoked: shown as it was",
	  .e = { .verb = VERB_REVOKE, .members = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true },
	{ .label = "revoked: not shown",
	  .e = { .verb = VERB_REVOKE,
	         .is_callers = true,
	         .own = NEW(ABSENT),
	         .members = NEW(ABSENT) },
	  .needs_list = true },
	{ .label = "revoked: as it was in the one, as revoked in the other",
	  .e = { .verb = VERB_REVOKE,
	         .own = NEW(ACTIVE),
	         .members = NEW(REVOKED) },
	  .verdict = EVIDENCE_DONE },
	{ .label = "revoked, as the server said, and shown as it was",
	  .e = { .verb = VERB_REVOKE, .confirmed = true, .own = NEW(ACTIVE) },
	  .verdict = EVIDENCE_SHOWN,
	  .needs_list = true,
	  .lacks = NOT_REVOKED },
};

static void each_row_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct evidence e = rows[i].e;
		const char *label = rows[i].label, *lacks;

		e.changed = CHANGED;
		lacks = evidence_lacks(&e);
		assert_row(label, evidence_of_lists(&e) == rows[i].verdict);
		assert_row(label,
		           evidence_needs_list(&e) == rows[i].needs_list);
		assert_row(label,
		           evidence_needs_secret(&e) == rows[i].needs_secret);
		assert_row(label, (lacks == NULL) == (rows[i].lacks == NULL));
		assert_row(label,
		           lacks == NULL || strcmp(lacks, rows[i].lacks) == 0);
	}
}

/* --- All that there can be --- */

#define SIGHTINGS 9 /* three kinds, before, at and after the change */
#define FLAGS 64

static struct sighting sighting_of(unsigned n)
{
	return (struct sighting){ CHANGED - 1 + n / 3, 0, (enum sight)(n % 3) };
}

static struct evidence evidence_of(unsigned bits, unsigned own,
                                   unsigned members)
{
	return (struct evidence){
		.verb = (bits & 1) != 0 ? VERB_REVOKE : VERB_DELETE,
		.changed = CHANGED,
		.confirmed = (bits & 2) != 0,
		.is_callers = (bits & 4) != 0,
		.is_self = (bits & 8) != 0,
		.has_secret = (bits & 16) != 0,
		.refused = (bits & 32) != 0 ? CHANGED + 1 : CHANGED,
		.own = sighting_of(own),
		.members = sighting_of(members),
	};
}

static bool says_the_same(const struct evidence *a, const struct evidence *b)
{
	return evidence_of_lists(a) == evidence_of_lists(b) &&
	       evidence_needs_list(a) == evidence_needs_list(b) &&
	       evidence_needs_secret(a) == evidence_needs_secret(b) &&
	       evidence_lacks(a) == evidence_lacks(b);
}

static bool is_not_in(const struct sighting *s)
{
	return s->tick > CHANGED && s->sight == SIGHT_ABSENT;
}

static void the_rules_hold_whatever_was_seen(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FLAGS * SIGHTINGS * SIGHTINGS; i++) {
		struct evidence e =
			evidence_of(i % FLAGS, i / FLAGS % SIGHTINGS,
		                    i / FLAGS / SIGHTINGS);
		enum evidence_verdict verdict = evidence_of_lists(&e);
		struct evidence fresh = e;

		/* What is old may as well never have been seen. */
		if (e.own.tick <= CHANGED)
			fresh.own = (struct sighting){ 0 };
		if (e.members.tick <= CHANGED)
			fresh.members = (struct sighting){ 0 };
		assert_true(says_the_same(&e, &fresh));
		/* Nothing is proven by what no list has said since. */
		if (fresh.own.tick == 0 && fresh.members.tick == 0)
			assert_int_equal(verdict, EVIDENCE_NONE);
		/* The server's word does not change what a list shows. */
		fresh.confirmed = !e.confirmed;
		assert_int_equal(evidence_of_lists(&fresh), verdict);
		/* A list never says that a deletion has failed. */
		assert_int_equal(evidence_is_done(&e),
		                 e.confirmed || verdict == EVIDENCE_DONE);
		/* Nor does one that would not show it say that it is done. */
		if (e.verb == VERB_DELETE && verdict == EVIDENCE_DONE)
			assert_true(is_not_in(&fresh.members) ||
			            (e.is_callers && is_not_in(&fresh.own)));
		/* Without a final answer it is looked for until it is gone. */
		if (!evidence_is_done(&e))
			assert_true(evidence_needs_list(&e));
		if (verdict == EVIDENCE_SHOWN)
			assert_true(evidence_shown(&e)->tick > CHANGED &&
			            evidence_shown(&e)->sight != SIGHT_ABSENT);
		/* What is done lacks something, or was proven by a list. */
		if (evidence_is_done(&e) && !e.is_self &&
		    evidence_lacks(&e) == NULL)
			assert_int_equal(verdict, EVIDENCE_DONE);
		if (!evidence_is_done(&e))
			assert_null(evidence_lacks(&e));
		/* A list that does not show it says nothing of a revocation. */
		if (e.verb == VERB_REVOKE && verdict == EVIDENCE_DONE)
			assert_true(fresh.own.sight == SIGHT_REVOKED ||
			            fresh.members.sight == SIGHT_REVOKED);
	}
}

/* --- When it was seen last --- */

static void the_younger_sighting_is_the_one_that_is_told(void **state)
{
	static const struct {
		const char *label;
		struct sighting own, members;
		bool is_own;
	} pairs[] = {
		{ "own", NEW(ACTIVE), { 0 }, true },
		{ "members'", { 0 }, NEW(ACTIVE), false },
		{ "members', then own",
		  { CHANGED + 2, 0, SIGHT_ACTIVE },
		  NEW(ACTIVE),
		  true },
		{ "own, then members'",
		  NEW(REVOKED),
		  { CHANGED + 2, 0, SIGHT_ACTIVE },
		  false },
		{ "own, and then not",
		  NEW(ACTIVE),
		  { CHANGED + 2, 0, SIGHT_ABSENT },
		  true },
		{ "members' before", NEW(ACTIVE), OLD(ACTIVE), true },
		{ "own before", OLD(ACTIVE), NEW(ACTIVE), false },
		{ "own, which does not show it",
		  { CHANGED + 2, 0, SIGHT_ABSENT },
		  NEW(ACTIVE),
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct evidence e = { .changed = CHANGED,
			                    .own = pairs[i].own,
			                    .members = pairs[i].members };

		assert_row(pairs[i].label,
		           evidence_shown(&e) ==
		                   (pairs[i].is_own ? &e.own : &e.members));
	}
}

/* --- Whose it is --- */

static void it_is_others_where_they_have_it_and_the_caller_has_not(void **state)
{
	static const struct {
		const char *label;
		struct evidence e;
		unsigned long since;
		bool others;
	} owners[] = {
		{ "nothing was seen", { 0 }, 0, false },
		{ "members' alone", { .members = NEW(ACTIVE) }, 0, false },
		{ "own alone", { .own = NEW(ABSENT) }, 0, false },
		{ "theirs",
		  { .own = NEW(ABSENT), .members = NEW(ACTIVE) },
		  0,
		  true },
		{ "theirs, revoked",
		  { .own = NEW(ABSENT), .members = NEW(REVOKED) },
		  0,
		  true },
		{ "nobody's",
		  { .own = NEW(ABSENT), .members = NEW(ABSENT) },
		  0,
		  false },
		{ "in both lists",
		  { .own = NEW(ACTIVE), .members = NEW(ACTIVE) },
		  0,
		  false },
		{ "the caller's, who had it",
		  { .is_callers = true,
		    .own = NEW(ABSENT),
		    .members = NEW(ACTIVE) },
		  0,
		  false },
		/* What is older does not count. */
		{ "both before",
		  { .own = OLD(ABSENT), .members = OLD(ACTIVE) },
		  0,
		  true },
		{ "both too old",
		  { .own = OLD(ABSENT), .members = OLD(ACTIVE) },
		  CHANGED,
		  false },
		{ "own too old",
		  { .own = OLD(ABSENT), .members = NEW(ACTIVE) },
		  CHANGED,
		  false },
		{ "members' too old",
		  { .own = NEW(ABSENT), .members = OLD(ACTIVE) },
		  CHANGED,
		  false },
		{ "both since",
		  { .own = SAME(ABSENT), .members = NEW(ACTIVE) },
		  CHANGED,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(owners); i++)
		assert_row(owners[i].label,
		           evidence_is_others(&owners[i].e, owners[i].since) ==
		                   owners[i].others);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_has_its_verdict),
		cmocka_unit_test(the_rules_hold_whatever_was_seen),
		cmocka_unit_test(the_younger_sighting_is_the_one_that_is_told),
		cmocka_unit_test(
			it_is_others_where_they_have_it_and_the_caller_has_not),
	};

	return cmocka_run_group_tests_name("deletion/evidence", tests, NULL,
	                                   NULL);
}
