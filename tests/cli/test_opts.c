/* SPDX-License-Identifier: MIT */
/* The command line in all its spellings, and what is refused of it. */
#include "unit.h"

#include "cli/opts.h"

#define ARGS_MAX 24

/* Words parted by blanks, as a shell would part them. */
static bool
parse(const char *line, struct opts *o, struct err *e)
{
	static char words[512];
	static char *argv[ARGS_MAX];
	int argc = 0;

	assert_true(strlen(line) < sizeof(words));
	memcpy(words, line, strlen(line) + 1);
	for (char *word = strtok(words, " "); word != NULL;
	     word = strtok(NULL, " ")) {
		assert_true(argc < ARGS_MAX);
		argv[argc++] = word;
	}
	*e = (struct err){ 0 };
	return opts_parse(o, argc, argv, e);
}

static void
every_spelling_is_read(void **state)
{
	static const char *const rows[] = {
		"patrm -e URL -k FILE -j -t 5 A B",
		"patrm -eURL -kFILE -jt5 A B",
		"patrm --endpoint URL --api-key-file FILE --json --timeout 5 "
		"A B",
		"patrm --endpoint=URL --api-key-file=FILE --json --timeout=5 "
		"A B",
		"patrm A -e URL B -k FILE -j -t 5",
		"patrm -e URL -k FILE -j -t 5 -- A B",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct opts o;
		struct err e;

		assert_row(rows[i], parse(rows[i], &o, &e));
		assert_string_equal(o.endpoint, "URL");
		assert_string_equal(o.api_key_file, "FILE");
		assert_string_equal(o.timeout, "5");
		assert_row(rows[i], o.json && !o.quiet && !o.verbose);
		assert_row(rows[i], o.region == NULL && o.pins[0] == NULL);
		assert_int_equal(o.token_count, 2);
		assert_string_equal(o.tokens[0], "A");
		assert_string_equal(o.tokens[1], "B");
	}
}

static void
a_hyphen_is_a_token_and_so_is_all_behind_two(void **state)
{
	struct opts o;
	struct err e;

	(void)state;
	assert_true(parse("patrm - -- -j --json --", &o, &e));
	assert_int_equal(o.token_count, 4);
	assert_string_equal(o.tokens[0], "-");
	assert_string_equal(o.tokens[1], "-j");
	assert_string_equal(o.tokens[3], "--");
	assert_false(o.json);
}

static void
what_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *line, *detail;
		enum err_code code;
	} rows[] = {
		{ "patrm --nope", "--nope", ERR_OPTION },
		{ "patrm --list", "--list", ERR_OPTION },
		{ "patrm --js", "--js", ERR_OPTION },
		{ "patrm --", "", ERR_NONE },
		{ "patrm ---", "---", ERR_OPTION },
		{ "patrm -Z", "in argument 1", ERR_OPTION },
		{ "patrm -jz", "-jz", ERR_OPTION },
		{ "patrm A --lsv2_pt_3f2b", "in argument 2", ERR_OPTION },
		{ "patrm --s3cret=x", "in argument 1", ERR_OPTION },
		{ "patrm -e", "--endpoint", ERR_OPTION_VALUE },
		{ "patrm --cacert", "--cacert", ERR_OPTION_VALUE },
		{ "patrm --json=yes", "--json", ERR_OPTION_NO_VALUE },
		{ "patrm -e A --endpoint=B", "--endpoint", ERR_OPTION_TWICE },
		{ "patrm -j --json", "", ERR_NONE },
		{ "patrm --pin a --pin b", "", ERR_NONE },
		{ "patrm --pin 1 --pin 2 --pin 3 --pin 4 --pin=5 --pin=6 "
		  "--pin=7 --pin=8 --pin=9 --pin=10 --pin=11 --pin=12 --pin=13 "
		  "--pin=14 --pin=15 --pin=16 --pin=17",
		  "--pin", ERR_OPTION_OFTEN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].line;
		struct opts o;
		struct err e;

		assert_row(label,
		           parse(label, &o, &e) == (rows[i].code == ERR_NONE));
		assert_row(label, e.code == rows[i].code);
		assert_span(label, (struct span){ e.detail, e.detail_len },
		            span_of(rows[i].detail));
	}
}

static void
help_fits_a_terminal(void **state)
{
	static uint8_t room[8192];
	struct buf out = BUF_OVER(room);
	struct span rest, line;

	(void)state;
	opts_put_help(&out);
	assert_false(out.failed);
	rest = buf_written(&out);
	while (span_cut(&rest, '\n', &line))
		assert_true(line.len <= 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_is_read),
		cmocka_unit_test(a_hyphen_is_a_token_and_so_is_all_behind_two),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(help_fits_a_terminal),
	};

	return cmocka_run_group_tests_name("cli/opts", tests, NULL, NULL);
}
