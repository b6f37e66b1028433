/* SPDX-License-Identifier: MIT */
/* Tests of deletion/batch: what it keeps of TOKENs, and its memory. */
#include "deletion/batch.h"

#include "unit.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"

static struct batch batch;

static bool store_is_zero(void)
{
	for (size_t i = 0; i < sizeof(batch.store); i++)
		if (batch.store[i] != 0)
			return false;
	return true;
}

static int clear(void **state)
{
	(void)state;
	memset(&batch, 0, sizeof(batch));
	return 0;
}

static void an_id_is_added_once(void **state)
{
	(void)state;
	assert_true(batch_add(&batch, SPAN(ID), TARGET_ARGUMENT, 1));
	assert_false(batch_add(&batch,
	                       SPAN("3F2B6C1E-8A4D-4C55-9A77-"
	                            "2F1F0F3B9D10"),
	                       TARGET_LINE, 2));
	assert_int_equal(batch.count, 1);
	/* Once it is done it may come again. */
	target_become(&batch.target[0], TARGET_REPORTED);
	assert_true(batch_add(&batch, SPAN(ID), TARGET_LINE, 3));
	assert_int_equal(batch.count, 2);
	assert_int_equal(batch.target[1].number, 3);
}

static void what_is_no_token_is_added_as_bad(void **state)
{
	static const struct {
		const char *label;
		struct span text;
		enum target_source source;
		enum err_code bad;
	} bad[] = {
		{ "no TOKEN", BYTES("x"), TARGET_LINE, ERR_TOKEN_FORM },
		{ "a long line", { NULL, 0 }, TARGET_LINE, ERR_TOKEN_LONG },
		{ "a secret as argument", BYTES(SECRET), TARGET_ARGUMENT,
		  ERR_TOKEN_SECRET },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct target *p = &batch.target[i];

		assert_row(bad[i].label,
		           batch_add(&batch, bad[i].text, bad[i].source, i));
		assert_row(bad[i].label, p->state == TARGET_INVALID);
		assert_row(bad[i].label, p->invalid == bad[i].bad);
	}
	assert_null(batch_next(&batch, TARGET_SOUGHT, NULL));
	assert_true(store_is_zero());
}

static void a_secret_is_kept_until_it_is_wiped(void **state)
{
	char text[] = SECRET;

	(void)state;
	assert_true(batch_add(&batch, span_of(text), TARGET_LINE, 1));
	memset(text, 'x', strlen(text));
	assert_span("text", batch.target[0].text, SPAN(SECRET));
	assert_span("secret", batch.target[0].secret, SPAN(SECRET));
	batch_forget(&batch);
	assert_span("kept", batch.target[0].secret, SPAN(SECRET));
	batch.asked[LIST_OWN] = batch.hidden[LIST_MEMBERS] = true;
	batch_clear(&batch);
	assert_int_equal(batch.count, 0);
	assert_int_equal(batch_room(&batch), BATCH_STORE_MAX);
	assert_true(store_is_zero());
	/* Whose tokens are shown does not change within a run. */
	assert_true(batch.hidden[LIST_MEMBERS]);
	assert_true(batch.asked[LIST_OWN]);
}

static void what_is_forgotten_is_wiped_and_the_texts_stay(void **state)
{
	void *taken;

	(void)state;
	assert_true(batch_add(&batch, SPAN("lsv2_pt_3f2b"), TARGET_LINE, 1));
	taken = batch_take(&batch, 100);
	memset(taken, 'x', 100);
	batch.target[0].found.candidates = taken;
	batch.target[0].confirmation = taken;
	batch_forget(&batch);
	assert_null(batch.target[0].found.candidates);
	assert_null(batch.target[0].confirmation);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(((uint8_t *)taken)[i], 0);
	assert_ptr_equal(batch_take(&batch, 1), taken);
	assert_span("text", batch.target[0].text, SPAN("lsv2_pt_3f2b"));
}

