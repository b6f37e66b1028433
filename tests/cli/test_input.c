/* SPDX-License-Identifier: MIT */
/* Tests of cli/input: lines of standard input, in any pieces. */
/* links: tests/net/peer.c */
#include "cli/input.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/peer.h"
#include "net/wait.h"

static struct input input;
static int saved_stdin;

static int keep_stdin(void **state)
{
	(void)state;
	saved_stdin = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
	return saved_stdin < 0;
}

static int restore_stdin(void **state)
{
	(void)state;
	return dup2(saved_stdin, STDIN_FILENO) != STDIN_FILENO;
}

/* Standard input from a pipe into which a child writes such pieces. */
static pid_t feed(struct span text, size_t piece)
{
	int ends[2];
	pid_t child;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(10);
		close(ends[0]);
		while (text.len > 0) {
			size_t len = text.len < piece ? text.len : piece;

			if (write(ends[1], text.at, len) != (ssize_t)len)
				_exit(1);
			text = span_skip(text, len);
		}
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	input_wipe(&input);
	return child;
}

/* The same from a file in memory, as much at once as is asked for. */
static void feed_file(struct span text)
{
	int file = memfd_create("input", MFD_CLOEXEC);

	assert_int_equal(write(file, text.at, text.len), text.len);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
	close(file);
	input_wipe(&input);
}

/* All lines to the end, as "1:text|3:text|", with ! for those too long. */
static void put_lines(struct buf *out)
{
	struct err e = { 0 };
	struct span line;

	while (input_next(&input, true, &line, &e)) {
		buf_byte(out, (uint8_t)('0' + input.number));
		buf_byte(out, input.too_long ? '!' : ':');
		buf_span(out, line);
		buf_byte(out, '|');
	}
	assert_int_equal(e.code, ERR_NONE);
	/* The end stays the end. */
	assert_false(input_next(&input, true, &line, &e));
	assert_int_equal(e.code, ERR_NONE);
}

static const struct {
	struct span text;
	const char *lines;
} rows[] = {
	{ BYTES(""), "" },
	{ BYTES("\n"), "" },
	{ BYTES("\n\n \n\t\r\n"), "" },
	{ BYTES("a"), "1:a|" },
	{ BYTES("a\n"), "1:a|" },
	{ BYTES("a\r\n"), "1:a|" },
	{ BYTES("a\r"), "1:a|" },
	{ BYTES("a\nb\nc\n"), "1:a|2:b|3:c|" },
	{ BYTES("a\nb\nc"), "1:a|2:b|3:c|" },
	{ BYTES("\r\na\r\n\r\nb"), "2:a|4:b|" },
	{ BYTES("# c\na\n  # c\n#\nb # c\n"), "2:a|5:b # c|" },
	{ BYTES(" \ta b\t \n"), "1:a b|" },
	{ BYTES("a\rb\n"), "1:a\rb|" },
	{ BYTES("a\n\n"), "1:a|" },
	{ BYTES("-\n--\n"), "1:-|2:--|" },
	/* a byte order mark is no part of the first line, and of it alone */
	{ BYTES("\xef\xbb\xbf"), "" },
	{ BYTES("\xef\xbb\xbf\na"), "2:a|" },
	{ BYTES("\xef\xbb\xbf"
	        "a\nb"),
	  "1:a|2:b|" },
	{ BYTES("\xef\xbb\xbf# c\r\nb"), "2:b|" },
	{ BYTES("\xef\xbb\xbf a \n"), "1:a|" },
	{ BYTES("\xef\xbb"), "1:\xef\xbb|" },
	{ BYTES("\xef\xbb"
	        "a"),
	  "1:\xef\xbb"
	  "a|" },
	{ BYTES("a\n\xef\xbb\xbf"
	        "b"),
	  "1:a|2:\xef\xbb\xbf"
	  "b|" },
	{ BYTES("\n\xef\xbb\xbf"
	        "b"),
	  "2:\xef\xbb\xbf"
	  "b|" },
	{ BYTES("{}\n"), "1:{}|" },
};

static void lines_are_the_same_in_any_pieces(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < COUNT(pieces); k++) {
			const char *label = (const char *)rows[i].text.at;
			uint8_t room[64];
			struct buf out = BUF_OVER(room);
			pid_t child = feed(rows[i].text, pieces[k]);

			put_lines(&out);
			waitpid(child, NULL, 0);
			assert_span(label, buf_written(&out),
			            span_of(rows[i].lines));
		}
}

static void a_nul_is_a_byte_like_others(void **state)
{
	uint8_t room[64];
	struct buf out = BUF_OVER(room);

	(void)state;
	feed_file(SPAN("a\0b\n\0\n"));
	put_lines(&out);
	assert_span("lines", buf_written(&out), SPAN("1:a\0b|2:\0|"));
}

