/* SPDX-License-Identifier: MIT */
/* Outcomes to text and JSON lines; the only file that prints. */
#include "cli/report.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "base/fmt.h"

/* --- Writing --- */

/*
 * Whether a write will not block. Who does not read the results must not keep
 * patrm from hearing a signal; who does read gets them after one, too.
 */
static bool
await_writable(int file)
{
	struct pollfd now = { .fd = file, .events = POLLOUT };
	struct err stopped = { 0 };

	return poll(&now, 1, 0) == 1 ||
	       wait_file(file, POLLOUT, deadline_never(), &stopped);
}

/* A pipe that is writable takes PIPE_BUF bytes at least, and a buf has no
 * more. */
_Static_assert(REPORT_CHUNK <= PIPE_BUF, "a write to a pipe may block");

static bool
write_all(int file, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t done;

		if (!await_writable(file)) {
			errno = EINTR; /* what callers say of it */
			return false;
		}
		done = write(file, bytes.at, bytes.len);
		if (done >= 0)
			bytes = span_skip(bytes, (size_t)done);
		else if (errno != EINTR && errno != EAGAIN)
			return false;
	}
	return true;
}

static bool
drain(struct buf *b, int file)
{
	bool done = write_all(file, buf_written(b));

	b->len = 0;
	return done;
}

static bool
drain_output(struct buf *b)
{
	return drain(b, STDOUT_FILENO);
}

static bool
drain_errors(struct buf *b)
{
	return drain(b, STDERR_FILENO);
}

/* Hands over what is left; false, and errno, if anything was not written. */
static bool
finish(struct buf *b)
{
	return !b->failed && b->drain(b);
}

/* --- Sentences --- */

/* What is true of the token, whatever has happened. */
static const char *
fate(int status)
{
	switch (status) {
	case 4:
		return "this call deleted nothing";
	case 5:
		return "no deletion was sent";
	case 6:
		return "it is unknown whether the token is gone";
	case 8:
		return "the token is deleted";
	default:
		return "nothing was deleted";
	}
}

static void
put_fate_and_next(struct buf *out, const struct err *e, int status)
{
	uint8_t text[200];
	struct buf next = BUF_OVER(text);

	err_put_next(&next, e);
	buf_text(out, "; ");
	buf_text(out, fate(status));
	if (next.len > 0)
		buf_text(out, "; ");
	buf_span(out, buf_written(&next));
}

/* What happened, what the server said of it, the fate, what to do. */
static void
put_sentence(struct buf *out, const struct api_result *r,
             void (*put)(struct buf *out, uint32_t code_point))
{
	uint8_t text[ERR_DETAIL_MAX + 200];
	struct buf what = BUF_OVER(text);
	struct span rest;

	err_put_what(&what, &r->err);
	rest = buf_written(&what);
	while (rest.len > 0)
		put(out, utf8_next(&rest));
	api_put_message(out, r, put);
	put_fate_and_next(out, &r->err, r->status);
}

static void
put_name(struct buf *out, struct span name)
{
	buf_text(out, "patrm: ");
	buf_span(out, name);
	buf_text(out, ": ");
}

/* --- Results --- */

static void
put_member(struct buf *out, const char *name)
{
	buf_text(out, ",\"");
	buf_text(out, name);
	buf_text(out, "\":");
}

static void
put_json_error(struct buf *out, const struct api_result *r)
{
	put_member(out, "error");
	buf_byte(out, '"');
	put_sentence(out, r, fmt_json_char);
	buf_byte(out, '"');
}

static void
put_json(struct buf *out, struct span name, const struct api_result *r)
{
	buf_text(out, "{\"token\":");
	fmt_json_string(out, name);
	put_member(out, "outcome");
	fmt_json_string(out, span_of(api_outcome_name(r->outcome)));
	if (r->http != 0) {
		put_member(out, "status");
		fmt_uint(out, r->http);
	}
	if (r->attempts > 0) {
		put_member(out, "attempts");
		fmt_uint(out, r->attempts);
	}
	if (r->has_record) {
		put_member(out, "record");
		json_put_ascii(out, r->doc.text);
	}
	if (r->err.code != ERR_NONE)
		put_json_error(out, r);
	buf_text(out, "}\n");
}

static void
put_text(struct buf *out, struct span name, const struct api_result *r)
{
	buf_text(out, "outcome: ");
	buf_text(out, api_outcome_name(r->outcome));
	buf_byte(out, '\n');
	if (r->has_record) {
		token_put_text(out, &r->doc);
		return;
	}
	buf_text(out, "id: ");
	buf_span(out, name);
	buf_byte(out, '\n');
}

static void
tell_error(struct span name, const struct api_result *r)
{
	uint8_t text[REPORT_CHUNK];
	struct buf out = BUF_OVER(text);

	out.drain = drain_errors;
	put_name(&out, name);
	put_sentence(&out, r, fmt_printable_char);
	buf_byte(&out, '\n');
	(void)finish(&out); /* there is nowhere else to say it */
}

/* Standard output takes done deletions, and with --json everything. */
static bool
tell_result(struct report *how, struct span name, const struct api_result *r)
{
	uint8_t text[REPORT_CHUNK];
	struct buf out = BUF_OVER(text);

	out.drain = drain_output;
	if (how->json) {
		put_json(&out, name, r);
	} else {
		if (how->begun)
			buf_byte(&out, '\n');
		put_text(&out, name, r);
		how->begun = true;
	}
	return finish(&out);
}

static void
note_unwritten(struct api_result *r, int error)
{
	if (r->outcome == API_DELETED) {
		r->outcome = API_DELETED_UNREAD;
		r->status = 8;
	}
	if (r->err.code == ERR_NONE)
		err_set_errno(&r->err, ERR_UNWRITTEN, "standard output", error);
	r->has_record = false;
	r->doc = (struct json){ .count = 0 };
	r->body = (struct span){ NULL, 0 };
}

void
report_result(struct report *how, struct span name, struct api_result *r)
{
	bool is_result = r->status == 0 || r->status == 8;
	bool told = true;

	if (how->json || (is_result && !how->quiet)) {
		told = tell_result(how, name, r);
		if (!told)
			note_unwritten(r, errno);
	}
	if (!told || (r->status != 0 && !how->json))
		tell_error(name, r);
}

void
report_error(const struct err *e)
{
	uint8_t text[REPORT_CHUNK];
	struct buf out = BUF_OVER(text);

	out.drain = drain_errors;
	buf_text(&out, "patrm: ");
	err_put_what(&out, e);
	put_fate_and_next(&out, e, err_status(e->code));
	buf_byte(&out, '\n');
	(void)finish(&out);
}

void
report_line(struct span line)
{
	uint8_t text[REPORT_CHUNK];
	struct buf out = BUF_OVER(text);

	out.drain = drain_errors;
	buf_text(&out, "patrm: ");
	buf_span(&out, line);
	buf_byte(&out, '\n');
	(void)finish(&out);
}

bool
report_text(void (*put)(struct buf *out))
{
	uint8_t text[REPORT_CHUNK];
	struct buf out = BUF_OVER(text);

	out.drain = drain_output;
	put(&out);
	return finish(&out);
}
