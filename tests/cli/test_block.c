/* SPDX-License-Identifier: MIT */
/* Tests of cli/block: what it keeps of TOKENs, its memory, its lookups. */
/* links: tests/net/peer.c */
#include "cli/block.h"

#include <stdio.h>
#include <unistd.h>

#include "net/peer.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"

static struct block block;

static bool
store_is_zero(void)
{
	for (size_t i = 0; i < sizeof(block.store); i++)
		if (block.store[i] != 0)
			return false;
	return true;
}

static int
clear(void **state)
{
	(void)state;
	memset(&block, 0, sizeof(block));
	return 0;
}

static void
an_id_is_added_once(void **state)
{
	(void)state;
	assert_true(block_add(&block, SPAN(ID), PICK_ARGUMENT, 1));
	assert_false(block_add(&block,
	                       SPAN("3F2B6C1E-8A4D-4C55-9A77-"
	                            "2F1F0F3B9D10"),
	                       PICK_LINE, 2));
	assert_int_equal(block.count, 1);
	/* Once it is done it may come again. */
	block.pick[0].done = true;
	assert_true(block_add(&block, SPAN(ID), PICK_LINE, 3));
	assert_int_equal(block.count, 2);
	assert_int_equal(block.pick[1].number, 3);
}

static void
what_is_no_token_is_added_as_bad(void **state)
{
	static const struct {
		const char *label;
		struct span text;
		enum pick_place place;
		enum err_code bad;
	} bad[] = {
		{ "no TOKEN", BYTES("x"), PICK_LINE, ERR_TOKEN_FORM },
		{ "a long line", { NULL, 0 }, PICK_LINE, ERR_TOKEN_LONG },
		{ "a secret as argument", BYTES(SECRET), PICK_ARGUMENT,
		  ERR_TOKEN_SECRET },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct pick *p = &block.pick[i];

		assert_row(bad[i].label,
		           block_add(&block, bad[i].text, bad[i].place, i));
		assert_row(bad[i].label, p->form == PICK_BAD);
		assert_row(bad[i].label, p->bad == bad[i].bad);
	}
	assert_false(block_has_lookups(&block, true));
	assert_true(store_is_zero());
}

static void
a_secret_is_kept_until_it_is_wiped(void **state)
{
	char text[] = SECRET;

	(void)state;
	assert_true(block_add(&block, span_of(text), PICK_LINE, 1));
	memset(text, 'x', strlen(text));
	assert_span("text", block.pick[0].text, SPAN(SECRET));
	assert_span("secret", block.pick[0].secret, SPAN(SECRET));
	block_forget(&block);
	assert_span("kept", block.pick[0].secret, SPAN(SECRET));
	block.owners_read = block.members_hidden = true;
	block_clear(&block);
	assert_int_equal(block.count, 0);
	assert_int_equal(block_room(&block), STORE_MAX);
	assert_true(store_is_zero());
	/* Whose tokens are shown does not change; what they are does. */
	assert_true(block.members_hidden);
	assert_false(block.owners_read);
}

static void
what_is_forgotten_is_wiped_and_the_texts_stay(void **state)
{
	void *taken;

	(void)state;
	assert_true(block_add(&block, SPAN("lsv2_pt_3f2b"), PICK_LINE, 1));
	taken = block_take(&block, 100);
	memset(taken, 'x', 100);
	block.pick[0].found = taken;
	block.pick[0].proof = taken;
	block_forget(&block);
	assert_null(block.pick[0].found);
	assert_null(block.pick[0].proof);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(((uint8_t *)taken)[i], 0);
	assert_ptr_equal(block_take(&block, 1), taken);
	assert_span("text", block.pick[0].text, SPAN("lsv2_pt_3f2b"));
}

static void
memory_is_aligned_until_there_is_none(void **state)
{
	uint8_t *first = block_take(&block, 1), *second = block_take(&block, 1);

	(void)state;
	assert_int_equal((uintptr_t)first % _Alignof(max_align_t), 0);
	assert_int_equal((uintptr_t)second % _Alignof(max_align_t), 0);
	assert_true(second > first);
	assert_null(block_take(&block, SIZE_MAX));
	assert_null(block_take(&block, SIZE_MAX - 100));
	assert_null(block_take(&block, block_room(&block) + 1));
	assert_non_null(block_take(&block, block_room(&block)));
	assert_int_equal(block_room(&block), 0);
	assert_null(block_take(&block, 1));
}

