/* SPDX-License-Identifier: MIT */
/* Tests of deletion/lookup: what lists say of each TOKEN of a batch. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "deletion/lookup.h"

#include <stdio.h>
#include <unistd.h>

#include "langsmith/fixture.h"

#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"
#define OTHER "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba1111"

static struct batch batch;

static int clear(void **state)
{
	(void)state;
	memset(&batch, 0, sizeof(batch));
	return 0;
}

/* --- Lookups --- */

#define ID_OF(digit) #digit "1111111-2222-4333-8444-555555555555"
#define R(digit, key) "{\"id\":\"" ID_OF(digit) "\",\"short_key\":\"" key "\"}"
#define R1 R(1, "lsv2_pt_0123...9876")
#define R1_WEAK R(1, "lsv2_pt_0123")
#define R2 R(2, "lsv2_pt_4567...0000")
#define R2_REST "\"id\":\"" ID_OF(2) "\",\"short_key\":\"lsv2_pt_4567...0000\"}"
#define R3 R(3, "lsv2_pt_0123...1111")
#define S1 R(1, "lsv2_sk_0123...9876")
#define S2 R(2, "lsv2_sk_4567...9876")
#define TORN(body) SAY("200", JSON "Content-Length: 9999\r\n", "[" body ",")
/* The members' list shows one's own, too. */
#define BOTH(body) LIST(body), LIST(body)
#define TURNS_MAX 4

static bool look_up_each(void)
{
	struct target *t = NULL;
	bool read = true;

	while ((t = batch_next(&batch, TARGET_SOUGHT, t)) != NULL) {
		lookup_run_alone(&batch, t);
		read = read && t->state != TARGET_UNLISTED;
	}
	lookup_compare(&batch);
	return read;
}

/* As many turns as there are, and no request beyond them. */
static bool look_up(const struct peer_turn turns[TURNS_MAX], const char *label)
{
	struct peer peer;
	size_t count = count_turns(turns, TURNS_MAX);
	bool read;

	peer_start(&peer, turns, count);
	begin_api(peer.port);
	settings.retries = 1;
	batch.api = &api;
	if (batch.each)
		read = look_up_each();
	else
		read = lookup_run(&batch);
	client_close(&api.client);
	peer_stop(&peer);
	assert_row(label, peer.log->requests == count);
	assert_row(label, (batch.asked[LIST_OWN] ||
	                   batch.asked[LIST_SERVICE]) == (count > 0));
	return read;
}

/*
 * TOKENs, apart by a blank, as lines; behind ! each authenticates for itself,
 * and behind ? nobody is asked.
 */
static void add_tokens(const char *tokens, bool ids)
{
	struct span rest = span_of(tokens), one;
	unsigned long number = 0;

	clear(NULL);
	batch.seek_ids = ids;
	while (span_cut(&rest, ' ', &one))
		if (span_equal(one, SPAN("!")))
			batch.each = true;
		else if (span_equal(one, SPAN("?")))
			batch.unasked = true;
		else
			batch_add(&batch, one, TARGET_LINE, ++number);
}

/*
 * What became of each, apart by a blank: the number of matches, = and the
 * first digit of its id; then: own, clashing, repeated, uncertain, unlisted,
 * no room, weak.
 */
static void put_targets(struct buf *out)
{
	for (size_t i = 0; i < batch.count; i++) {
		const struct target *t = &batch.target[i];
		bool id =
			target_is_identified(t) || t->state == TARGET_CLASHING;
		char text[40];

		snprintf(text, sizeof(text), "%s%lu", i > 0 ? " " : "",
		         t->found.count);
		buf_text(out, text);
		if (id) {
			snprintf(text, sizeof(text), "=%x",
			         (unsigned)t->id.byte[0] >> 4);
			buf_text(out, text);
		}
		buf_text(out,
		         t->evidence.is_callers || t->own.count > 0 ? "o" : "");
		buf_text(out, t->state == TARGET_CLASHING ? "c" : "");
		buf_text(out, t->state == TARGET_REPEATED ? "d" : "");
		buf_text(out, t->state == TARGET_UNCERTAIN ? "u" : "");
		buf_text(out, t->state == TARGET_UNLISTED ? "l" : "");
		buf_text(out, t->state == TARGET_NO_ROOM ? "n" : "");
		buf_text(out, id && target_is_weak(t) ? "w" : "");
		assert_true(t->state != TARGET_SOUGHT);
	}
}

