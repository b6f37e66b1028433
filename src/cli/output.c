/* SPDX-License-Identifier: MIT */
/* Text to a file of the process, in pieces, without dying or blocking. */
#include "cli/output.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "net/wait.h"

#define PATIENCE 500 /* milliseconds for a slow reader, after a signal */

/*
 * Whether a write will not block. Who does not read the results must not keep
 * patrm from hearing a signal; who reads slowly gets them after one, too.
 */
static bool await_writable(int file)
{
	static unsigned given_up; /* a bit for each file */
	const unsigned bit = 1u << (file & 31);
	struct pollfd now = { .fd = file, .events = POLLOUT };

	if (poll(&now, 1, 0) == 1 ||
	    wait_file(file, POLLOUT, deadline_never(), &(struct err){ 0 }))
		return true;
	if ((given_up & bit) == 0 && poll(&now, 1, PATIENCE) == 1)
		return true;
	given_up |= bit;
	return false;
}

/* A pipe that is writable takes PIPE_BUF bytes at least, and a buf has no
 * more. */
_Static_assert(REPORT_CHUNK <= PIPE_BUF, "a write to a pipe may block");

/*
 * A terminal is called writable as soon as it takes a little. After a signal
 * nothing would end a write of more than that: so it gets byte after byte.
 */
static ssize_t write_some(int file, struct span bytes)
{
	if (isatty(file) == 1) {
		if (wait_signal() != 0)
			bytes.len = 1;
		return wait_write(file, bytes);
	}
	return write(file, bytes.at, bytes.len);
}

bool output_write(int file, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t done;

		if (!await_writable(file)) {
			errno = EINTR; /* what callers say of it */
			return false;
		}
		done = write_some(file, bytes);
		if (done >= 0)
			bytes = span_skip(bytes, (size_t)done);
		else if (errno != EINTR && errno != EAGAIN)
			return false;
	}
	return true;
}

static bool drain(void *output, struct span bytes)
{
	struct output *o = output;
	bool done = output_write(o->file, bytes);

	if (!done)
		o->error = errno;
	return done;
}

void output_begin(struct output *o, int file)
{
	o->buf = BUF_OVER(o->text);
	o->buf.drain = drain;
	o->buf.context = o;
	o->file = file;
}

bool output_end(struct output *o)
{
	if (!o->buf.failed && drain(o, buf_written(&o->buf)))
		return true;
	errno = o->error; /* other calls may have come since */
	return false;
}
