/* SPDX-License-Identifier: MIT */
/* What can go wrong: a code, its exit status, one sentence and a remedy. */
#include "base/err.h"

#include <string.h>

#include "base/fmt.h"

/* One behind the other, as span_nth takes them. */
#pragma GCC diagnostic ignored "-Woverlength-strings"
static const char sentences[] =
#define X(code, status, what, next) what "\0"
	ERR_LIST(X);
#undef X
static const char remedies[] =
#define X(code, status, what, next) next "\0"
	ERR_LIST(X);
#undef X

static const uint8_t statuses[] = {
#define X(code, status, what, next) [code] = status,
	ERR_LIST(X)
#undef X
};

/* Makes text printable into the detail; an overlong one ends with "...". */
static void set_detail(struct err *e, struct span text)
{
	struct buf out = BUF_OVER(e->detail);

	while (text.len > 0) {
		struct span rest = text;
		size_t kept = out.len;

		utf8_next(&rest);
		text.len -= rest.len;
		fmt_printable(&out, text);
		text = rest;
		if (out.failed || out.len > sizeof(e->detail) - 3) {
			out.len = kept;
			out.failed = false;
			buf_text(&out, "...");
			break;
		}
	}
	e->detail_len = out.len;
}

bool err_set(struct err *e, enum err_code code, struct span detail)
{
	if (e->code == ERR_NONE) {
		e->code = code;
		set_detail(e, detail);
	}
	return false;
}

bool err_format(struct err *e, enum err_code code, const char *format, ...)
{
	uint8_t text[ERR_DETAIL_MAX + ERR_SENTENCE_MAX];
	struct buf detail = BUF_OVER(text);
	va_list values;

	va_start(values, format);
	fmt_put_list(&detail, format, values);
	va_end(values);
	return err_set(e, code, buf_written(&detail));
}

bool err_set_errno(struct err *e, enum err_code code, const char *doing,
                   int number)
{
	struct span name = span_of(doing);

	/* A path may be longer than all that there is room for. */
	if (name.len > ERR_DETAIL_MAX / 2)
		name.len = ERR_DETAIL_MAX / 2;
	return err_format(e, code, "%.*s: %s", FMT_SPAN(name),
	                  strerror(number));
}

enum exit_status err_status(enum err_code code)
{
	return (enum exit_status)statuses[code];
}

void err_wrap(struct err *e, enum err_code code)
{
	BUF_ON_STACK(detail, ERR_DETAIL_MAX + ERR_SENTENCE_MAX);

	err_put_what(&detail, e);
	e->code = ERR_NONE;
	err_set(e, code, buf_written(&detail));
}

void err_put_what(struct buf *out, const struct err *e)
{
	for (const char *at = span_nth(sentences, e->code); *at != '\0'; at++)
		if (*at == '%')
			buf_put(out, e->detail, e->detail_len);
		else
			buf_byte(out, (uint8_t)*at);
}

void err_put_next(struct buf *out, const struct err *e)
{
	buf_text(out, span_nth(remedies, e->code));
}