static const struct lookup_row {
	const char *label, *tokens;
	struct peer_turn turns[TURNS_MAX];
	const char *targets;
	enum exit_status status; /* of the list that could not be read */
	bool ids, hidden;
} lookups[] = {
	/* Of all that the caller may see; what is in both lists is one. */
	{ "among one's own",
	  "lsv2_pt_0123",
	  { BOTH(R1 "," R2) },
	  .targets = "1=1o" },
	{ "among others'",
	  "lsv2_pt_0123",
	  { LIST(R2), LIST(R2 "," R1) },
	  .targets = "1=1" },
	{ "nowhere",
	  "lsv2_pt_ffff",
	  { LIST(R1), LIST(R1 "," R2) },
	  .targets = "0" },
	{ "in no list", "lsv2_pt_0123", { BOTH("") }, .targets = "0" },
	{ "several own",
	  "lsv2_pt_0123",
	  { BOTH(R1 "," R2 "," R3) },
	  .targets = "2o" },
	{ "several others'",
	  "lsv2_pt_0123",
	  { LIST(R2), LIST(R1 "," R3) },
	  .targets = "2" },
	{ "one's own, and a member's",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), LIST(R1 "," R3 "," R2) },
	  .targets = "2o 1=2" },
	{ "one's own, and a member's, in a list without one's own",
	  "lsv2_pt_0123",
	  { LIST(R1), LIST(R3) },
	  .targets = "2o" },
	{ "one's own, and a member's, by a secret",
	  SECRET,
	  { LIST(R(1, "lsv2_pt_0123")),
	    LIST(R(1, "lsv2_pt_0123") "," R(2, "lsv2_pt_0123")) },
	  .targets = "2o" },
	{ "several own, and another's",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1 "," R3), LIST(R1 "," R3 "," R2) },
	  .targets = "2o 1=2" },
	{ "one that is listed twice",
	  "lsv2_pt_0123",
	  { BOTH(R1 "," R1) },
	  .targets = "1=1o" },
	{ "both ends decide",
	  "lsv2_pt_0123...1111",
	  { BOTH(R1 "," R3) },
	  .targets = "1=3o" },
	{ "a secret", SECRET, { BOTH(R1 "," R2 "," R3) }, .targets = "1=1o" },
	{ "a secret that little confirms",
	  SECRET,
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "1=1ow" },
	{ "a record without a short key",
	  "lsv2_pt_0123",
	  { LIST("{\"id\":\"" ID_OF(1) "\"}"),
	    LIST("{\"id\":\"" ID_OF(1) "\",\"short_key\":null}") },
	  .targets = "0" },
	{ "what is no TOKEN",
	  "x lsv2_pt_0123",
	  { BOTH(R1) },
	  .targets = "0 1=1o" },
	/* ids */
	{ "an id is not looked up, but seen",
	  ID_OF(1) " " ID_OF(2) " lsv2_pt_0123...1111",
	  { BOTH(R1 "," R3) },
	  .targets = "0=1o 0=2 1=3o" },
	{ "ids are looked up",
	  ID_OF(1) " " ID_OF(2) " " ID_OF(3),
	  { LIST(R1), LIST(R1 "," R2) },
	  .targets = "1=1o 1=2 0=3",
	  .ids = true },
	{ "an id that is one's own is nobody else's",
	  ID_OF(1) " " ID_OF(2),
	  { LIST(R1 "," R2) },
	  .targets = "1=1o 1=2o",
	  .ids = true },
	/* service keys stand in one list, and in no other */
	{ "a service key",
	  "lsv2_sk_0123",
	  { LIST(S1 "," S2) },
	  .targets = "1=1" },
	{ "a service key that is none there",
	  "lsv2_sk_0123 lsv2_sk_4567",
	  { LIST(S1) },
	  .targets = "1=1 0" },
	{ "both kinds",
	  "lsv2_sk_0123 lsv2_pt_0123 lsv2_sk_4567",
	  { BOTH(R1), LIST(S1 "," S2) },
	  .targets = "1=1 1=1o 1=2" },
	{ "no short key of the other kind, whatever is listed",
	  "lsv2_sk_0123 lsv2_pt_0123",
	  { BOTH(S1), LIST(R1) },
	  .targets = "0 0" },
	{ "service keys that are not shown",
	  "lsv2_sk_0123 lsv2_pt_0123",
	  { BOTH(R1), SAY("403", JSON, "{}") },
	  .targets = "0l 1=1o",
	  .status = 3 },
	{ "service keys that are shown, and tokens that are not",
	  "lsv2_sk_0123 lsv2_pt_0123",
	  { SAY("403", JSON, "{}"), LIST(S1) },
	  .targets = "1=1 0l",
	  .status = 3 },
	/* --self */
	{ "itself", "! " SECRET, { LIST(R1 "," R2) }, .targets = "1=1o" },
	{ "itself is not another's",
	  "! " SECRET,
	  { LIST(R2) },
	  .targets = "0" },
	{ "itself, by 4 characters",
	  "! " SECRET,
	  { LIST(R2 "," R1_WEAK) },
	  .targets = "1=1o" },
	{ "itself, by 1",
	  "! " SECRET,
	  { LIST(R(1, "...6")) },
	  .targets = "1=1o" },
	{ "itself, beside one that shows nothing",
	  "! " SECRET,
	  { LIST(R1_WEAK "," R(3, "lsv2_pt_...")) },
	  .targets = "1=1ow" },
	{ "itself for sure, beside one that shows nothing",
	  "! " SECRET,
	  { LIST(R(3, "") "," R1) },
	  .targets = "1=1o" },
	{ "two that share what is shown",
	  "! " SECRET,
	  { LIST(R1_WEAK "," R(3, "lsv2_pt_...76")) },
	  .targets = "2o" },
	{ "each in its own list, and what is there twice once",
	  "! " SECRET " " OTHER " " SECRET,
	  { LIST(R1_WEAK "," R2), LIST(R3) },
	  .targets = "1=1o 1=3o" },
	{ "two of one token",
	  "! " SECRET " " OTHER,
	  { LIST(R1_WEAK), LIST(R1_WEAK) },
	  .targets = "1=1oc 1=1oc" },
	{ "each that is no secret",
	  "! " ID_OF(1) " lsv2_pt_0123 x",
	  { { 0 } },
	  .targets = "0 0 0" },
	{ "a list that could be read, and one that could not",
	  "! " SECRET " " OTHER,
	  { LIST(R1), SAY("401", JSON, "{}") },
	  .targets = "1=1o 0l",
	  .status = 3 },
	/* A weak secret is asked itself, where no person is. */
	{ "weak", SECRET, { BOTH(R1_WEAK) }, .targets = "1=1ow" },
	{ "weak, and it knows of no other",
	  "? " SECRET,
	  { BOTH(R1_WEAK), LIST(R2 "," R1_WEAK) },
	  .targets = "1=1o" },
	{ "weak, and it knows of another",
	  "? " SECRET,
	  { BOTH(R1_WEAK), LIST(R1_WEAK "," R(3, "...6")) },
	  .targets = "1=1ow" },
	{ "weak, and it knows of one that shows nothing",
	  "? " SECRET,
	  { BOTH(R1_WEAK), LIST(R1_WEAK "," R(3, "")) },
	  .targets = "1=1ow" },
	{ "weak, and it does not know this one",
	  "? " SECRET,
	  { BOTH(R1_WEAK), LIST(R2) },
	  .targets = "1=1ow" },
	{ "weak, and refused",
	  "? " SECRET,
	  { BOTH(R1_WEAK), SAY("401", JSON, "{}") },
	  .targets = "1=1ow" },
	{ "weak, and a list that is not whole",
	  "? " SECRET,
	  { BOTH(R1_WEAK), LIST(R1_WEAK ",7") },
	  .targets = "1=1ow" },
	{ "weak, and a list that is whole the second time",
	  "? " SECRET,
	  { BOTH(R1_WEAK), TORN(R3), LIST(R1_WEAK) },
	  .targets = "1=1o" },
	{ "weak, but a short key has nothing to ask",
	  "? lsv2_pt_01234567",
	  { BOTH(R1_WEAK) },
	  .targets = "1=1ow" },
	{ "sure, and needs not be asked",
	  "? " SECRET,
	  { BOTH(R1) },
	  .targets = "1=1o" },
	/* Two that name one token. */
	{ "a short key and its secret",
	  "lsv2_pt_0123 " SECRET,
	  { BOTH(R1) },
	  .targets = "1=1o 1=1od" },
	{ "a secret twice",
	  SECRET " " SECRET,
	  { BOTH(R1) },
	  .targets = "1=1o 1=1od" },
	{ "an id and a short key",
	  ID_OF(1) " lsv2_pt_0123",
	  { BOTH(R1) },
	  .targets = "0=1o 1=1od" },
	{ "two that contradict each other",
	  "lsv2_pt_0123...9876 lsv2_pt_0123...1111",
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "1=1ocw 1=1ocw" },
	{ "two secrets",
	  SECRET " lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9877",
	  { BOTH(R(1, "lsv2_pt_01234567")) },
	  .targets = "1=1oc 1=1oc" },
	{ "two secrets, and what contradicts neither of them",
	  SECRET " lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9877 "
	         "lsv2_pt_0123",
	  { BOTH(R(1, "lsv2_pt_01234567")) },
	  .targets = "1=1oc 1=1oc 1=1o" },
	/* What is too weak has no say beside what is sure. */
	{ "an id, and a secret that little confirms",
	  ID_OF(1) " " SECRET,
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "0=1o 1ou" },
	{ "likewise, the other way round",
	  SECRET " " ID_OF(1),
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "1ou 0=1o" },
	{ "likewise, of a member's",
	  SECRET " " ID_OF(1),
	  { LIST(""), LIST(R(1, "lsv2_pt_0123")) },
	  .targets = "1u 0=1" },
	{ "likewise, where ids are looked up",
	  ID_OF(1) " " SECRET,
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "1=1o 1ou",
	  .ids = true },
	{ "a short key that is sure, and a secret that is not",
	  SECRET " lsv2_pt_0123",
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "1ou 1=1o" },
	{ "two that are not sure, and an id",
	  SECRET " lsv2_pt_01234567 " ID_OF(1),
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "1ou 1ou 0=1o" },
	{ "two that are not sure",
	  SECRET " lsv2_pt_01234567",
	  { BOTH(R(1, "lsv2_pt_0123")) },
	  .targets = "1=1ow 1=1odw" },
	/* The members' list is not for everybody. */
	{ "403",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), SAY("403", JSON, "{}") },
	  .targets = "1=1o 0",
	  .hidden = true },
	{ "404",
	  "lsv2_pt_4567",
	  { LIST(R1), SAY("404", JSON, "{}") },
	  .targets = "0",
	  .hidden = true },
	{ "405",
	  "lsv2_pt_4567",
	  { LIST(R1), SAY("405", JSON, "{}") },
	  .targets = "0",
	  .hidden = true },
	/* Only what was read whole decides. */
	{ "401",
	  "lsv2_pt_0123",
	  { SAY("401", JSON, "{}") },
	  .targets = "0l",
	  .status = 3 },
	{ "401 then",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), SAY("401", JSON, "{}") },
	  .targets = "1ol 0l",
	  .status = 3 },
	{ "no list",
	  "lsv2_pt_0123",
	  { SAY("422", JSON, "{}") },
	  .targets = "0l",
	  .status = 1 },
	{ "no list of others",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), SAY("422", JSON, "{}") },
	  .targets = "1ol 0l",
	  .status = 1 },
	{ "no list of others, which an id of one's own does not need",
	  ID_OF(1) " " ID_OF(2),
	  { LIST(R1), SAY("422", JSON, "{}") },
	  .targets = "1=1o 0=2l",
	  .status = 1,
	  .ids = true },
	{ "one is no token",
	  "lsv2_pt_0123",
	  { LIST(R1 ",7") },
	  .targets = "0l",
	  .status = 1 },
	{ "one of others is no token",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), LIST(R2 ",7") },
	  .targets = "1ol 0l",
	  .status = 1 },
	{ "no end",
	  "lsv2_pt_0123",
	  { SAY("200", JSON, "[" R1) },
	  .targets = "0l",
	  .status = 1 },
	{ "torn, then whole",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { TORN(R3 "," R2), BOTH(R1) },
	  .targets = "1=1o 0" },
	{ "torn, then torn",
	  "lsv2_pt_0123",
	  { TORN(R1), TORN(R1) },
	  .targets = "0l",
	  .status = 1 },
	{ "others' torn, then whole",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), TORN(R3 "," R2), LIST(R1 "," R2) },
	  .targets = "1=1o 1=2" },
	{ "others' torn, then without what it showed",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), TORN(R3 "," R2), LIST("") },
	  .targets = "1=1o 0" },
	{ "others' torn, then torn",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), TORN(R3 "," R2), TORN(R3 "," R2) },
	  .targets = "1ol 0l",
	  .status = 1 },
};

