/* SPDX-License-Identifier: MIT */
/* Tests of cli/block: what it keeps of TOKENs, and its memory. */
#include "cli/block.h"

#include "unit.h"

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
	block_clear(&block);
	assert_int_equal(block.count, 0);
	assert_int_equal(block_room(&block), STORE_MAX);
	assert_true(store_is_zero());
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
	};

	return cmocka_run_group_tests_name("cli/block", tests, NULL, NULL);
}