/* Behind a comment of any length a line crosses the end of what is read. */
static void lines_are_the_same_at_the_end_of_a_chunk(void **state)
{
	static uint8_t text[INPUT_CHUNK + 64];
	static const char lines[] = "\nabc\r\n# d\n\nef\n";

	(void)state;
	for (size_t at = INPUT_CHUNK - 20; at <= INPUT_CHUNK + 2; at++) {
		uint8_t room[64];
		struct buf out = BUF_OVER(room);

		memset(text, '#', at);
		memcpy(text + at, lines, sizeof(lines) - 1);
		feed_file((struct span){ text, at + sizeof(lines) - 1 });
		put_lines(&out);
		assert_span("lines", buf_written(&out), SPAN("2:abc|5:ef|"));
	}
}

static void long_lines_are_cut_and_marked(void **state)
{
	static const struct {
		size_t len;
		bool too_long;
	} lengths[] = {
		{ LINE_MAX_BYTES - 1, false }, { LINE_MAX_BYTES, false },
		{ LINE_MAX_BYTES + 1, true },  { INPUT_CHUNK - 1, true },
		{ INPUT_CHUNK, true },         { INPUT_CHUNK + 1, true },
		{ RECORD_LINE_MAX, true },     { 3000000, true },
	};
	static uint8_t text[3000002];

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t len = lengths[i].len;
		struct err e = { 0 };
		struct span line;

		memset(text, 'x', len);
		memcpy(text + len, "\ny", 2);
		feed_file((struct span){ text, len + 2 });
		assert_true(input_next(&input, true, &line, &e));
		assert_true(line.len == len || line.len == RECORD_LINE_MAX);
		assert_int_equal(input.too_long, lengths[i].too_long);
		/* The next one is whole again. */
		assert_true(input_next(&input, true, &line, &e));
		assert_span("next", line, SPAN("y"));
		assert_int_equal(input.number, 2);
		assert_false(input.too_long);
	}
}

/* Whatever pieces it comes in; and it is wiped, as all lines are. */
static void a_record_may_be_long(void **state)
{
	static const struct {
		const char *begin;
		size_t len;
		bool too_long;
	} lengths[] = {
		{ "{", LINE_MAX_BYTES + 1, false },
		{ "{", RECORD_LINE_MAX, false },
		{ "{", RECORD_LINE_MAX + 1, true },
		{ "\xef\xbb\xbf{", RECORD_LINE_MAX, false },
		{ " {", LINE_MAX_BYTES + 1, false },
		{ "\t  {", RECORD_LINE_MAX, false },
		{ " {", RECORD_LINE_MAX + 1, true },
		{ "[{", LINE_MAX_BYTES + 1, true },
	};
	static uint8_t text[RECORD_LINE_MAX + 3];

	(void)state;
	for (size_t i = 0; i < COUNT(lengths) * 2; i++) {
		size_t len = lengths[i / 2].len;
		struct err e = { 0 };
		struct span line;
		pid_t child;

		memset(text, 'x', len);
		memcpy(text, lengths[i / 2].begin,
		       strlen(lengths[i / 2].begin));
		memcpy(text + len, "\ny", 2);
		child = feed((struct span){ text, len + 2 },
		             i % 2 == 0 ? 1021 : sizeof(text));
		assert_true(input_next(&input, true, &line, &e));
		assert_row(lengths[i / 2].begin,
		           input.too_long == lengths[i / 2].too_long);
		assert_true(input_next(&input, true, &line, &e));
		assert_span("next", line, SPAN("y"));
		waitpid(child, NULL, 0);
		input_wipe(&input);
		for (size_t k = 0; k < sizeof(input.line); k++)
			assert_int_equal(input.line[k], 0);
	}
}

/*
 * A mark that comes alone, or in pieces, and blanks that do, say nothing of how
 * long the line may be.
 */
static void a_record_may_begin_in_pieces(void **state)
{
	static const char mark[] = "\xef\xbb\xbf \t{";
	static uint8_t text[3 * LINE_MAX_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, mark, sizeof(mark) - 1);
	for (size_t first = 1; first < sizeof(mark); first++) {
		struct err e = { 0 };
		struct span line;
		pid_t child = feed((struct span){ text, sizeof(text) }, first);

		assert_true(input_next(&input, true, &line, &e));
		assert_false(input.too_long);
		assert_int_equal(line.len, sizeof(text) - 5);
		waitpid(child, NULL, 0);
		input_wipe(&input);
	}
}