/* What is found is its one candidate, and whose it is is known. */
static void check_found(const char *label)
{
	for (size_t i = 0; i < batch.count; i++) {
		const struct target *t = &batch.target[i];

		if (t->state != TARGET_FOUND)
			continue;
		assert_row(label, t->found.candidates->next == NULL);
		assert_row(label, uuid_equal(&t->found.candidates->id, &t->id));
		assert_row(label,
		           t->evidence.is_callers == (t->own.count == 1));
	}
}

static void each_token_is_looked_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lookups); i++) {
		const struct lookup_row *row = &lookups[i];
		uint8_t room[128];
		struct buf targets = BUF_OVER(room);
		bool read;

		add_tokens(row->tokens, row->ids);
		read = look_up(row->turns, row->label);
		put_targets(&targets);
		assert_span(row->label, buf_written(&targets),
		            span_of(row->targets));
		assert_row(row->label, read == (row->status == 0));
		assert_row(
			row->label,
			read || batch.list_failure[0].status == row->status ||
				batch.list_failure[1].status == row->status);
		check_found(row->label);
		assert_row(row->label,
		           batch.hidden[LIST_MEMBERS] == row->hidden);
	}
}

/* Once it is known that they are hidden, it is not asked again. */
static void a_hidden_list_is_asked_for_once(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(R1) };

	(void)state;
	add_tokens("lsv2_pt_4567", false);
	batch.hidden[LIST_MEMBERS] = true;
	assert_true(look_up(turns, "hidden"));
	assert_int_equal(batch.target[0].found.count, 0);
}