/* As many secrets as a block takes have room. */
static void
a_block_of_secrets_has_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < BLOCK_MAX; i++)
		assert_true(block_add(&block, SPAN(SECRET), PICK_LINE, i));
	assert_span("last", block.pick[BLOCK_MAX - 1].secret, SPAN(SECRET));
	block_clear(&block);
	assert_true(store_is_zero());
}

static void
only_what_is_no_id_must_be_looked_up(void **state)
{
	(void)state;
	assert_false(block_has_lookups(&block, true));
	block_add(&block, SPAN(ID), PICK_LINE, 1);
	assert_false(block_has_lookups(&block, false));
	assert_true(block_has_lookups(&block, true));
	block_add(&block, SPAN("lsv2_pt_3f2b"), PICK_LINE, 2);
	assert_true(block_has_lookups(&block, false));
	block_clear(&block);
	block_add(&block, SPAN(SECRET), PICK_SELF, 1);
	assert_true(block_has_lookups(&block, false));
}

static void
what_is_added_again_is_an_id(void **state)
{
	struct pick p = { .form = PICK_SECRET,
		          .text = SPAN(SECRET),
		          .secret = SPAN(SECRET),
		          .has_id = true,
		          .done = true };

	(void)state;
	block_add_again(&block, &p);
	assert_int_equal(block.count, 1);
	assert_int_equal(block.pick[0].form, PICK_ID);
	assert_int_equal(block.pick[0].secret.len, 0);
	assert_false(block.pick[0].done);
	assert_false(block_has_lookups(&block, false));
}

static void
the_token_that_authenticates_is_known_by_its_id(void **state)
{
	struct uuid one = { { 1 } }, two = { { 2 } };

	(void)state;
	assert_false(block_is_self(&block, &one));
	block.self[0] = two;
	assert_false(block_is_self(&block, &two));
	block.self_count = 1;
	assert_true(block_is_self(&block, &two));
	assert_false(block_is_self(&block, &one));
}

/* --- Lookups --- */

#define ID_OF(digit) #digit "1111111-2222-4333-8444-555555555555"
#define R(digit, key) "{\"id\":\"" ID_OF(digit) "\",\"short_key\":\"" key "\"}"
#define R1 R(1, "lsv2_pt_0123...9876")
#define R2 R(2, "lsv2_pt_4567...0000")
#define R3 R(3, "lsv2_pt_0123...1111")
#define SAY(status, fields, body) \
	{ \
		.say = "HTTP/1.1 " status \
		       " R\r\nContent-Type: application/json\r\n" fields \
		       "\r\n" body, \
		.end = PEER_CLOSES \
	}
#define LIST(body) SAY("200", "", "[" body "]")
#define TORN(body) SAY("200", "Content-Length: 9999\r\n", "[" body ",")
#define TURNS_MAX 3

static struct api api;
static struct api_identity identity;
static struct verify verify; /* of no use without TLS */
static struct url server;
static struct api_result failed;

/* As many turns as there are, and no request beyond them. */
static bool
look_up(const struct peer_turn turns[TURNS_MAX], bool ids, const char *label)
{
	struct peer peer;
	size_t count = 0;
	bool read;

	while (count < TURNS_MAX && turns[count].say != NULL)
		count++;
	peer_start(&peer, turns, count);
	memset(&api, 0, sizeof(api));
	memset(&failed, 0, sizeof(failed));
	memcpy(server.host, "127.0.0.1", sizeof("127.0.0.1"));
	server.port = peer.port;
	memcpy(identity.secret, "key", 3);
	identity.secret_len = 3;
	client_init(&api.client, &server, &verify);
	api.identity = &identity;
	api.user_agent = "patrm/test";
	api.timeout = 5000;
	api.retries = 1;
	read = block_look_up(&block, &api, ids, &failed);
	client_close(&api.client);
	peer_stop(&peer);
	assert_row(label, peer.log->requests == count);
	return read;
}

/* TOKENs, apart by a blank, as lines; ! is --self. */
static void
add_tokens(const char *tokens)
{
	struct span rest = span_of(tokens), one;
	unsigned long number = 0;

	clear(NULL);
	while (span_cut(&rest, ' ', &one))
		if (span_equal(one, SPAN("!")))
			block_add(&block, SPAN(SECRET), PICK_SELF, 0);
		else
			block_add(&block, one, PICK_LINE, ++number);
}