static void memory_is_aligned_until_there_is_none(void **state)
{
	uint8_t *first = batch_take(&batch, 1), *second = batch_take(&batch, 1);

	(void)state;
	assert_int_equal((uintptr_t)first % _Alignof(max_align_t), 0);
	assert_int_equal((uintptr_t)second % _Alignof(max_align_t), 0);
	assert_true(second > first);
	assert_null(batch_take(&batch, SIZE_MAX));
	assert_null(batch_take(&batch, SIZE_MAX - 100));
	assert_null(batch_take(&batch, batch_room(&batch) + 1));
	assert_non_null(batch_take(&batch, batch_room(&batch)));
	assert_int_equal(batch_room(&batch), 0);
	assert_null(batch_take(&batch, 1));
}

/* As many secrets as a batch takes have room. */
static void a_batch_of_secrets_has_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < BATCH_MAX; i++)
		assert_true(batch_add(&batch, SPAN(SECRET), TARGET_LINE, i));
	assert_span("last", batch.target[BATCH_MAX - 1].secret, SPAN(SECRET));
	batch_clear(&batch);
	assert_true(store_is_zero());
}

static void only_what_is_no_id_must_be_looked_up(void **state)
{
	(void)state;
	batch_add(&batch, SPAN(ID), TARGET_LINE, 1);
	assert_int_equal(batch.target[0].state, TARGET_READY);
	assert_null(batch_next(&batch, TARGET_SOUGHT, NULL));
	batch_add(&batch, SPAN("lsv2_pt_3f2b"), TARGET_LINE, 2);
	assert_int_equal(batch.target[1].state, TARGET_SOUGHT);
	assert_ptr_equal(batch_next(&batch, TARGET_SOUGHT, NULL),
	                 &batch.target[1]);
	assert_null(batch_next(&batch, TARGET_SOUGHT, &batch.target[1]));
	batch_clear(&batch);
	assert_null(batch_next(&batch, TARGET_SOUGHT, NULL));
	batch_add(&batch, SPAN(SECRET), TARGET_SELF, 1);
	assert_non_null(batch_next(&batch, TARGET_SOUGHT, NULL));
	batch_clear(&batch);
	batch.seek_ids = true;
	batch_add(&batch, SPAN(ID), TARGET_LINE, 1);
	assert_non_null(batch_next(&batch, TARGET_SOUGHT, NULL));
}

static void what_is_added_again_is_an_id(void **state)
{
	char secret[] = SECRET;
	struct target p = { .form = TARGET_SECRET,
		            .text = SPAN(SECRET),
		            .secret = span_of(secret),
		            .state = TARGET_HELD,
		            .evidence = { .is_callers = true,
		                          .own = { 7, 0, SIGHT_ACTIVE } } };

	(void)state;
	batch_add_again(&batch, &p);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.target[0].form, TARGET_ID);
	assert_int_equal(batch.target[0].text.len, 0);
	assert_int_equal(batch.target[0].state, TARGET_READY);
	/* Its secret, to prove its end with, is the batch's from now on. */
	memset(secret, 'x', strlen(secret));
	assert_span("secret", batch.target[0].secret, SPAN(SECRET));
	batch_forget(&batch);
	assert_span("kept", batch.target[0].secret, SPAN(SECRET));
	/* What was seen of it is known still. */
	assert_true(batch.target[0].evidence.is_callers);
	assert_int_equal(batch.target[0].evidence.own.tick, 7);
	batch_clear(&batch);
	assert_true(store_is_zero());
}

static void without_a_secret_none_is_added_again(void **state)
{
	const struct target p = { .form = TARGET_ID, .state = TARGET_HELD };

	(void)state;
	batch_add_again(&batch, &p);
	assert_int_equal(batch.target[0].secret.len, 0);
	assert_int_equal(batch_room(&batch), BATCH_STORE_MAX);
}

/* What is to be proven must have been seen: the next tokens were not. */
static void to_verify_each_batch_is_looked_for(void **state)
{
	(void)state;
	batch.verify = batch.asked[LIST_OWN] = batch.hidden[LIST_MEMBERS] =
		true;
	batch_add(&batch, SPAN(ID), TARGET_LINE, 1);
	batch_clear(&batch);
	assert_false(batch.asked[LIST_OWN]);
	assert_true(batch.hidden[LIST_MEMBERS]);
}