/* Two TOKENs that match the one token of that short key. */
struct pair {
	const char *label, *one, *other, *short_key;
};

static void look_up_pair(const struct pair *pair, bool swapped)
{
	char say[300], tokens[200];
	const struct peer_turn turn = { .say = say, .end = PEER_CLOSES };
	const struct peer_turn turns[TURNS_MAX] = { turn, turn };

	snprintf(say, sizeof(say),
	         "HTTP/1.1 200 R\r\nContent-Type: application/json\r\n\r\n"
	         "[{\"id\":\"" ID_OF(1) "\",\"short_key\":\"%s\"}]",
	         pair->short_key);
	snprintf(tokens, sizeof(tokens), "%s %s",
	         swapped ? pair->other : pair->one,
	         swapped ? pair->one : pair->other);
	add_tokens(tokens, false);
	assert_row(pair->label, look_up(turns, pair->label));
	assert_row(pair->label, batch.target[0].found.count == 1);
	assert_row(pair->label, batch.target[1].found.count == 1);
}

static void two_that_agree_are_one_in_any_order(void **state)
{
	static const struct pair pairs[] = {
		{ "a short key and its secret", "lsv2_pt_0123...9876", SECRET,
		  "lsv2_pt_0123...9876" },
		{ "an end and its secret", "lsv2_...9876", SECRET,
		  "lsv2_pt_0123...9876" },
		{ "a beginning and an end", "lsv2_pt_0123", "lsv2_...9876",
		  "lsv2_pt_0123...9876" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs) * 2; i++) {
		look_up_pair(&pairs[i / 2], i % 2 == 1);
		assert_row(pairs[i / 2].label,
		           batch.target[0].state != TARGET_CLASHING);
		assert_row(pairs[i / 2].label,
		           batch.target[1].state != TARGET_CLASHING);
		assert_row(pairs[i / 2].label,
		           batch.target[1].state == TARGET_REPEATED);
	}
}

