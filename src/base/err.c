/* SPDX-License-Identifier: MIT */
/* What can go wrong: a code, its exit status, one sentence and a remedy. */
#include "base/err.h"

#include <errno.h>

#include "base/fmt.h"

/* One behind the other, as span_nth takes them. */
#pragma GCC diagnostic ignored "-Woverlength-strings"
SELDOM static const char sentences[] =
#define X(code, status, what, next) what "\0"
	ERR_LIST(X);
#undef X
SELDOM static const char remedies[] =
#define X(code, status, what, next) next "\0"
	ERR_LIST(X);
#undef X

static const uint8_t statuses[] = {
#define X(code, status, what, next) [code] = status,
	ERR_LIST(X)
#undef X
};

/* What can come of patrm's system calls, in POSIX's words. */
#define ERRNO_LIST(X) \
	X(EPERM, "Operation not permitted") \
	X(ENOENT, "No such file or directory") \
	X(EINTR, "Interrupted system call") \
	X(EIO, "I/O error") \
	X(ENXIO, "No such device or address") \
	X(EBADF, "Bad file descriptor") \
	X(EAGAIN, "Resource temporarily unavailable") \
	X(ENOMEM, "Out of memory") \
	X(EACCES, "Permission denied") \
	X(EBUSY, "Resource busy") \
	X(ENODEV, "No such device") \
	X(ENOTDIR, "Not a directory") \
	X(EISDIR, "Is a directory") \
	X(EINVAL, "Invalid argument") \
	X(ENFILE, "Too many open files in system") \
	X(EMFILE, "No file descriptors available") \
	X(ETXTBSY, "Text file busy") \
	X(EFBIG, "File too large") \
	X(ENOSPC, "No space left on device") \
	X(EROFS, "Read-only file system") \
	X(EPIPE, "Broken pipe") \
	X(ENAMETOOLONG, "Filename too long") \
	X(ENOSYS, "Function not implemented") \
	X(ELOOP, "Symbolic link loop") \
	X(EOVERFLOW, "Value too large for data type") \
	X(EPROTONOSUPPORT, "Protocol not supported") \
	X(EAFNOSUPPORT, "Address family not supported by protocol") \
	X(EADDRINUSE, "Address in use") \
	X(EADDRNOTAVAIL, "Address not available") \
	X(ENETDOWN, "Network is down") \
	X(ENETUNREACH, "Network unreachable") \
	X(ECONNABORTED, "Connection aborted") \
	X(ECONNRESET, "Connection reset by peer") \
	X(ENOBUFS, "No buffer space available") \
	X(ENOTCONN, "Socket not connected") \
	X(ETIMEDOUT, "Operation timed out") \
	X(ECONNREFUSED, "Connection refused") \
	X(EHOSTDOWN, "Host is down") \
	X(EHOSTUNREACH, "Host is unreachable") \
	X(ESTALE, "Stale file handle") \
	X(EDQUOT, "Quota exceeded")

static const uint16_t errno_numbers[] = {
#define X(number, text) number,
	ERRNO_LIST(X)
#undef X
};
SELDOM static const char errno_texts[] =
#define X(number, text) text "\0"
	ERRNO_LIST(X);
#undef X

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

bool err_set_span(struct err *e, enum err_code code, struct span detail)
{
	if (e->code == ERR_NONE) {
		e->code = code;
		set_detail(e, detail);
	}
	return false;
}

bool err_set(struct err *e, enum err_code code, const char *detail)
{
	return err_set_span(e, code, span_of(detail));
}

bool err_format(struct err *e, enum err_code code, const char *format, ...)
{
	uint8_t text[ERR_DETAIL_MAX + ERR_SENTENCE_MAX];
	struct buf detail = BUF_OVER(text);
	va_list values;

	va_start(values, format);
	fmt_put_list(&detail, format, values);
	va_end(values);
	return err_set_span(e, code, buf_written(&detail));
}

void err_put_errno(struct buf *out, int number)
{
	const size_t count = sizeof(errno_numbers) / sizeof(errno_numbers[0]);
	size_t i = 0;

	while (i < count && errno_numbers[i] != number)
		i++;
	if (i < count)
		buf_text(out, span_nth(errno_texts, i));
	else
		fmt_put(out, "error %u of the system", (unsigned)number);
}

bool err_set_errno(struct err *e, enum err_code code, const char *doing,
                   int number)
{
	BUF_ON_STACK(why, 64);
	struct span name = span_of(doing);

	/* A path may be longer than all that there is room for. */
	if (name.len > ERR_DETAIL_MAX / 2)
		name.len = ERR_DETAIL_MAX / 2;
	err_put_errno(&why, number);
	return err_format(e, code, "%.*s: %.*s", FMT_SPAN(name),
	                  FMT_SPAN(buf_written(&why)));
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
	err_set_span(e, code, buf_written(&detail));
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
