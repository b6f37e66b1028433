/* SPDX-License-Identifier: MIT */
/* Lines of standard input, any number of them; and whole files. */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "net/wait.h"

/* Reads more into in->chunk; false at the end, which is then in->ended. */
static bool fill(struct input *in, bool wait, struct err *e)
{
	struct pollfd file = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t got;

	/* A file is always ready, and would go before a signal. */
	if (in->ended || (wait && !wait_look(NULL, 0, e)))
		return false;
	do {
		if (wait ? !wait_file(file.fd, POLLIN, deadline_never(), e)
		         : poll(&file, 1, 0) != 1)
			return false;
		got = read(STDIN_FILENO, in->chunk, sizeof(in->chunk));
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	in->ended = got <= 0;
	if (got < 0)
		err_set_errno(e, ERR_INPUT_READ, "standard input", errno);
	in->rest = (struct span){ in->chunk, got > 0 ? (size_t)got : 0 };
	if (in->rest.len > in->most)
		in->most = in->rest.len;
	return got > 0;
}

struct span input_skip_mark(struct span text)
{
	span_cut_prefix(&text, SPAN("\xef\xbb\xbf"));
	return text;
}

/* The next line, whatever is in it, up to RECORD_LINE_MAX bytes. */
static bool take_line(struct input *in, bool wait, struct buf *line,
                      struct err *e)
{
	for (;;) {
		struct span piece, rest = in->rest;

		if (rest.len == 0) {
			if (fill(in, wait, e))
				continue;
			/* The last line may end without a newline. */
			return in->ended && e->code == ERR_NONE &&
			       line->len > 0;
		}
		span_cut(&rest, '\n', &piece);
		if (piece.len > line->cap - line->len) {
			in->too_long = true;
			piece.len = line->cap - line->len;
		}
		buf_span(line, piece);
		if (line->len > in->longest)
			in->longest = line->len;
		in->rest = rest;
		if (rest.at != NULL)
			return true;
	}
}

bool input_next(struct input *in, bool wait, struct span *line, struct err *e)
{
	for (;;) {
		struct buf text = BUF_OVER(in->line);

		in->too_long = false;
		if (!take_line(in, wait, &text, e))
			return false;
		*line = buf_written(&text);
		if (in->number++ == 0)
			*line = input_skip_mark(*line);
		*line = span_trim(*line, " \t\r");
		if (line->len > LINE_MAX_BYTES && line->at[0] != '{')
			in->too_long = true;
		if (line->len > 0 ? line->at[0] != '#' : in->too_long)
			return true;
	}
}

bool input_read_all(int file, struct buf *into, const char *name, struct err *e)
{
	while (into->len < into->cap) {
		ssize_t got;

		if (!wait_file(file, POLLIN, deadline_never(), e))
			return false;
		got = read(file, into->at + into->len, into->cap - into->len);
		if (got == 0)
			return true;
		if (got > 0)
			into->len += (size_t)got;
		else if (errno != EINTR && errno != EAGAIN)
			return err_set_errno(e, ERR_FILE_READ, name, errno);
	}
	return true;
}

const char *input_read_file(const char *path, struct buf *into, struct err *e)
{
	bool input = strcmp(path, "-") == 0;
	const char *name = input ? "standard input" : path;
	int file = STDIN_FILENO;

	/* A pipe without a writer is waited for where signals are heard. */
	if (!input)
		file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (file < 0)
		err_set_errno(e, ERR_FILE_OPEN, path, errno);
	else
		input_read_all(file, into, name, e);
	if (file > STDIN_FILENO)
		close(file);
	return name;
}

void input_wipe(struct input *in)
{
	/* Not all the room, which is touched only if there was something. */
	explicit_bzero(in->line, in->longest);
	explicit_bzero(in->chunk, in->most);
	in->number = in->most = in->longest = 0;
	in->too_long = in->ended = false;
	in->rest = (struct span){ NULL, 0 };
}