static void two_that_contradict_clash_in_any_order(void **state)
{
	static const struct pair pairs[] = {
		{ "two ends", "lsv2_pt_0123...9876", "lsv2_pt_0123...1111",
		  "lsv2_pt_0123" },
		{ "a secret that ends otherwise", "lsv2_pt_0123...1111", SECRET,
		  "lsv2_pt_0123" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs) * 2; i++) {
		look_up_pair(&pairs[i / 2], i % 2 == 1);
		assert_row(pairs[i / 2].label,
		           batch.target[0].state == TARGET_CLASHING);
		assert_row(pairs[i / 2].label,
		           batch.target[1].state == TARGET_CLASHING);
		assert_row(pairs[i / 2].label,
		           batch.target[1].state != TARGET_REPEATED);
	}
}

/* A secret that is in no list must not pass for one that was named twice. */
static void what_contradicts_one_of_several_is_not_done(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { BOTH(
		R(1, "lsv2_pt_0123")) };
	static const char *const tokens[] = {
		"lsv2_pt_0123...9876 lsv2_pt_0123 lsv2_pt_0123...1111",
		"lsv2_pt_0123 lsv2_pt_0123...9876 lsv2_pt_0123...1111",
		ID_OF(1) " lsv2_pt_0123...9876 lsv2_pt_0123...1111",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(tokens); i++) {
		add_tokens(tokens[i], false);
		assert_row(tokens[i], look_up(turns, tokens[i]));
		assert_row(tokens[i], batch.target[2].state == TARGET_CLASHING);
		/* Nor is what contradicts none of them a name for them. */
		for (size_t k = 0; k < batch.count; k++)
			assert_row(tokens[i],
			           batch.target[k].state != TARGET_REPEATED);
	}
}

