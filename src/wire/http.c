/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 (RFC 9112): request bytes out, response bytes in; no I/O. */
#include "wire/http.h"

#include <string.h>

#include "base/calendar.h"
#include "base/fmt.h"

static const char BLANKS[] = " \t"; /* OWS, RFC 9110 section 5.6.3 */

/* --- Requests --- */

/* A token, RFC 9110 section 5.6.2. */
bool http_is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= 0x20 || name.at[i] >= 0x7f ||
		    byte_is_in(name.at[i], "\"(),/:;<=>?@[\\]{}"))
			return false;
	return name.len > 0;
}

bool http_is_value(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((value.at[i] < 0x20 && value.at[i] != '\t') ||
		    value.at[i] == 0x7f)
			return false;
	return true;
}

void http_put_line(struct buf *out, const char *method, struct span target)
{
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= 0x20 || target.at[i] >= 0x7f)
			out->failed = true;
	fmt_put(out, "%s %.*s HTTP/1.1\r\n", method, FMT_SPAN(target));
}

void http_put_field(struct buf *out, const char *name, struct span value)
{
	if (!http_is_value(value))
		out->failed = true;
	fmt_put(out, "%s: %.*s\r\n", name, FMT_SPAN(value));
}

void http_put_end(struct buf *out)
{
	buf_text(out, "\r\n");
}

/* --- Responses: lines --- */

static enum http_verdict bad(struct http_response *r, const char *why)
{
	r->why = why;
	return HTTP_BAD;
}

/*
 * Takes bytes up to the end of a line. HTTP_DONE: the line is in r->line,
 * without its CRLF and cut to HTTP_LINE_MAX. RFC 9112 section 2.2 would let a
 * bare LF end a line; no server that patrm talks to does so, and lines that
 * two readers split differently are how responses are forged.
 */
static enum http_verdict take_line(struct http_response *r, struct span *in)
{
	while (in->len > 0) {
		uint8_t c = in->at[0];

		*in = span_skip(*in, 1);
		if (r->room-- == 0)
			return bad(r, "its head is too long");
		if (r->cr && c == '\n') {
			r->cr = false;
			return HTTP_DONE;
		}
		if (r->cr || c == '\n')
			return bad(r, "a line ends with CR or LF alone");
		if (c == '\0')
			return bad(r, "its head has a NUL byte");
		r->cr = c == '\r';
		if (!r->cr)
			buf_byte(&r->line, c);
	}
	return HTTP_MORE;
}

/* --- Responses: fields --- */

