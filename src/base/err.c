/* SPDX-License-Identifier: MIT */
/* What can go wrong: a code, its exit status, one sentence and a remedy. */
#include "base/err.h"

#include <string.h>

#include "base/fmt.h"

/*
 * All sentences as one text, and where each begins: a pointer would take four
 * times as much, and has to be relocated at each start.
 */
static const struct sentences {
#define X(code, status, what, next) \
	char code##_what[sizeof(what)]; \
	char code##_next[sizeof(next)];
	ERR_LIST(X)
#undef X
} sentences = {
#define X(code, status, what, next) .code##_what = what, .code##_next = next,
	ERR_LIST(X)
#undef X
};

static const struct {
	uint16_t what, next; /* offsets */
	uint8_t status;
} table[] = {
#define X(code, status, what, next) \
	[code] = { offsetof(struct sentences, code##_what), \
		   offsetof(struct sentences, code##_next), status },
	ERR_LIST(X)
#undef X
};

_Static_assert(sizeof(sentences) <= UINT16_MAX, "an offset has 16 bits");

static const char *
sentence(uint16_t offset)
{
	return (const char *)&sentences + offset;
}

/* Makes text printable into the detail; an overlong one ends with "...". */
static void
set_detail(struct err *e, struct span text)
{
	struct buf out = BUF_OVER(e->detail);

	while (text.len > 0 && !out.failed) {
		struct span rest = text;
		size_t kept = out.len;

		utf8_next(&rest);
		fmt_printable(&out,
		              (struct span){ text.at, text.len - rest.len });
		if (out.failed || out.len > sizeof(e->detail) - 3) {
			out.len = kept;
			out.failed = true;
		}
		text = rest;
	}
	if (out.failed) {
		out.failed = false;
		buf_text(&out, "...");
	}
	e->detail_len = out.len;
}

bool
err_set(struct err *e, enum err_code code, struct span detail)
{
	if (e->code == ERR_NONE) {
		e->code = code;
		set_detail(e, detail);
	}
	return false;
}

bool
err_set_errno(struct err *e, enum err_code code, const char *doing, int number)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);
	struct span name = span_of(doing);

	/* A path may be longer than all that there is room for. */
	if (name.len > ERR_DETAIL_MAX / 2)
		name.len = ERR_DETAIL_MAX / 2;
	buf_span(&detail, name);
	buf_text(&detail, ": ");
	buf_text(&detail, strerror(number));
	return err_set(e, code, buf_written(&detail));
}

int
err_status(enum err_code code)
{
	return table[code].status;
}

void
err_put_what(struct buf *out, const struct err *e)
{
	for (const char *at = sentence(table[e->code].what); *at != '\0'; at++)
		if (*at == '%')
			buf_put(out, e->detail, e->detail_len);
		else
			buf_byte(out, (uint8_t)*at);
}

void
err_put_next(struct buf *out, const struct err *e)
{
	buf_text(out, sentence(table[e->code].next));
}