/* What is shown, and what is proven later, comes from these. */
static void what_is_found_is_kept(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { BOTH(
		" { \"short_key\" : \"lsv2_pt_0123...9876\" ,\n\"id\":\"" ID_OF(
			1) "\", \"x\":\"\xc3\xa4\" } ," R3 "," R2) };
	const struct target *p = batch.target;

	(void)state;
	add_tokens("lsv2_pt_0123...9876 " SECRET " lsv2_pt_0123", false);
	assert_true(look_up(turns, "found"));
	assert_span(
		"record", p->found.candidates->record,
		SPAN("{\"short_key\":\"lsv2_pt_0123...9876\",\"id\":\"" ID_OF(
			1) "\",\"x\":\"\\u00e4\"}"));
	assert_null(p->found.candidates->next);
	assert_true(uuid_equal(&p->found.candidates->id, &p->id));
	assert_span("key", (struct span){ p->short_key, p->short_key_len },
	            SPAN("lsv2_pt_0123...9876"));
	assert_int_equal(p->confirmed, 8);
	/* Of the secret that is the same token, to prove its end. */
	assert_span("secret", p->secret, SPAN(SECRET));
	/* All that the last one may be. */
	assert_int_equal(p[2].found.count, 2);
	assert_non_null(p[2].found.candidates->next);
	assert_null(p[2].found.candidates->next->next);
	assert_span("candidate", p[2].found.candidates->record, SPAN(R3));
}

/* A list of so many tokens of one short key. */
static void put_many(char *say, unsigned count)
{
	int at = sprintf(say, "HTTP/1.1 200 R\r\nContent-Type: "
	                      "application/json\r\n\r\n[");

	for (unsigned i = 0; i < count; i++)
		at += sprintf(say + at,
		              "%s{\"id\":\"%08x-2222-4333-8444-555555555555\","
		              "\"short_key\":\"lsv2_pt_0123\"}",
		              i > 0 ? "," : "", i);
	sprintf(say + at, "]");
}

/* However many there are, each is counted once, and the first are kept. */
static void only_so_many_candidates_are_kept(void **state)
{
	static const struct {
		const char *label;
		unsigned own, members; /* the first of which are one's own */
		bool asked; /* for the members' list, too */
		unsigned long matches;
	} rows[] = {
		{ "own that have room", CANDIDATES_MAX, CANDIDATES_MAX + 2,
		  true, CANDIDATES_MAX + 2 },
		{ "own that have none", CANDIDATES_MAX + 2, 0, false,
		  CANDIDATES_MAX + 2 },
		{ "members'", 0, CANDIDATES_MAX + 2, true, CANDIDATES_MAX + 2 },
	};
	static char own[2000], members[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct peer_turn turns[TURNS_MAX] = {
			{ .say = own, .end = PEER_CLOSES },
			{ .say = rows[i].asked ? members : NULL,
			  .end = rows[i].asked ? PEER_CLOSES : PEER_KEEPS },
		};
		size_t count = 0;

		put_many(own, rows[i].own);
		put_many(members, rows[i].members);
		add_tokens("lsv2_pt_0123", false);
		assert_row(rows[i].label, look_up(turns, rows[i].label));
		assert_row(rows[i].label,
		           batch.target[0].found.count == rows[i].matches);
		assert_row(rows[i].label,
		           batch.target[0].state == TARGET_AMBIGUOUS);
		for (const struct candidate *c =
		             batch.target[0].found.candidates;
		     c != NULL; c = c->next)
			count++;
		assert_row(rows[i].label, count == CANDIDATES_MAX);
	}
}

