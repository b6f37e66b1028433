/* SPDX-License-Identifier: MIT */
/* The person at the terminal, if there is one. */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "net/wait.h"

bool prompt_open(struct prompt *p, bool input)
{
	int file = open("/dev/tty", O_RDWR | O_NOCTTY);

	*p = (struct prompt){ .in = file, .out = file };
	if (file >= 0)
		return true;
	if (!input || !isatty(STDIN_FILENO))
		return false;
	/* A terminal is open for writing, too; where not, as errors go. */
	p->in = STDIN_FILENO;
	p->out = write(STDIN_FILENO, "", 0) == 0 ? STDIN_FILENO : STDERR_FILENO;
	return true;
}

bool prompt_is_yes(struct span line)
{
	struct span answer = span_trim(line, " \t\r\n");

	return span_equal(answer, SPAN("y")) || span_equal(answer, SPAN("yes"));
}

bool prompt_answer(const struct prompt *p)
{
	BUF_ON_STACK(line, 16);
	uint8_t byte = 0;
	struct err e = { 0 };

	/* By single bytes, so that what follows the line is left there. */
	while (byte != '\n') {
		ssize_t got = -1;

		if (wait_file(p->in, POLLIN, deadline_never(), &e))
			got = read(p->in, &byte, 1);
		if (got == 1)
			buf_byte(&line, byte);
		else if (got == 0 || e.code != ERR_NONE ||
		         (errno != EINTR && errno != EAGAIN))
			return false; /* "y" and then the end is no answer */
	}
	return !line.failed && wait_look(NULL, 0, &e) &&
	       prompt_is_yes(buf_written(&line));
}

void prompt_forget(const struct prompt *p)
{
	(void)tcflush(p->in, TCIFLUSH); /* it is a terminal */
}

void prompt_close(const struct prompt *p)
{
	if (p->in != STDIN_FILENO)
		close(p->in);
}
