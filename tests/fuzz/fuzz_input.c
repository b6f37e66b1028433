/* SPDX-License-Identifier: MIT */
/* Fuzzes cli/input and deletion/target: the lines are those of the whole text. */
#include <fcntl.h>
#include <unistd.h>

#include "cli/input.h"
#include "deletion/target.h"
#include "fuzz/fuzz.h"
#include "langsmith/key.h"
#include "net/wait.h"

#define TEXT_CAP 32768

/*
 * Stands in for net/wait.c: each time that standard input, a pipe, is waited
 * for, the next piece comes in, so that read(2) gives just that one.
 */
static struct fuzz_pieces pieces;
static int writer = -1;
static enum { ENDS, FAILS, STOPS } ending;

static void end_writer(void)
{
	if (writer >= 0)
		close(writer);
	writer = -1;
}

struct deadline deadline_never(void)
{
	return (struct deadline){ .at = INT64_MAX };
}

/* Reading a directory is an error. */
static void break_input(void)
{
	int directory = open("/", O_RDONLY | O_DIRECTORY);

	CHECK(directory >= 0 && dup2(directory, 0) == 0);
	close(directory);
}

/* Puts the next piece into the pipe; false after the last. */
static bool put_piece(void)
{
	struct span piece = { NULL, 0 };

	/* An empty one cannot be told from the end. */
	while (piece.len == 0 && fuzz_piece(&pieces, &piece))
		;
	if (piece.len == 0)
		return false;
	CHECK(write(writer, piece.at, piece.len) == (ssize_t)piece.len);
	return true;
}

bool wait_look(struct pollfd *files, size_t count, struct err *e)
{
	(void)files, (void)count, (void)e;
	return true;
}

bool wait_file(int file, short event, struct deadline d, struct err *e)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	CHECK(file == 0 && event == POLLIN && d.at == INT64_MAX);
	/* What is longer than a chunk is read in more than one. */
	if (poll(&input, 1, 0) == 1 && (input.revents & POLLIN) != 0)
		return true;
	if (put_piece())
		return true;
	if (ending == STOPS)
		return err_set(e, ERR_SIGNAL, "SIGINT");
	if (ending == FAILS)
		break_input();
	else
		end_writer();
	return true;
}

static void start(struct span text, size_t way)
{
	int ends[2];

	end_writer();
	CHECK(pipe(ends) == 0 && dup2(ends[0], 0) == 0);
	close(ends[0]);
	writer = ends[1];
	fuzz_stop(&pieces);
	pieces = fuzz_split(text, way);
}

/* --- A plain reader --- */

/* The next line that is neither blank nor a comment, trimmed but not cut. */
static bool plain_next(struct span *rest, unsigned long *number,
                       struct span *line, bool *too_long)
{
	while (rest->len > 0) {
		struct span raw;

		span_cut(rest, '\n', &raw);
		/* A last line needs no newline, but one that is cut does. */
		if (rest->at == NULL && ending != ENDS)
			return false;
		*line = *number == 0 ? input_skip_mark(raw) : raw;
		*line = span_trim(*line, " \t\r");
		*too_long = raw.len > RECORD_LINE_MAX ||
		            (line->len > LINE_MAX_BYTES && line->at[0] != '{');
		++*number;
		if (line->len > 0 && line->at[0] != '#')
			return true;
	}
	return false;
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

static void check_target(struct span line)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	bool good = line.len == sizeof(form) - 1;
	bool key = fuzz_begins(line, SPAN("lsv2_")) ||
	           fuzz_begins(line, SPAN("ls__"));
	uint8_t text[UUID_TEXT];
	struct buf out = BUF_OVER(text);
	struct target p = { 0 };

	for (size_t i = 0; good && i < line.len; i++)
		good = form[i] == 'x' ? is_hex(line.at[i]) : line.at[i] == '-';
	target_read(&p, line, true);
	CHECK((p.form == TARGET_ID) == good);
	CHECK(good == target_is_identified(&p));
	CHECK(p.form != TARGET_SECRET || line.len == KEY_SECRET_LEN);
	CHECK(p.form != TARGET_SHORT_KEY ||
	      (key_shown(line) >= 4 && key_shown(line) <= 16));
	if (p.form == TARGET_SECRET || p.form == TARGET_SHORT_KEY) {
		CHECK(key && span_equal(p.text, line));
		return;
	}
	if (p.form == TARGET_NO_FORM) {
		CHECK(key || p.invalid == ERR_TOKEN_FORM ||
		      fuzz_begins(line, SPAN("eyJ")));
		CHECK(p.text.len == 0); /* nothing of the line is told */
		return;
	}
	target_put_name(&out, &p);
	CHECK(!out.failed && span_equal_nocase(buf_written(&out), line));
}

/* --- The reader --- */

/*
 * A line of blanks that is too long to see its end may be told as such, or be
 * passed over: that of the former kind is dropped here.
 */
static bool next(struct input *in, struct span *line, struct err *e,
                 unsigned long number)
{
	while (input_next(in, true, line, e))
		if (!in->too_long || line->len > 0 || in->number == number)
			return true;
	return false;
}

static void check_way(struct span text, size_t way)
{
	static struct input in;
	struct span rest = text, line, want;
	unsigned long number = 0;
	struct err e = { 0 };
	bool too_long;

	memset(&in, 0, sizeof(in));
	start(text, way);
	while (plain_next(&rest, &number, &want, &too_long)) {
		CHECK(next(&in, &line, &e, number));
		CHECK(e.code == ERR_NONE);
		CHECK(in.number == number);
		CHECK(in.too_long == too_long);
		CHECK(in.too_long || span_equal(line, want));
		CHECK(line.len <= RECORD_LINE_MAX);
		check_target(line);
	}
	CHECK(!next(&in, &line, &e, 0));
	CHECK(e.code == (ending == ENDS    ? ERR_NONE
	                 : ending == FAILS ? ERR_INPUT_READ
	                                   : ERR_SIGNAL));
	if (ending != STOPS) /* and it stays so, without another read */
		CHECK(!input_next(&in, true, &line, &e));
	input_wipe(&in);
	for (size_t i = 0; i < sizeof(in); i++)
		CHECK(((const uint8_t *)&in)[i] == 0);
}

/* After some lines nothing is waited for: those that are there are given. */
static void check_rest(struct span text, size_t way)
{
	static struct input in;
	struct span rest = text, line, want;
	unsigned long number = 0;
	size_t lines = fuzz_hash(text) / 2 % 4;
	struct err e = { 0 };
	bool too_long;

	memset(&in, 0, sizeof(in));
	start(text, way);
	while (lines-- > 0)
		if (!plain_next(&rest, &number, &want, &too_long) ||
		    !next(&in, &line, &e, number))
			return;
	put_piece();
	rest.len -= pieces.rest.len;
	while (plain_next(&rest, &number, &want, &too_long)) {
		CHECK(input_next(&in, false, &line, &e));
		CHECK(in.number == number && in.too_long == too_long);
		CHECK(in.too_long || span_equal(line, want));
	}
	while (input_next(&in, false, &line, &e))
		CHECK(in.too_long && line.len == 0);
	CHECK(e.code == ERR_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };

	if (size > TEXT_CAP)
		return 0;
	ending = ENDS;
	/* Not all ways: each piece costs system calls. */
	for (size_t way = 0; way < fuzz_ways(text); way += way < 4 ? 1 : 9)
		if (way != 1 || size <= 400)
			check_way(text, way);
	ending = FAILS;
	check_way(text, 3);
	ending = STOPS;
	check_way(text, 2);
	check_rest(text, 3);
	return 0;
}