/* Another attempt takes no more memory than the first would have. */
static void what_a_torn_list_took_is_given_back(void **state)
{
	static const struct peer_turn whole[TURNS_MAX] = { LIST(R1),
		                                           LIST(R1 "," R2) };
	static const struct peer_turn torn[][TURNS_MAX] = {
		{ TORN(R1 "," R2), LIST(R1), LIST(R1 "," R2) },
		{ LIST(R1), TORN(R3 "," R2), LIST(R1 "," R2) },
	};
	size_t room;

	(void)state;
	add_tokens("lsv2_pt_0123 lsv2_pt_4567", false);
	assert_true(look_up(whole, "whole"));
	room = batch_room(&batch);
	for (size_t i = 0; i < COUNT(torn); i++) {
		add_tokens("lsv2_pt_0123 lsv2_pt_4567", false);
		assert_true(look_up(torn[i], "torn"));
		assert_int_equal(batch_room(&batch), room);
	}
}

static void a_record_without_room_is_told(void **state)
{
	static const struct {
		const char *label;
		struct peer_turn turns[TURNS_MAX];
		const char *targets;
	} rows[] = {
		{ "own", { BOTH(R1 "," R2) }, "1=1o 2on" },
		{ "own, which the other list does not show",
		  { LIST(R1 "," R2), LIST(R1) },
		  "1=1o 1on" },
		{ "own, which the other list shows smaller",
		  { LIST(R1
		         ",{\"description\":\"12345678901234567890\"," R2_REST),
		    LIST(R1 "," R2) },
		  "1=1o 2on" },
		{ "own, after a torn one",
		  { LIST(R1 "," R2), TORN(R1 "," R2), LIST(R1) },
		  "1=1o 1on" },
		{ "a member's", { LIST(R1), LIST(R1 "," R2) }, "1=1o 1n" },
		/* What a torn list had no room for the next one may have. */
		{ "a member's of a torn list",
		  { LIST(R1), TORN(R1 "," R2), LIST(R1) },
		  "1=1o 0" },
	};
	size_t left = sizeof(struct candidate) + sizeof(R1) + 32;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t room[64];
		struct buf targets = BUF_OVER(room);

		add_tokens("lsv2_pt_0123 lsv2_pt_4567", false);
		assert_non_null(batch_take(&batch, batch_room(&batch) - left));
		assert_row(rows[i].label,
		           look_up(rows[i].turns, rows[i].label));
		put_targets(&targets);
		assert_span(rows[i].label, buf_written(&targets),
		            span_of(rows[i].targets));
		assert_row(rows[i].label,
		           batch.target[1].found.candidates == NULL);
	}
}

/* It is kept to be called by; a short key that is very long is none. */
static void a_short_key_has_a_longest_length(void **state)
{
	static const struct {
		const char *label;
		size_t len; /* of the filler behind lsv2_pt_0123 */
		unsigned long matches;
		size_t kept;
	} rows[] = {
		{ "as long as is kept", SHORT_KEY_MAX - 12, 1, SHORT_KEY_MAX },
		{ "longer", SHORT_KEY_MAX - 11, 1, SHORT_KEY_MAX },
		{ "longest", 256 - 12, 1, SHORT_KEY_MAX },
		{ "none", 256 - 11, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char key[300] = "lsv2_pt_0123", text[600];
		struct peer_turn turns[TURNS_MAX] = { { .say = text,
			                                .end = PEER_CLOSES } };

		memset(key + 12, '*', rows[i].len);
		snprintf(text, sizeof(text),
		         "HTTP/1.1 200 R\r\nContent-Type: application/json"
		         "\r\n\r\n[{\"id\":\"" ID_OF(1) "\",\"short_key\":"
		                                        "\"%s\"}]",
		         key);
		add_tokens("lsv2_pt_0123", false);
		batch.hidden[LIST_MEMBERS] = true;
		assert_row(rows[i].label, look_up(turns, rows[i].label));
		assert_row(rows[i].label,
		           batch.target[0].found.count == rows[i].matches);
		assert_row(rows[i].label,
		           batch.target[0].short_key_len == rows[i].kept);
	}
}

/* Of the caller's own list, when it was read last. */
static void the_token_that_authenticates_is_found(void **state)
{
	static const struct {
		const char *label;
		struct peer_turn turns[TURNS_MAX];
		bool first, second;
	} rows[] = {
		{ "one", { BOTH(R1 "," R2) }, true, false },
		{ "torn, then whole",
		  { TORN(R(2, "lsv2_pt_0123")), BOTH(R1) },
		  true,
		  false },
		{ "two",
		  { BOTH(R1 "," R(2, "lsv2_pt_0123") "," R3) },
		  true,
		  true },
		{ "of members", { LIST(""), LIST(R1 "," R2) }, false, false },
		{ "as before", { SAY("422", JSON, "{}") }, false, true },
		{ "torn, and as before",
		  { TORN(R1), SAY("422", JSON, "{}") },
		  false,
		  true },
	};
	struct uuid one, two;

	(void)state;
	assert_true(uuid_parse(SPAN(ID_OF(1)), &one));
	assert_true(uuid_parse(SPAN(ID_OF(2)), &two));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].label;

		add_tokens("lsv2_pt_0123", false);
		batch.secret = SPAN(SECRET);
		batch.selves.id[0] = two;
		batch.selves.count = 1;
		look_up(rows[i].turns, label);
		assert_row(label, batch_may_be_self(&batch.selves, &one) ==
		                          rows[i].first);
		assert_row(label, batch_may_be_self(&batch.selves, &two) ==
		                          rows[i].second);
	}
}

