/* SPDX-License-Identifier: MIT */
/* Fuzzes wire/http: any split reads the same, and a plain reader agrees. */
#include "fuzz/fuzz.h"
#include "wire/http.h"

#define BODY_CAP 65536

/* Where a reader is after what it was fed. */
struct play {
	struct http_response r;
	enum http_verdict verdict;
	bool closed; /* it took the end of the connection to be done */
	size_t used, len;
	uint8_t body[BODY_CAP];
};

static void feed(struct play *p, struct span in)
{
	while (in.len > 0 && p->verdict == HTTP_MORE) {
		struct span before = in, body;

		p->verdict = http_feed(&p->r, &in, &body);
		CHECK(in.at > before.at);
		CHECK(in.at + in.len == before.at + before.len);
		CHECK(p->verdict == HTTP_MORE || p->verdict == HTTP_DONE ||
		      p->verdict == HTTP_BAD);
		p->used += before.len - in.len;
		if (body.len == 0)
			continue;
		CHECK(p->r.head_done && p->verdict != HTTP_BAD);
		CHECK(body.at >= before.at && body.at + body.len <= in.at);
		CHECK(p->len + body.len <= sizeof(p->body));
		memcpy(p->body + p->len, body.at, body.len);
		p->len += body.len;
	}
}

/* With `torn`, what comes of an end at each byte is looked at as well. */
static void play(struct play *p, struct fuzz_pieces pieces, bool torn)
{
	struct span piece;

	http_response_init(&p->r);
	p->verdict = HTTP_MORE;
	p->closed = false;
	p->used = p->len = 0;
	while (p->verdict == HTTP_MORE && fuzz_piece(&pieces, &piece)) {
		feed(p, piece);
		if (torn && p->verdict == HTTP_MORE && p->r.head_done &&
		    http_end(&p->r) == HTTP_DONE)
			CHECK(!p->r.persistent);
		else if (torn && p->verdict == HTTP_MORE)
			CHECK(http_end(&p->r) == HTTP_BAD);
	}
	fuzz_stop(&pieces);
	if (p->verdict != HTTP_MORE)
		return;
	p->closed = true;
	p->verdict = http_end(&p->r);
	CHECK(p->verdict != HTTP_MORE);
}

static void check_same(const struct play *a, const struct play *b)
{
	const struct http_response *x = &a->r, *y = &b->r;

	CHECK(a->verdict == b->verdict && a->closed == b->closed);
	CHECK(a->used == b->used && a->len == b->len);
	CHECK(memcmp(a->body, b->body, a->len) == 0);
	CHECK(x->head_done == y->head_done);
	CHECK(a->verdict != HTTP_BAD || x->why == y->why);
	if (!x->head_done)
		return;
	CHECK(x->status == y->status && x->persistent == y->persistent);
	CHECK(x->json == y->json && x->encoded == y->encoded);
	CHECK(x->has_retry_after == y->has_retry_after);
	CHECK(!x->has_retry_after || x->retry_after == y->retry_after);
}

/* --- A plain reader of what was accepted --- */

/* Cuts a line off; its end must be CRLF, and no other CR, LF or NUL in it. */
static struct span cut_line(struct span *in)
{
	struct span line = *in;

	for (line.len = 0; line.len < in->len; line.len++) {
		uint8_t c = line.at[line.len];

		CHECK(c != 0 && c != '\n');
		if (c == '\r')
			break;
	}
	CHECK(line.len + 2 <= in->len && line.at[line.len + 1] == '\n');
	*in = span_skip(*in, line.len + 2);
	return line;
}

struct plain {
	unsigned status;
	bool http_1_0, chunked, sized, close, json, other_type, encoded;
	uint64_t size;
};

/* A 204 or a 304 may say what it likes about a body that it has not. */
static bool has_body(const struct plain *h)
{
	return h->status >= 200 && h->status != 204 && h->status != 304;
}

/* Repeated, it is the same. */
static void plain_size(struct plain *h, struct span digits)
{
	uint64_t size = 0;

	if (!has_body(h))
		return;
	CHECK(digits.len > 0);
	for (size_t i = 0; i < digits.len; i++) {
		unsigned digit = digits.at[i] - '0';

		CHECK(digit <= 9);
		CHECK(size <= (UINT64_MAX - digit) / 10);
		size = size * 10 + digit;
	}
	CHECK(!h->sized || h->size == size);
	h->sized = true;
	h->size = size;
}

/* Types between commas; what has no slash behind one is a parameter's rest. */
static void plain_type(struct plain *h, struct span value)
{
	struct span item, type;

	for (bool first = true; span_cut(&value, ',', &item); first = false) {
		span_cut(&item, ';', &type);
		type = span_trim(type, " \t");
		if (span_equal_nocase(type, SPAN("application/json")))
			h->json = true;
		else if (type.len > 0 &&
		         (first || memchr(type.at, '/', type.len) != NULL))
			h->other_type = true;
	}
}