/*
 * What became of each, apart by a blank: the number of matches, = and the
 * first digit of its id; then: own, clash, done, no room, weak.
 */
static void
put_picks(struct buf *out)
{
	for (size_t i = 0; i < block.count; i++) {
		const struct pick *p = &block.pick[i];
		char text[40];

		snprintf(text, sizeof(text), "%s%lu", i > 0 ? " " : "",
		         p->matches);
		buf_text(out, text);
		if (p->has_id) {
			snprintf(text, sizeof(text), "=%x",
			         (unsigned)p->id.byte[0] >> 4);
			buf_text(out, text);
		}
		buf_text(out, p->own ? "o" : "");
		buf_text(out, p->clash ? "c" : "");
		buf_text(out, p->done ? "d" : "");
		buf_text(out, p->no_room ? "n" : "");
		buf_text(out, p->has_id && pick_is_weak(p) ? "w" : "");
	}
}

static const struct lookup_row {
	const char *label, *tokens;
	struct peer_turn turns[TURNS_MAX];
	const char *picks;
	int status; /* of the list that could not be read */
	bool ids, hidden;
} lookups[] = {
	/* The caller's own go first; others are asked for if need be. */
	{ "among one's own",
	  "lsv2_pt_0123",
	  { LIST(R1 "," R2) },
	  .picks = "1=1o" },
	{ "among others'",
	  "lsv2_pt_0123",
	  { LIST(R2), LIST(R2 "," R1) },
	  .picks = "1=1" },
	{ "nowhere",
	  "lsv2_pt_ffff",
	  { LIST(R1), LIST(R1 "," R2) },
	  .picks = "0" },
	{ "in no list", "lsv2_pt_0123", { LIST(""), LIST("") }, .picks = "0" },
	{ "several own",
	  "lsv2_pt_0123",
	  { LIST(R1 "," R2 "," R3) },
	  .picks = "2o" },
	{ "several others'",
	  "lsv2_pt_0123",
	  { LIST(R2), LIST(R1 "," R3) },
	  .picks = "2" },
	{ "one own, and another's, which is not looked for",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), LIST(R1 "," R3 "," R2) },
	  .picks = "1=1o 1=2" },
	{ "several own, and another's",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1 "," R3), LIST(R1 "," R3 "," R2) },
	  .picks = "2o 1=2" },
	{ "one that is listed twice",
	  "lsv2_pt_0123",
	  { LIST(R1 "," R1) },
	  .picks = "1=1o" },
	{ "both ends decide",
	  "lsv2_pt_0123...1111",
	  { LIST(R1 "," R3) },
	  .picks = "1=3o" },
	{ "a secret", SECRET, { LIST(R1 "," R2 "," R3) }, .picks = "1=1o" },
	{ "a secret that little confirms",
	  SECRET,
	  { LIST(R(1, "lsv2_pt_0123")) },
	  .picks = "1=1ow" },
	{ "a record without a short key",
	  "lsv2_pt_0123",
	  { LIST("{\"id\":\"" ID_OF(1) "\"}"),
	    LIST("{\"id\":\"" ID_OF(1) "\",\"short_key\":null}") },
	  .picks = "0" },
	{ "what is no TOKEN",
	  "x lsv2_pt_0123",
	  { LIST(R1) },
	  .picks = "0 1=1o" },
	/* ids */
	{ "an id is not looked up",
	  ID_OF(1) " " ID_OF(2) " lsv2_pt_0123...1111",
	  { LIST(R1 "," R3) },
	  .picks = "0=1o 0=2 1=3o" },
	{ "ids are looked up",
	  ID_OF(1) " " ID_OF(2) " " ID_OF(3),
	  { LIST(R1), LIST(R1 "," R2) },
	  .picks = "1=1o 1=2 0=3",
	  .ids = true },
	/* --self */
	{ "itself", "!", { LIST(R1 "," R2) }, .picks = "1=1o" },
	{ "itself is not another's", "!", { LIST(R2) }, .picks = "0" },
	{ "itself beside another",
	  "! lsv2_pt_4567",
	  { LIST(R3), LIST(R1 "," R2) },
	  .picks = "0 1=2" },
	/* Two that name one token. */
	{ "a short key and its secret",
	  "lsv2_pt_0123 " SECRET,
	  { LIST(R1) },
	  .picks = "1=1o 1=1od" },
	{ "a secret twice",
	  SECRET " " SECRET,
	  { LIST(R1) },
	  .picks = "1=1o 1=1od" },
	{ "an id and a short key",
	  ID_OF(1) " lsv2_pt_0123",
	  { LIST(R1) },
	  .picks = "0=1o 1=1od" },
	{ "two that contradict each other",
	  "lsv2_pt_0123...9876 lsv2_pt_0123...1111",
	  { LIST(R(1, "lsv2_pt_0123")) },
	  .picks = "1=1ocw 1=1ocw" },
	{ "two secrets",
	  SECRET " lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9877",
	  { LIST(R(1, "lsv2_pt_01234567")) },
	  .picks = "1=1oc 1=1oc" },
	/* The members' list is not for everybody. */
	{ "403",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), SAY("403", "", "{}") },
	  .picks = "1=1o 0",
	  .hidden = true },
	{ "404",
	  "lsv2_pt_4567",
	  { LIST(R1), SAY("404", "", "{}") },
	  .picks = "0",
	  .hidden = true },
	{ "405",
	  "lsv2_pt_4567",
	  { LIST(R1), SAY("405", "", "{}") },
	  .picks = "0",
	  .hidden = true },
	/* Only what was read whole decides. */
	{ "401",
	  "lsv2_pt_0123",
	  { SAY("401", "", "{}") },
	  .picks = "0",
	  .status = 3 },
	{ "401 then",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), SAY("401", "", "{}") },
	  .picks = "1=1o 0",
	  .status = 3 },
	{ "no list",
	  "lsv2_pt_0123",
	  { SAY("422", "", "{}") },
	  .picks = "0",
	  .status = 1 },
	{ "no list of others",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), SAY("422", "", "{}") },
	  .picks = "1=1o 0",
	  .status = 1 },
	{ "one is no token",
	  "lsv2_pt_0123",
	  { LIST(R1 ",7") },
	  .picks = "0",
	  .status = 1 },
	{ "one of others is no token",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { LIST(R1), LIST(R2 ",7") },
	  .picks = "1=1o 0",
	  .status = 1 },
	{ "no end",
	  "lsv2_pt_0123",
	  { SAY("200", "", "[" R1) },
	  .picks = "0",
	  .status = 1 },
	{ "torn, then whole",
	  "lsv2_pt_0123 lsv2_pt_4567",
	  { TORN(R3 "," R2), LIST(R1), LIST(R1) },
	  .picks = "1=1o 0" },
	{ "torn, then torn",
	  "lsv2_pt_0123",
	  { TORN(R1), TORN(R1) },
	  .picks = "0",
	  .status = 1 },
};

