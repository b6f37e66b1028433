/* SPDX-License-Identifier: MIT */
/* Tests of base/err: each code has a sentence, and the first error wins. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>

#include "unit.h"

static const struct {
	enum err_code code;
	const char *name;
	int status;
	const char *what, *next;
} list[] = {
#define X(code, status, what, next) { code, #code, status, what, next },
	ERR_LIST(X)
#undef X
};

static uint8_t room[4096];

static struct span what_of(const struct err *e)
{
	struct buf out = BUF_OVER(room);

	err_put_what(&out, e);
	assert_false(out.failed);
	return buf_written(&out);
}

static struct span detail_of(const struct err *e)
{
	return (struct span){ e->detail, e->detail_len };
}

static void none_says_nothing(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(e.code, ERR_NONE);
	assert_int_equal(err_status(ERR_NONE), 0);
	assert_int_equal(what_of(&e).len, 0);
}

static void every_code_has_a_sentence_a_remedy_and_a_status(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(list); i++) {
		const char *mark = strchr(list[i].what, '%');
		struct err e = { 0 };
		struct buf next = BUF_OVER(room);
		struct span what;
		char want[1024];

		assert_row(list[i].name, list[i].what[0] != '\0');
		/* After a deletion that was confirmed nothing is to be done. */
		assert_row(list[i].name,
		           list[i].next[0] != '\0' || list[i].status == 8);
		assert_row(list[i].name,
		           list[i].status >= 1 && list[i].status <= 10);
		assert_int_equal(err_status(list[i].code), list[i].status);
		assert_false(err_set(&e, list[i].code, "DETAIL"));
		assert_int_equal(e.code, list[i].code);
		err_put_next(&next, &e);
		assert_span(list[i].name, buf_written(&next),
		            span_of(list[i].next));
		/* One place for the detail at most, and it is filled in. */
		assert_row(list[i].name,
		           mark == NULL || !strchr(mark + 1, '%'));
		snprintf(want, sizeof(want), "%.*s%s%s",
		         mark ? (int)(mark - list[i].what)
		              : (int)strlen(list[i].what),
		         list[i].what, mark ? "DETAIL" : "",
		         mark ? mark + 1 : "");
		what = what_of(&e);
		assert_span(list[i].name, what, span_of(want));
	}
}

static void the_first_error_wins(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_false(err_set(&e, ERR_URL, "one"));
	assert_false(err_set(&e, ERR_LOOKUP, "two"));
	assert_false(err_set_errno(&e, ERR_SEND, "three", EPIPE));
	assert_int_equal(e.code, ERR_URL);
	assert_span("detail", detail_of(&e), SPAN("one"));
}

static void the_detail_is_printable(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, ERR_FILE_OPEN, "a\033[2Jb\xff\xe2\x80\xae%");
	assert_span("what", what_of(&e),
	            SPAN("cannot open a\\u{1b}[2Jb\\x{ff}\\u{202e}%"));
}

/* Whole characters and whole escapes stay, and the cut is shown. */
static void a_long_detail_is_cut_between_characters(void **state)
{
	static const struct {
		const char *unit, *shown;
	} rows[] = {
		{ "a", "a" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\033", "\\u{1b}" },
		{ "\xff", "\\x{ff}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t n = 0; n < 500; n++) {
			uint8_t text[2048];
			struct buf in = BUF_OVER(text);
			struct err e = { 0 };
			size_t unit = strlen(rows[i].shown), kept;
			bool cut;

			for (size_t k = 0; k < n; k++)
				buf_text(&in, rows[i].unit);
			err_set_span(&e, ERR_HTTP, buf_written(&in));
			kept = e.detail_len;
			assert_true(kept <= ERR_DETAIL_MAX);
			cut = kept != n * unit;
			if (!cut)
				continue;
			assert_true(n * unit > ERR_DETAIL_MAX - 3);
			assert_true(kept > ERR_DETAIL_MAX - 3 - unit);
			assert_memory_equal(e.detail + kept - 3, "...", 3);
			assert_int_equal((kept - 3) % unit, 0);
			assert_memory_equal(e.detail + kept - 3 - unit,
			                    rows[i].shown, unit);
		}
}

static void a_detail_has_values_in_it(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_false(err_format(&e, ERR_MISSING, "HTTP \033 %u%s", 404U, "!"));
	assert_false(err_format(&e, ERR_SEND, "%lu", 2UL));
	assert_int_equal(e.code, ERR_MISSING);
	assert_span("detail", (struct span){ e.detail, e.detail_len },
	            SPAN("HTTP \\u{1b} 404!"));
}

static void an_errno_comes_in_the_system_s_words(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_false(err_set_errno(&e, ERR_CONNECT, "::1", ECONNREFUSED));
	assert_span("what", what_of(&e),
	            SPAN("cannot connect to ::1: Connection refused"));
}

/* A name that is too long to be shown whole is cut, not left out. */
static void an_errno_with_a_long_name_still_names_it(void **state)
{
	struct err e = { 0 };
	char name[4096];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_false(err_set_errno(&e, ERR_FILE_OPEN, name, ENOENT));
	assert_int_equal(e.code, ERR_FILE_OPEN);
	assert_true(e.detail_len > 100 && e.detail_len <= ERR_DETAIL_MAX);
	assert_memory_equal(e.detail, name, 100);
}

/* The sentence of the first is the detail of the other, which counts then. */
static void an_error_is_wrapped_in_another(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, ERR_RECEIVE, "reset");
	err_wrap(&e, ERR_LOST);
	assert_int_equal(e.code, ERR_LOST);
	assert_int_equal(err_status(e.code), EXIT_UNKNOWN);
	assert_span("what", what_of(&e),
	            SPAN("the first answer was lost; then: the connection "
	                 "broke before the answer: reset"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_says_nothing),
		cmocka_unit_test(
			every_code_has_a_sentence_a_remedy_and_a_status),
		cmocka_unit_test(the_first_error_wins),
		cmocka_unit_test(an_error_is_wrapped_in_another),
		cmocka_unit_test(the_detail_is_printable),
		cmocka_unit_test(a_long_detail_is_cut_between_characters),
		cmocka_unit_test(a_detail_has_values_in_it),
		cmocka_unit_test(an_errno_comes_in_the_system_s_words),
		cmocka_unit_test(an_errno_with_a_long_name_still_names_it),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
