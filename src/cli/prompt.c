/* SPDX-License-Identifier: MIT */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "net/wait.h"

bool
prompt_open(struct prompt *p, bool input)
{
	int file = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	*p = (struct prompt){ .in = file, .out = file, .opened = file >= 0 };
	if (file >= 0)
		return true;
	if (!input || !isatty(STDIN_FILENO))
		return false;
	/* A terminal is open for writing, too; where not, as errors go. */
	p->in = STDIN_FILENO;
	p->out = (fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) == O_RDWR
	                 ? STDIN_FILENO
	                 : STDERR_FILENO;
	return true;
}

/* One byte of the answer; false where there is none. */
static bool
read_byte(const struct prompt *p, uint8_t *byte)
{
	struct err e = { 0 };
	ssize_t got;

	do {
		if (!wait_file(p->in, POLLIN, deadline_never(), &e))
			return false;
		got = read(p->in, byte, 1);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	return got == 1;
}

bool
prompt_is_yes(struct span line)
{
	struct span answer = span_trim(line, " \t\r\n");

	return span_equal(answer, SPAN("y")) || span_equal(answer, SPAN("yes"));
}

bool
prompt_answer(const struct prompt *p)
{
	uint8_t text[16], byte = 0;
	struct buf line = BUF_OVER(text);

	/* By single bytes, so that what follows the line is left there. */
	while (byte != '\n') {
		if (!read_byte(p, &byte))
			return false; /* "y" and then the end is no answer */
		buf_byte(&line, byte);
	}
	return !line.failed && wait_signal() == 0 &&
	       prompt_is_yes(buf_written(&line));
}

void
prompt_forget(const struct prompt *p)
{
	(void)tcflush(p->in, TCIFLUSH); /* it is a terminal */
}

void
prompt_close(struct prompt *p)
{
	if (p->opened)
		close(p->in);
	p->opened = false;
}