static void
each_token_is_looked_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lookups); i++) {
		const struct lookup_row *row = &lookups[i];
		uint8_t room[128];
		struct buf picks = BUF_OVER(room);
		bool read;

		add_tokens(row->tokens);
		read = look_up(row->turns, row->ids, row->label);
		put_picks(&picks);
		assert_span(row->label, buf_written(&picks),
		            span_of(row->picks));
		assert_row(row->label, read == (row->status == 0));
		assert_row(row->label, read || failed.status == row->status);
		assert_row(row->label, block.members_hidden == row->hidden);
	}
}

/* Once it is known that they are hidden, it is not asked again. */
static void
a_hidden_list_is_asked_for_once(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(R1) };

	(void)state;
	add_tokens("lsv2_pt_4567");
	block.members_hidden = true;
	assert_true(look_up(turns, false, "hidden"));
	assert_int_equal(block.pick[0].matches, 0);
}

/* Two TOKENs that match the one token of that short key. */
struct pair {
	const char *label, *one, *other, *short_key;
};

static void
look_up_pair(const struct pair *pair, bool swapped)
{
	char say[300], tokens[200];
	const struct peer_turn turns[TURNS_MAX] = { { .say = say,
		                                      .end = PEER_CLOSES } };

	snprintf(say, sizeof(say),
	         "HTTP/1.1 200 R\r\nContent-Type: application/json\r\n\r\n"
	         "[{\"id\":\"" ID_OF(1) "\",\"short_key\":\"%s\"}]",
	         pair->short_key);
	snprintf(tokens, sizeof(tokens), "%s %s",
	         swapped ? pair->other : pair->one,
	         swapped ? pair->one : pair->other);
	add_tokens(tokens);
	assert_row(pair->label, look_up(turns, false, pair->label));
	assert_row(pair->label, block.pick[0].matches == 1);
	assert_row(pair->label, block.pick[1].matches == 1);
}