/* What patrm takes a number for that has no end here. */
static uint32_t clip(uint64_t number)
{
	return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static void read_content_length(struct http_response *r, struct span value)
{
	struct span item;
	uint64_t length;

	/* A list of one repeated value is one value (RFC 9112 section 6.3). */
	while (span_cut(&value, ',', &item)) {
		if (!span_number(span_trim(item, BLANKS), 10, &length) ||
		    length == UINT64_MAX ||
		    (r->length_known && r->length != length))
			r->length_bad = true;
		r->length_known = true;
		r->length = length;
	}
}

static void read_transfer_encoding(struct http_response *r, struct span value)
{
	if (r->chunked || !span_equal_nocase(value, SPAN("chunked")))
		r->coding_bad = true;
	r->chunked = true;
}

static void read_connection(struct http_response *r, struct span value)
{
	struct span item;

	while (span_cut(&value, ',', &item))
		if (span_equal_nocase(span_trim(item, BLANKS), SPAN("close")))
			r->persistent = false;
}

static void read_content_type(struct http_response *r, struct span value)
{
	bool json, first = true;
	struct span item, type;

	/* Two that disagree are no word that it is JSON. */
	for (; span_cut(&value, ',', &item); first = false) {
		span_cut(&item, ';', &type);
		type = span_trim(type, BLANKS);
		if (type.len == 0 ||
		    (!first && span_find(type, SPAN("/")) == type.len))
			continue; /* the rest of a parameter, or nothing */
		json = span_equal_nocase(type, SPAN("application/json"));
		r->json = json && (!r->type_seen || r->json);
		r->type_seen = true;
	}
}

static void read_content_encoding(struct http_response *r, struct span value)
{
	if (value.len > 0 && !span_equal_nocase(value, SPAN("identity")))
		r->encoded = true;
}

static bool parse_clock(struct span s, struct calendar *c)
{
	return s.len == 8 && s.at[2] == ':' && s.at[5] == ':' &&
	       span_digits(s, 2, &c->hour) &&
	       span_digits(span_skip(s, 3), 2, &c->minute) &&
	       span_digits(span_skip(s, 6), 2, &c->second);
}

/* One word of a date; a number is the day first, then the year. */
static bool parse_date_word(struct span word, struct calendar *c)
{
	const struct span months = SPAN("JanFebMarAprMayJunJulAugSepOctNovDec");
	size_t month = span_find(months, word);
	unsigned number;

	if (word.len == 3 && month < months.len) {
		c->month = (unsigned)month / 3 + 1;
		return true;
	}
	if (parse_clock(word, c))
		return true;
	if (word.len > 4 || !span_digits(word, word.len, &number))
		return false;
	if (c->day == 0)
		c->day = number;
	else if (word.len == 4)
		c->year = (int)number;
	else /* RFC 850 dates have two digits. */
		c->year = (int)number + (number < 70 ? 2000 : 1900);
	return true;
}

/*
 * The three forms of RFC 9110 section 5.6.7 have the same words, in two orders
 * and with other marks between them: day name, day, month, year, clock, GMT.
 */
static bool parse_date(struct span value, int64_t *seconds)
{
	struct calendar c = { .year = -1, .hour = 24 };
	size_t unknown = 0;
	struct span word;

	/* The name of the day and GMT tell nothing. */
	while (span_cut_word(&value, " ,-", &word))
		unknown += !parse_date_word(word, &c);
	return unknown <= 2 && calendar_to_unix(&c, seconds);
}

static void read_date(struct http_response *r, struct span value)
{
	r->date_known = parse_date(value, &r->date);
}

static void read_retry_after(struct http_response *r, struct span value)
{
	struct span whole;
	uint64_t seconds, fraction = 0;

	r->retry_dated = parse_date(value, &r->retry_at);
	/* No standard has a fraction, but some servers do: rounded up. */
	span_cut(&value, '.', &whole);
	if (r->retry_dated || !span_number(whole, 10, &seconds) ||
	    (value.at != NULL && !span_number(value, 10, &fraction)))
		return;
	r->has_retry_after = true;
	r->retry_after = clip(clip(seconds) + (uint64_t)(fraction > 0));
}

/* Whether to try again, as the official clients read it. */
static void read_should_retry(struct http_response *r, struct span value)
{
	r->retry_wanted = span_equal_nocase(value, SPAN("true"));
	r->retry_unwanted = span_equal_nocase(value, SPAN("false"));
}

/* Of two that differ, the one that promises more. */
static void read_total(struct http_response *r, struct span value)
{
	struct span item;
	uint64_t total;

	while (span_cut(&value, ',', &item)) {
		if (!span_number(span_trim(item, BLANKS), 10, &total))
			continue;
		r->has_total = true;
		if (total > r->total)
			r->total = clip(total);
	}
}

#define FIELDS(X) \
	X("content-length", read_content_length) \
	X("transfer-encoding", read_transfer_encoding) \
	X("connection", read_connection) \
	X("content-type", read_content_type) \
	X("content-encoding", read_content_encoding) \
	X("date", read_date) \
	X("retry-after", read_retry_after) \
	X("x-pagination-total", read_total) \
	X("x-should-retry", read_should_retry)

#define X(name, read) name "\0"
static const char field_names[] = FIELDS(X);
#undef X
#define X(name, read) read,
static void (*const field_readers[])(struct http_response *,
                                     struct span) = { FIELDS(X) };
#undef X
#define FIELD_COUNT (sizeof(field_readers) / sizeof(field_readers[0]))

/* --- Responses: body --- */

static enum http_verdict end_field_line(struct http_response *r);

/* RFC 9112 section 7.1; extensions (7.1.1) are skipped. */
static enum http_verdict end_chunk_line(struct http_response *r)
{
	struct span line = buf_written(&r->line), size;

	span_cut(&line, ';', &size);
	size = span_trim(size, BLANKS);
	/* Blanks may stand behind it, not in front. */
	if (size.at != r->line.at || !span_number(size, 16, &r->length))
		return bad(r, "a chunk size is not a number");
	if (r->length == UINT64_MAX)
		return bad(r, "a chunk is too large");
	r->end_line = r->length > 0 ? NULL : end_field_line;
	r->room = HTTP_HEAD_MAX;
	return HTTP_MORE;
}

static enum http_verdict end_chunk(struct http_response *r)
{
	if (r->line.len > 0)
		return bad(r, "a chunk is longer than its size");
	r->end_line = end_chunk_line;
	r->room = HTTP_CHUNK_LINE_MAX;
	return HTTP_MORE;
}

static enum http_verdict take_content(struct http_response *r, struct span *in,
                                      struct span *body)
{
	*body = *in;
	if (r->chunked || r->length_known) {
		if (body->len > r->length)
			body->len = (size_t)r->length;
		r->length -= body->len;
	}
	*in = span_skip(*in, body->len);
	if (r->chunked && r->length == 0) {
		r->end_line = end_chunk;
		r->room = HTTP_CHUNK_LINE_MAX;
	}
	return r->length_known && r->length == 0 ? HTTP_DONE : HTTP_MORE;
}

/* --- Responses: head --- */

/* Forgets the fields of an interim answer, not what it counted. */
static enum http_verdict end_interim(struct http_response *r)
{
	unsigned interim = r->interim + 1;
	size_t room = r->room;
	bool tunnel = r->tunnel;

	if (r->status == 101)
		return bad(r, "it switches to another protocol");
	if (interim > HTTP_INTERIM_MAX)
		return bad(r, "it has too many interim responses");
	http_response_init(r);
	r->interim = interim;
	r->room = room;
	r->tunnel = tunnel;
	return HTTP_MORE;
}

/*
 * A date counts against the server's own clock, since patrm runs on machines
 * whose clock is wrong; without one it is as good as not sent.
 */
static void resolve_retry_after(struct http_response *r)
{
	int64_t wait = r->retry_at - r->date;

	if (!r->retry_dated || !r->date_known)
		return;
	r->has_retry_after = true;
	r->retry_after = wait < 0 ? 0 : clip((uint64_t)wait);
}

/* How the body ends: RFC 9112 section 6.3. */
static enum http_verdict end_head(struct http_response *r)
{
	if (r->status < 200)
		return end_interim(r);
	resolve_retry_after(r);
	if (r->status == 204 || r->status == 304 ||
	    (r->tunnel && r->status < 300)) {
		/* Whoever announces a body there may send one. */
		if (r->chunked || r->length_bad || r->length > 0)
			r->persistent = false;
		r->head_done = true;
		return HTTP_DONE;
	}
	if (r->coding_bad || (r->chunked && r->http_1_0))
		return bad(r, "its Transfer-Encoding is not just chunked");
	if (r->chunked && r->length_known)
		return bad(r, "it has a length and is chunked");
	if (r->length_bad)
		return bad(r, "its Content-Length is not a number");
	r->head_done = true;
	r->end_line = r->chunked ? end_chunk_line : NULL;
	r->room = HTTP_CHUNK_LINE_MAX;
	if (!r->chunked && !r->length_known)
		r->persistent = false;
	return r->length_known && r->length == 0 ? HTTP_DONE : HTTP_MORE;
}

/* RFC 9112 section 5, without line folding; a trailer (7.1.2) is skipped. */
static enum http_verdict end_field_line(struct http_response *r)
{
	struct span value = buf_written(&r->line), name;
	const char *field = field_names;

	if (r->line.len == 0)
		return r->head_done ? HTTP_DONE : end_head(r);
	if (!span_cut_mark(&value, SPAN(":"), &name) || !http_is_name(name))
		return bad(r, r->head_done ? "a trailer is malformed"
		                           : "a header is malformed");
	for (size_t i = 0; !r->head_done && i < FIELD_COUNT; i++) {
		struct span known = span_of(field);

		field += known.len + 1;
		if (!span_equal_nocase(name, known))
			continue;
		if (r->line.failed)
			return bad(r, "a header that matters is too long");
		field_readers[i](r, span_trim(value, BLANKS));
	}
	return HTTP_MORE;
}

/* RFC 9112 section 4; the reason phrase and the blank before it may lack. */
static enum http_verdict end_status_line(struct http_response *r)
{
	struct span line = buf_written(&r->line);

	r->http_1_0 = span_cut_prefix(&line, SPAN("HTTP/1.0 "));
	if ((!r->http_1_0 && !span_cut_prefix(&line, SPAN("HTTP/1.1 "))) ||
	    !span_digits(line, 3, &r->status) || r->status < 100 ||
	    (line.len > 3 && line.at[3] != ' '))
		return bad(r, "it does not begin with an HTTP/1.1 status");
	r->persistent = !r->http_1_0;
	r->end_line = end_field_line;
	return HTTP_MORE;
}

/* --- Responses: the reader --- */

void http_response_init(struct http_response *r)
{
	/* Not the line: what line.len does not cover is never read. */
	memset(r, 0, offsetof(struct http_response, line_bytes));
	r->line = BUF_OVER(r->line_bytes);
	r->end_line = end_status_line;
	r->room = HTTP_HEAD_MAX;
}

enum http_verdict http_feed(struct http_response *r, struct span *in,
                            struct span *body)
{
	enum http_verdict verdict = HTTP_MORE;

	*body = (struct span){ NULL, 0 };
	while (in->len > 0 && verdict == HTTP_MORE && body->len == 0) {
		if (r->end_line == NULL) {
			verdict = take_content(r, in, body);
			continue;
		}
		verdict = take_line(r, in);
		if (verdict == HTTP_DONE) {
			verdict = r->end_line(r);
			r->line.len = 0;
			r->line.failed = false;
		}
	}
	return verdict;
}

enum http_verdict http_end(struct http_response *r)
{
	if (r->end_line == NULL && !r->chunked && !r->length_known)
		return HTTP_DONE;
	return bad(r, "it ends in the middle");
}