/* --- What is told of the ends --- */

static void each_end_has_its_result(void **state)
{
	static const struct {
		const char *label;
		enum target_state state;
		bool self, hidden, missing_is_done;
		enum outcome outcome;
		enum exit_status status;
		enum err_code code;
		const char *detail;
	} ends[] = {
		{ "no match", TARGET_UNMATCHED, false, false, false,
		  OUTCOME_MISSING, 4, ERR_NO_MATCH, "" },
		{ "no match, which is well", TARGET_UNMATCHED, false, false,
		  true, OUTCOME_MISSING, 0, ERR_NONE, "" },
		/* It may be somebody else's. */
		{ "no match among one's own", TARGET_UNMATCHED, false, true,
		  false, OUTCOME_MISSING, 4, ERR_NO_MATCH,
		  " among your own; others are not shown" },
		{ "no match among one's own, which says too little",
		  TARGET_UNMATCHED, false, true, true, OUTCOME_MISSING, 4,
		  ERR_NO_MATCH, " among your own; others are not shown" },
		{ "--self", TARGET_UNMATCHED, true, false, true,
		  OUTCOME_MISSING, 4, ERR_NO_MATCH, "" },
		{ "ambiguous", TARGET_AMBIGUOUS, false, false, true,
		  OUTCOME_AMBIGUOUS, 2, ERR_AMBIGUOUS, "3" },
		{ "weak", TARGET_WEAK, false, false, true, OUTCOME_NOT_TRIED, 2,
		  ERR_WEAK, "5" },
		{ "uncertain", TARGET_UNCERTAIN, false, false, true,
		  OUTCOME_AMBIGUOUS, 2, ERR_UNCERTAIN, "5" },
		{ "unlisted", TARGET_UNLISTED, false, false, true,
		  OUTCOME_RATE_LIMITED, 7, ERR_RATE, "L" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct target t = { .state = ends[i].state,
			            .found = { .count = 3 },
			            .confirmed = 5 };
		struct result r;

		clear(NULL);
		begin_api(1);
		settings.missing_is_done = ends[i].missing_is_done;
		batch.api = &api;
		batch.hidden[LIST_MEMBERS] = ends[i].hidden;
		batch.each = ends[i].self;
		err_set(&batch.list_failure[0].err, ERR_RATE, "L");
		result_end(&batch.list_failure[0], VERB_DELETE, 7,
		           &batch.list_failure[0].err);
		lookup_put_end(&batch, &t, &r);
		assert_row(ends[i].label, r.outcome == ends[i].outcome);
		assert_row(ends[i].label, r.status == ends[i].status);
		assert_row(ends[i].label, r.err.code == ends[i].code);
		assert_span(ends[i].label,
		            (struct span){ r.err.detail, r.err.detail_len },
		            span_of(ends[i].detail));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_token_is_looked_up),
		cmocka_unit_test(a_hidden_list_is_asked_for_once),
		cmocka_unit_test(two_that_agree_are_one_in_any_order),
		cmocka_unit_test(two_that_contradict_clash_in_any_order),
		cmocka_unit_test(what_contradicts_one_of_several_is_not_done),
		cmocka_unit_test(what_is_found_is_kept),
		cmocka_unit_test(only_so_many_candidates_are_kept),
		cmocka_unit_test(what_a_torn_list_took_is_given_back),
		cmocka_unit_test(a_record_without_room_is_told),
		cmocka_unit_test(a_short_key_has_a_longest_length),
		cmocka_unit_test(the_token_that_authenticates_is_found),
		cmocka_unit_test(each_end_has_its_result),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("deletion/lookup", tests, NULL,
	                                   NULL);
}