/* It has a TOKEN, if far to the right: it must not go by in silence. */
static void a_long_line_that_begins_blank_is_told(void **state)
{
	static uint8_t text[RECORD_LINE_MAX + 2];
	struct err e = { 0 };
	struct span line;

	(void)state;
	memset(text, ' ', RECORD_LINE_MAX);
	memcpy(text + RECORD_LINE_MAX, "x\n", 2);
	feed_file(span_skip((struct span){ text, sizeof(text) }, 1));
	assert_true(input_next(&input, true, &line, &e));
	assert_false(input.too_long);
	assert_span("line", line, SPAN("x"));
	feed_file((struct span){ text, sizeof(text) });
	assert_true(input_next(&input, true, &line, &e));
	assert_true(input.too_long);
	assert_false(input_next(&input, true, &line, &e));
	/* A comment is one at any length. */
	memset(text, '#', RECORD_LINE_MAX);
	feed_file((struct span){ text, sizeof(text) });
	assert_false(input_next(&input, true, &line, &e));
}

static void what_cannot_be_read_is_an_error(void **state)
{
	static const char *const paths[] = { "/", "/proc/self/mem" };
	struct span line;

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		int file = open(paths[i], O_RDONLY | O_CLOEXEC);
		struct err e = { 0 };

		assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
		close(file);
		input_wipe(&input);
		assert_row(paths[i], !input_next(&input, true, &line, &e));
		assert_row(paths[i], e.code == ERR_INPUT_READ);
		/* It is not tried for ever. */
		e = (struct err){ 0 };
		assert_row(paths[i], !input_next(&input, true, &line, &e));
		assert_row(paths[i], e.code == ERR_NONE);
	}
}

static void without_waiting_only_what_is_there_is_read(void **state)
{
	struct err e = { 0 };
	struct span line;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	input_wipe(&input);
	assert_false(input_next(&input, false, &line, &e));
	assert_int_equal(write(ends[1], "a\nb\n", 4), 4);
	assert_true(input_next(&input, false, &line, &e));
	assert_true(input_next(&input, false, &line, &e));
	assert_span("second", line, SPAN("b"));
	assert_false(input_next(&input, false, &line, &e));
	/* It was no end. */
	assert_int_equal(write(ends[1], "c", 1), 1);
	close(ends[1]);
	assert_true(input_next(&input, false, &line, &e));
	assert_span("third", line, SPAN("c"));
	assert_false(input_next(&input, false, &line, &e));
	assert_int_equal(e.code, ERR_NONE);
}

static int be_stopped(void)
{
	struct err e = { 0 };
	struct span line;
	int ends[2];

	wait_setup();
	if (pipe2(ends, O_CLOEXEC) != 0 || dup2(ends[0], STDIN_FILENO) != 0 ||
	    write(ends[1], "a\n", 2) != 2)
		return 1;
	if (!input_next(&input, true, &line, &e))
		return 2;
	raise(SIGTERM);
	if (input_next(&input, true, &line, &e) || e.code != ERR_SIGNAL)
		return 3;
	/* What was written already can still be told. */
	if (write(ends[1], "b\n", 2) != 2)
		return 4;
	return input_next(&input, false, &line, &e) ? 0 : 5;
}

static void a_signal_ends_the_wait_for_a_line(void **state)
{
	(void)state;
	input_wipe(&input);
	assert_int_equal(in_child(be_stopped), 0);
}

static void nothing_stays_of_what_was_read(void **state)
{
	const uint8_t *bytes = (const uint8_t *)&input;
	struct err e = { 0 };
	struct span line;

	(void)state;
	feed_file(SPAN("secret\nmore"));
	assert_true(input_next(&input, true, &line, &e));
	assert_non_null(memmem(bytes, sizeof(input), "secret", 6));
	input_wipe(&input);
	for (size_t i = 0; i < sizeof(input); i++)
		assert_int_equal(bytes[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_same_in_any_pieces),
		cmocka_unit_test(a_nul_is_a_byte_like_others),
		cmocka_unit_test(lines_are_the_same_at_the_end_of_a_chunk),
		cmocka_unit_test(long_lines_are_cut_and_marked),
		cmocka_unit_test(a_record_may_be_long),
		cmocka_unit_test(a_record_may_begin_in_pieces),
		cmocka_unit_test(a_long_line_that_begins_blank_is_told),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
		cmocka_unit_test(without_waiting_only_what_is_there_is_read),
		cmocka_unit_test(a_signal_ends_the_wait_for_a_line),
		cmocka_unit_test(nothing_stays_of_what_was_read),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/input", tests, keep_stdin,
	                                   restore_stdin);
}