static void
two_that_agree_are_one_in_any_order(void **state)
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
		assert_row(pairs[i / 2].label, !block.pick[0].clash);
		assert_row(pairs[i / 2].label, !block.pick[1].clash);
		assert_row(pairs[i / 2].label, block.pick[1].done);
	}
}

static void
two_that_contradict_clash_in_any_order(void **state)
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
		assert_row(pairs[i / 2].label, block.pick[0].clash);
		assert_row(pairs[i / 2].label, block.pick[1].clash);
		assert_row(pairs[i / 2].label, !block.pick[1].done);
	}
}

/* A secret that is in no list must not pass for one that was named twice. */
static void
what_contradicts_one_of_several_is_not_done(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(
		R(1, "lsv2_pt_0123")) };
	static const char *const tokens[] = {
		"lsv2_pt_0123...9876 lsv2_pt_0123 lsv2_pt_0123...1111",
		"lsv2_pt_0123 lsv2_pt_0123...9876 lsv2_pt_0123...1111",
		ID_OF(1) " lsv2_pt_0123...9876 lsv2_pt_0123...1111",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(tokens); i++) {
		add_tokens(tokens[i]);
		assert_row(tokens[i], look_up(turns, false, tokens[i]));
		assert_row(tokens[i], block.pick[2].clash);
		assert_row(tokens[i], !block.pick[2].done);
	}
}

/* What is shown, and what is proven later, comes from these. */
static void
what_is_found_is_kept(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(
		" { \"short_key\" : \"lsv2_pt_0123...9876\" ,\n\"id\":\"" ID_OF(
			1) "\", \"x\":\"\xc3\xa4\" } ," R3 "," R2) };
	const struct pick *p = block.pick;

	(void)state;
	add_tokens("lsv2_pt_0123...9876 " SECRET " lsv2_pt_0123");
	assert_true(look_up(turns, false, "found"));
	assert_span(
		"record", p->found->record,
		SPAN("{\"short_key\":\"lsv2_pt_0123...9876\",\"id\":\"" ID_OF(
			1) "\",\"x\":\"\\u00e4\"}"));
	assert_null(p->found->next);
	assert_true(uuid_equal(&p->found->id, &p->id));
	assert_span("key", (struct span){ p->short_key, p->short_key_len },
	            SPAN("lsv2_pt_0123...9876"));
	assert_int_equal(p->confirmed, 8);
	/* Of the secret that is the same token, to prove its end. */
	assert_span("secret", p->secret, SPAN(SECRET));
	/* All that the last one may be. */
	assert_int_equal(p[2].matches, 2);
	assert_non_null(p[2].found->next);
	assert_null(p[2].found->next->next);
	assert_span("candidate", p[2].found->record, SPAN(R3));
}

static void
only_so_many_candidates_are_kept(void **state)
{
	static char say[2000];
	const struct peer_turn turns[TURNS_MAX] = { { .say = say,
		                                      .end = PEER_CLOSES } };
	int at = sprintf(say, "HTTP/1.1 200 R\r\nContent-Type: "
	                      "application/json\r\n\r\n[");
	size_t count = 0;

	(void)state;
	for (unsigned i = 0; i < CANDIDATES_MAX + 2; i++)
		at += sprintf(say + at,
		              "%s{\"id\":\"%08x-2222-4333-8444-555555555555\","
		              "\"short_key\":\"lsv2_pt_0123\"}",
		              i > 0 ? "," : "", i);
	sprintf(say + at, "]");
	add_tokens("lsv2_pt_0123");
	assert_true(look_up(turns, false, "ten"));
	assert_int_equal(block.pick[0].matches, CANDIDATES_MAX + 2);
	assert_false(block.pick[0].has_id);
	assert_false(block.pick[0].no_room);
	for (const struct pick_found *f = block.pick[0].found; f != NULL;
	     f = f->next)
		count++;
	assert_int_equal(count, CANDIDATES_MAX);
}

