/* SPDX-License-Identifier: MIT */
/* Tests of cli/prompt: which answers are a yes, and how they are read. */
#include "cli/prompt.h"

#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

static const struct {
	struct span text; /* what is written */
	bool yes; /* as a line */
	bool answer; /* as all that comes, and then the end */
	size_t left; /* bytes that are left to be read */
} rows[] = {
	{ BYTES("y\n"), true, true, 0 },
	{ BYTES("yes\n"), true, true, 0 },
	{ BYTES(" y \r\n"), true, true, 0 },
	{ BYTES("\tyes\t\n"), true, true, 0 },
	{ BYTES("y"), true, false, 0 }, /* without its newline */
	{ BYTES("y\nn\n"), false, true, 2 },
	{ BYTES("n\ny\n"), false, false, 2 },
	{ BYTES(""), false, false, 0 },
	{ BYTES("\n"), false, false, 0 },
	{ BYTES("Y\n"), false, false, 0 },
	{ BYTES("YES\n"), false, false, 0 },
	{ BYTES("ye\n"), false, false, 0 },
	{ BYTES("yess\n"), false, false, 0 },
	{ BYTES("y y\n"), false, false, 0 },
	{ BYTES("y\0\n"), false, false, 0 },
	{ BYTES("no\n"), false, false, 0 },
	/* longer than any yes is */
	{ BYTES("y                \n"), true, false, 0 },
};

static void only_y_and_yes_are_a_yes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row((const char *)rows[i].text.at,
		           prompt_is_yes(rows[i].text) == rows[i].yes);
}

static void one_line_is_read_and_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = (const char *)rows[i].text.at;
		struct prompt p = { 0 };
		uint8_t rest[32];
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		assert_int_equal(
			write(ends[1], rows[i].text.at, rows[i].text.len),
			rows[i].text.len);
		close(ends[1]);
		p.in = ends[0];
		assert_row(label, prompt_answer(&p) == rows[i].answer);
		assert_row(label, read(ends[0], rest, sizeof(rest)) ==
		                          (ssize_t)rows[i].left);
		close(ends[0]);
	}
}

/* A terminal; *user is who types on it. */
static int open_terminal(int *user)
{
	int terminal;

	*user = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(*user >= 0);
	assert_int_equal(grantpt(*user), 0);
	assert_int_equal(unlockpt(*user), 0);
	terminal = open(ptsname(*user), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	return terminal;
}

/* Types, and waits for the echo: then the terminal has it. */
static void type(int user, const char *text)
{
	size_t left = strlen(text);
	char echo;

	assert_int_equal(write(user, text, left), left);
	for (; left > 0; left -= echo != '\r') /* before each newline */
		assert_int_equal(read(user, &echo, 1), 1);
}

/* What was typed too early answers nothing, whole lines or not. */
static void only_what_is_typed_after_the_question_answers(void **state)
{
	static const struct {
		const char *early, *late;
		bool yes;
	} typed[] = {
		{ "y\n", "n\n", false },        { "n\n", "y\n", true },
		{ "y\ny\nyes\n", "\n", false }, { "y", "\n", false },
		{ "n", "yes\n", true },         { "", "y\n", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(typed); i++) {
		struct prompt p = { 0 };
		int user;

		p.in = open_terminal(&user);
		type(user, typed[i].early);
		prompt_forget(&p);
		type(user, typed[i].late);
		assert_row(typed[i].early, prompt_answer(&p) == typed[i].yes);
		close(p.in);
		close(user);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_y_and_yes_are_a_yes),
		cmocka_unit_test(one_line_is_read_and_no_more),
		cmocka_unit_test(only_what_is_typed_after_the_question_answers),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/prompt", tests, NULL, NULL);
}