/* A list that does not show it proves a deletion, and no revocation. */
static void each_token_knows_what_is_to_be_done(void **state)
{
	(void)state;
	batch.verb = VERB_REVOKE;
	batch_add(&batch, SPAN(ID), TARGET_LINE, 1);
	batch_add(&batch, SPAN("lsv2_pt_3f2b"), TARGET_LINE, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(batch.target[i].evidence.verb, VERB_REVOKE);
		assert_int_equal(batch.target[i].evidence.changed, 0);
	}
}

static void the_token_that_authenticates_is_known_by_its_id(void **state)
{
	struct uuid one = { { 1 } }, two = { { 2 } };

	(void)state;
	assert_false(batch_may_be_self(&batch.selves, &one));
	batch.selves.id[0] = two;
	assert_false(batch_may_be_self(&batch.selves, &two));
	batch.selves.count = 1;
	assert_true(batch_may_be_self(&batch.selves, &two));
	assert_true(batch_is_self(&batch, &two));
	assert_false(batch_may_be_self(&batch.selves, &one));
	/* Of two that it may be, neither is it for sure. */
	batch.selves.id[1] = one;
	batch.selves.count = 2;
	assert_true(batch_may_be_self(&batch.selves, &one));
	assert_false(batch_is_self(&batch, &one));
	assert_false(batch_is_self(&batch, &two));
}

/* --- Bodies of results --- */

static void a_body_outlives_the_answer_that_it_came_in(void **state)
{
	static uint8_t answer[ANSWER_KEPT_MAX + 100];
	static const struct {
		const char *label;
		size_t len, room, kept;
		bool record, is_record; /* it was one, and still is */
	} rows[] = {
		{ "a record", sizeof(answer), BATCH_STORE_MAX, sizeof(answer),
		  true, true },
		{ "a page", sizeof(answer), BATCH_STORE_MAX, ANSWER_KEPT_MAX,
		  false, false },
		{ "nothing", 0, BATCH_STORE_MAX, 0, false, false },
		{ "a record without room", 100, 96, 0, true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct result r = { .has_record = rows[i].record,
			            .body = { answer, rows[i].len } };

		clear(NULL);
		assert_non_null(
			batch_take(&batch, BATCH_STORE_MAX - rows[i].room));
		memset(answer, 'a', sizeof(answer));
		batch_keep_body(&batch, &r);
		memset(answer, 'x', sizeof(answer));
		assert_row(rows[i].label, r.body.len == rows[i].kept);
		assert_row(rows[i].label, r.has_record == rows[i].is_record);
		for (size_t k = 0; k < r.body.len; k++)
			assert_row(rows[i].label, r.body.at[k] == 'a');
	}
}

static void what_is_released_is_wiped(void **state)
{
	size_t used;

	(void)state;
	assert_true(batch_add(&batch, SPAN("lsv2_pt_3f2b"), TARGET_LINE, 1));
	used = batch.used;
	memset(batch_take(&batch, 100), 'x', 100);
	batch_release(&batch, used);
	assert_int_equal(batch.used, used);
	for (size_t i = used; i < sizeof(batch.store); i++)
		assert_int_equal(batch.store[i], 0);
	assert_span("text", batch.target[0].text, SPAN("lsv2_pt_3f2b"));
}

int main(void)
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
		cmocka_unit_test_setup(a_batch_of_secrets_has_room, clear),
		cmocka_unit_test_setup(only_what_is_no_id_must_be_looked_up,
		                       clear),
		cmocka_unit_test_setup(what_is_added_again_is_an_id, clear),
		cmocka_unit_test_setup(without_a_secret_none_is_added_again,
		                       clear),
		cmocka_unit_test_setup(to_verify_each_batch_is_looked_for,
		                       clear),
		cmocka_unit_test_setup(each_token_knows_what_is_to_be_done,
		                       clear),
		cmocka_unit_test_setup(
			the_token_that_authenticates_is_known_by_its_id, clear),
		cmocka_unit_test_setup(
			a_body_outlives_the_answer_that_it_came_in, clear),
		cmocka_unit_test_setup(what_is_released_is_wiped, clear),
	};

	return cmocka_run_group_tests_name("deletion/batch", tests, NULL, NULL);
}