/* Another attempt takes no more memory than the first would have. */
static void
what_a_torn_list_took_is_given_back(void **state)
{
	static const struct peer_turn torn[TURNS_MAX] = { TORN(R1 "," R2),
		                                          LIST(R1 "," R2) };
	static const struct peer_turn whole[TURNS_MAX] = { LIST(R1 "," R2) };
	size_t room;

	(void)state;
	add_tokens("lsv2_pt_0123 lsv2_pt_4567");
	assert_true(look_up(whole, false, "whole"));
	room = block_room(&block);
	add_tokens("lsv2_pt_0123 lsv2_pt_4567");
	assert_true(look_up(torn, false, "torn"));
	assert_int_equal(block_room(&block), room);
}

static void
a_record_without_room_is_told(void **state)
{
	static const struct peer_turn turns[TURNS_MAX] = { LIST(R1 "," R2) };
	uint8_t room[64];
	struct buf picks = BUF_OVER(room);
	size_t left = sizeof(struct pick_found) + sizeof(R1) + 32;

	(void)state;
	add_tokens("lsv2_pt_0123 lsv2_pt_4567");
	assert_non_null(block_take(&block, block_room(&block) - left));
	assert_true(look_up(turns, false, "no room"));
	put_picks(&picks);
	assert_span("picks", buf_written(&picks), SPAN("1=1o 1on"));
	assert_null(block.pick[1].found);
}

/* It is kept to be called by; a short key that is very long is none. */
static void
a_short_key_has_a_longest_length(void **state)
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
		add_tokens("lsv2_pt_0123");
		block.members_hidden = true;
		assert_row(rows[i].label, look_up(turns, false, rows[i].label));
		assert_row(rows[i].label,
		           block.pick[0].matches == rows[i].matches);
		assert_row(rows[i].label,
		           block.pick[0].short_key_len == rows[i].kept);
	}
}

/* Of the caller's own list, when it was read last. */
static void
the_token_that_authenticates_is_found(void **state)
{
	static const struct {
		const char *label;
		struct peer_turn turns[TURNS_MAX];
		bool first, second;
	} rows[] = {
		{ "one", { LIST(R1 "," R2) }, true, false },
		{ "torn, then whole",
		  { TORN(R(2, "lsv2_pt_0123")), LIST(R1) },
		  true,
		  false },
		{ "two",
		  { LIST(R1 "," R(2, "lsv2_pt_0123") "," R3) },
		  true,
		  true },
		{ "of members", { LIST(""), LIST(R1 "," R2) }, false, false },
		{ "as before", { SAY("422", "", "{}") }, false, true },
		{ "torn, and as before",
		  { TORN(R1), SAY("422", "", "{}") },
		  false,
		  true },
	};
	struct uuid one, two;

	(void)state;
	assert_true(uuid_parse(SPAN(ID_OF(1)), &one));
	assert_true(uuid_parse(SPAN(ID_OF(2)), &two));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].label;

		add_tokens("lsv2_pt_0123");
		block.secret = SPAN(SECRET);
		block.self[0] = two;
		block.self_count = 1;
		look_up(rows[i].turns, false, label);
		assert_row(label, block_is_self(&block, &one) == rows[i].first);
		assert_row(label,
		           block_is_self(&block, &two) == rows[i].second);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_id_is_added_once, clear),
		cmocka_unit_test_setup(what_is_no_token_is_added_as_bad, clear),
		cmocka_unit_test_setup(a_secret_is_kept_until_it_is_wiped,
		                       clear),
		cmocka_unit_test_setup(
			what_is_forgotten_is_wiped_and_the_texts_stay, clear),
		cmocka_unit_test_setup(memory_is_aligned_until_there_is_none,
		                       clear),
		cmocka_unit_test_setup(a_block_of_secrets_has_room, clear),
		cmocka_unit_test_setup(only_what_is_no_id_must_be_looked_up,
		                       clear),
		cmocka_unit_test_setup(what_is_added_again_is_an_id, clear),
		cmocka_unit_test_setup(
			the_token_that_authenticates_is_known_by_its_id, clear),
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
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/block", tests, NULL, NULL);
}