static void plain_field(struct plain *h, struct span line)
{
	struct span name, value = line, item;

	CHECK(span_cut(&value, ':', &name) && value.at != NULL);
	CHECK(name.len > 0 && name.at[0] > ' ' && name.at[name.len - 1] > ' ');
	value = span_trim(value, " \t");
	if (span_equal_nocase(name, SPAN("content-length"))) {
		while (span_cut(&value, ',', &item))
			plain_size(h, span_trim(item, " \t"));
	} else if (span_equal_nocase(name, SPAN("transfer-encoding"))) {
		CHECK(!has_body(h) ||
		      (!h->chunked && !h->http_1_0 &&
		       span_equal_nocase(value, SPAN("chunked"))));
		h->chunked = true;
	} else if (span_equal_nocase(name, SPAN("content-type"))) {
		plain_type(h, value);
	} else if (span_equal_nocase(name, SPAN("content-encoding"))) {
		h->encoded |= value.len > 0 &&
		              !span_equal_nocase(value, SPAN("identity"));
	} else if (span_equal_nocase(name, SPAN("connection"))) {
		while (span_cut(&value, ',', &item))
			h->close |= span_equal_nocase(span_trim(item, " \t"),
			                              SPAN("close"));
	}
}

/* A status line, fields and the empty line; false for an interim answer. */
static bool plain_head(struct plain *h, struct span *in)
{
	struct span line = cut_line(in);

	*h = (struct plain){ 0 };
	CHECK(fuzz_begins(line, SPAN("HTTP/1.0 ")) ||
	      fuzz_begins(line, SPAN("HTTP/1.1 ")));
	CHECK(line.len == 12 || (line.len > 12 && line.at[12] == ' '));
	CHECK(span_digits(span_skip(line, 9), 3, &h->status));
	h->http_1_0 = line.at[7] == '0';
	while ((line = cut_line(in)).len > 0)
		plain_field(h, line);
	CHECK(h->status >= 100 && h->status != 101);
	return h->status >= 200;
}

static void plain_chunks(struct span *in, struct buf *body)
{
	for (;;) {
		struct span line = cut_line(in);
		char digits[32] = "", *end;
		unsigned long long size;

		while (line.len > 1 && line.at[0] == '0')
			line = span_skip(line, 1);
		memcpy(digits, line.at, line.len < 31 ? line.len : 31);
		size = strtoull(digits, &end, 16);
		end += strspn(end, " \t");
		CHECK(*end == ';' || *end == '\0');
		if (size == 0)
			break;
		CHECK(size <= in->len);
		buf_span(body, fuzz_first(*in, size));
		*in = span_skip(*in, size);
		CHECK(cut_line(in).len == 0);
	}
	while (cut_line(in).len > 0)
		;
}

/* Nothing but what is in the text was accepted, and all of that. */
static void check_plain(struct span text, const struct play *p)
{
	static uint8_t bytes[BODY_CAP];
	struct buf body = BUF_OVER(bytes);
	struct span in = fuzz_first(text, p->used);
	struct plain h;
	size_t interim = 0;

	while (!plain_head(&h, &in))
		CHECK(++interim <= HTTP_INTERIM_MAX);
	CHECK(p->r.status == h.status);
	CHECK(p->r.encoded == h.encoded);
	CHECK(p->r.json == (h.json && !h.other_type));
	CHECK(!has_body(&h) || !h.chunked || !h.sized);
	CHECK(p->closed == (has_body(&h) && !h.chunked && !h.sized));
	if (has_body(&h) && h.chunked) {
		plain_chunks(&in, &body);
	} else if (has_body(&h)) {
		CHECK(!h.sized || in.len == h.size);
		buf_span(&body, in);
		in.len = 0;
	}
	CHECK(in.len == 0 && !body.failed);
	CHECK(span_equal(buf_written(&body), (struct span){ p->body, p->len }));
	if (has_body(&h))
		CHECK(p->r.persistent ==
		      (!h.http_1_0 && !h.close && !p->closed));
	CHECK(!h.close || !p->r.persistent);
}

/* What follows a response is no part of it, and what lacks is missed. */
static void check_ends(struct span text, const struct play *whole)
{
	static struct play p;
	static uint8_t bytes[BODY_CAP];
	struct buf more = BUF_OVER(bytes);

	if (whole->closed)
		return;
	CHECK(whole->used > 0);
	play(&p, fuzz_split(fuzz_first(text, whole->used), 0), false);
	check_same(whole, &p);
	play(&p, fuzz_split(fuzz_first(text, whole->used - 1), 0), false);
	CHECK(p.verdict == HTTP_BAD && p.closed);
	buf_span(&more, fuzz_first(text, whole->used));
	buf_text(&more, "HTTP/1.1 500 more\r\n\r\n");
	play(&p, fuzz_split(buf_written(&more), 0), false);
	check_same(whole, &p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play whole, p;
	struct span text = { data, size };

	if (size > BODY_CAP / 2)
		return 0;
	play(&whole, fuzz_split(text, 0), false);
	CHECK(whole.used <= size && whole.len <= whole.used);
	CHECK(whole.verdict != HTTP_BAD || whole.r.why[0] != '\0');
	for (size_t way = 1; way < fuzz_ways(text); way++) {
		play(&p, fuzz_split(text, way), way == 1);
		check_same(&whole, &p);
	}
	if (whole.verdict == HTTP_DONE) {
		check_plain(text, &whole);
		check_ends(text, &whole);
	}
	return 0;
}
