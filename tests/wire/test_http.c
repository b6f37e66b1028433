/* SPDX-License-Identifier: MIT */
/* Tests of wire/http: the wire table, the conformance cases, the requests. */
/* links: tests/wire/cases.c */
#include "wire/http.h"

#include "wire/cases.h"

/* --- Playing bytes to the reader --- */

/* Where the reader is after what it was fed. */
struct play {
	struct http_response response;
	enum http_verdict verdict;
	size_t used; /* bytes that belong to the response */
	size_t body_len;
	uint8_t body[16384];
};

static size_t splits, prefixes;

static void start(struct play *p)
{
	http_response_init(&p->response);
	p->verdict = HTTP_MORE;
	p->used = p->body_len = 0;
}

static void feed(struct play *p, struct span bytes)
{
	struct span in = guarded(bytes), body;

	while (in.len > 0 && p->verdict == HTTP_MORE) {
		struct span before = in;

		p->verdict = http_feed(&p->response, &in, &body);
		assert_true(in.at + in.len == before.at + before.len);
		assert_true(in.at > before.at);
		if (body.len == 0)
			continue;
		assert_true(body.at >= before.at &&
		            body.at + body.len <= in.at);
		assert_true(p->body_len + body.len <= sizeof(p->body));
		memcpy(p->body + p->body_len, body.at, body.len);
		p->body_len += body.len;
	}
	p->used += bytes.len - in.len;
}

static void end(struct play *p)
{
	if (p->verdict == HTTP_MORE)
		p->verdict = http_end(&p->response);
}

static struct span body_of(const struct play *p)
{
	return (struct span){ p->body, p->body_len };
}

static void assert_same(const char *name, const struct play *p,
                        const struct play *want)
{
	assert_row(name, p->verdict == want->verdict);
	if (want->verdict != HTTP_DONE) {
		assert_row(name, p->response.why != NULL);
		return;
	}
	assert_row(name, p->used == want->used);
	assert_row(name, p->response.status == want->response.status);
	assert_row(name, p->response.persistent == want->response.persistent);
	assert_span(name, body_of(p), body_of(want));
}

static struct span first(struct span s, size_t n)
{
	return (struct span){ s.at, n };
}

static void check_splits(const char *name, struct span text,
                         const struct play *whole)
{
	static struct play p;

	start(&p);
	for (size_t i = 0; i < text.len; i++)
		feed(&p, first(span_skip(text, i), 1));
	end(&p);
	assert_same(name, &p, whole);
	for (size_t i = 0; i <= text.len; i++, splits++) {
		start(&p);
		feed(&p, first(text, i));
		feed(&p, span_skip(text, i));
		end(&p);
		assert_same(name, &p, whole);
	}
}

/* Of a valid response: what is not complete is more, and torn at its end. */
static void check_prefixes(const char *name, struct span text,
                           const struct play *whole, bool closes)
{
	static struct play p;

	for (size_t i = 0; i < whole->used; i++, prefixes++) {
		start(&p);
		feed(&p, first(text, i));
		assert_row(name, p.verdict == HTTP_MORE);
		end(&p);
		assert_row(name, p.verdict == (closes && p.response.head_done
		                                       ? HTTP_DONE
		                                       : HTTP_BAD));
	}
}

/* Plays the text in every way, and leaves what came of it in *whole. */
static void check_text(const char *name, struct span text, struct play *whole)
{
	bool closes;

	start(whole);
	feed(whole, text);
	closes = whole->verdict == HTTP_MORE;
	end(whole);
	assert_row(name, whole->verdict != HTTP_MORE);
	assert_row(name, whole->verdict == HTTP_BAD || !closes ||
	                         !whole->response.persistent);
	check_splits(name, text, whole);
	if (whole->verdict == HTTP_DONE)
		check_prefixes(name, text, whole, closes);
}

/* --- Conformance --- */

static void conformance_cases(void **state)
{
	static struct test_cases cases;
	static struct play whole;

	(void)state;
	splits = prefixes = 0;
	cases_load("http.jsonl", &cases);
	for (size_t i = 0; i < cases.count; i++) {
		const struct test_case *c = &cases.at[i];

		check_text(c->name, c->text, &whole);
		assert_row(c->name, (whole.verdict == HTTP_DONE) == c->accept);
		if (!c->accept)
			continue;
		assert_row(c->name, whole.response.status == c->status);
		assert_row(c->name, whole.body_len == c->body_len);
	}
	print_message("%zu cases, %zu splits, %zu prefixes\n", cases.count,
	              splits, prefixes);
}

/* --- The wire table of DESIGN.md, one test a row --- */

#define OK "HTTP/1.1 200 OK\r\n"
#define END "\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define CONTINUE "HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\n"
#define CONTINUE_4 CONTINUE CONTINUE CONTINUE CONTINUE
#define CONTINUE_8 CONTINUE_4 CONTINUE_4

/* A response; status 0 is bad. `rest` bytes at its end are not part of it. */
struct sample {
	struct span text;
	unsigned status;
	struct span body;
	size_t rest;
};

#define FINE(text, status, body) \
	{ \
		BYTES(text), status, BYTES(body), 0 \
	}
#define BAD(text) FINE(text, 0, "")
#define LAST \
	{ \
		{ NULL, 0 }, 0, { NULL, 0 }, 0 \
	}

static void play_row(void **state)
{
	static struct play whole;

	for (const struct sample *s = *state; s->text.at != NULL; s++) {
		const char *label = (const char *)s->text.at;

		check_text(label, s->text, &whole);
		if (s->status == 0) {
			assert_row(label, whole.verdict == HTTP_BAD);
			continue;
		}
		assert_row(label, whole.verdict == HTTP_DONE);
		assert_row(label, whole.response.head_done);
		assert_row(label, whole.response.status == s->status);
		assert_row(label, whole.used == s->text.len - s->rest);
		assert_span(label, body_of(&whole), s->body);
	}
}

static struct sample bare_line_ends[] = {
	BAD("HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
	BAD("HTTP/1.1 200 OK\n" EMPTY),
	BAD("HTTP/1.1 200 OK\r" EMPTY),
	BAD("HTTP/1.1 200 OK\r\r\n" EMPTY),
	BAD("\r\n" OK EMPTY),
	BAD("\n" OK EMPTY),
	BAD(OK "Content-Length: 0\n\r\n"),
	BAD(OK "A: b\rContent-Length: 0\r\n\r\n"),
	BAD(OK "Content-Length: 0\r\n\n"),
	BAD(OK "Content-Length: 0\r\n\r\r\n"),
	BAD(CHUNKED "1\nx\r\n0\r\n\r\n"),
	BAD(CHUNKED "1\r\nx\n0\r\n\r\n"),
	BAD(CHUNKED "1\r\nx\r0\r\n\r\n"),
	BAD(CHUNKED "1\r\nx\r\n0\n\r\n"),
	BAD(CHUNKED "1\r\nx\r\n0\r\n\n"),
	BAD(CHUNKED "1\r\nx\r\n0\r\nA: b\n\r\n"),
	LAST,
};

static struct sample nul_in_the_head[] = {
	BAD("HTTP/1.1 200 O\0K\r\n" EMPTY),
	BAD("\0" OK EMPTY),
	BAD(OK "A: \0\r\n" EMPTY),
	BAD(OK "A\0: b\r\n" EMPTY),
	BAD(OK "Content-Length: 1\0\r\n\r\nx"),
	BAD(CHUNKED "1;a=\0\r\nx\r\n0\r\n\r\n"),
	BAD(CHUNKED "0\r\nA: \0\r\n\r\n"),
	/* In content it is a byte as all others. */
	FINE(OK "Content-Length: 1\r\n\r\n\0", 200, "\0"),
	LAST,
};

static struct sample folded_header[] = {
	BAD(OK "A: b\r\n c\r\n" EMPTY),         BAD(OK "A: b\r\n\tc\r\n" EMPTY),
	BAD(OK "A: b\r\n \r\n" EMPTY),          BAD(OK " A: b\r\n" EMPTY),
	BAD(CHUNKED "0\r\nA: b\r\n c\r\n\r\n"), LAST,
};

static struct sample blank_before_a_colon[] = {
	BAD(OK "Content-Length : 0\r\n\r\n"),
	BAD(OK "A\t: b\r\n" EMPTY),
	BAD(OK "A b: c\r\n" EMPTY),
	BAD(CHUNKED "0\r\nA : b\r\n\r\n"),
	LAST,
};

static struct sample header_without_a_colon[] = {
	BAD(OK "A\r\n" EMPTY),
	BAD(OK ": b\r\n" EMPTY),
	BAD(OK "A@b: c\r\n" EMPTY),
	BAD(OK "A\xc3\xa9: c\r\n" EMPTY),
	BAD(OK "A\x7f: c\r\n" EMPTY),
	BAD(CHUNKED "0\r\nA\r\n\r\n"),
	FINE(OK "A:\r\n" EMPTY, 200, ""),
	FINE(OK "!#$%&'*+-.^_`|~09azAZ:::\r\n" EMPTY, 200, ""),
	LAST,
};

static struct sample other_http_versions[] = {
	BAD("HTTP/0.9 200 OK\r\n" EMPTY),
	BAD("HTTP/1.2 200 OK\r\n" EMPTY),
	BAD("HTTP/2 200 OK\r\n" EMPTY),
	BAD("HTTP/2.0 200 OK\r\n" EMPTY),
	BAD("HTTP/1 200 OK\r\n" EMPTY),
	BAD("HTTP/1.10 200 OK\r\n" EMPTY),
	BAD("HTTP/1.1\t200 OK\r\n" EMPTY),
	BAD("http/1.1 200 OK\r\n" EMPTY),
	BAD("ICY 200 OK\r\n" EMPTY),
	BAD("<!doctype html>\r\n\r\n"),
	BAD(" HTTP/1.1 200 OK\r\n" EMPTY),
	FINE("HTTP/1.0 200 OK\r\n" EMPTY, 200, ""),
	LAST,
};

static struct sample status_line_without_a_reason[] = {
	FINE("HTTP/1.1 200\r\n" EMPTY, 200, ""),
	FINE("HTTP/1.1 200 \r\n" EMPTY, 200, ""),
	FINE("HTTP/1.1 404 nicht gef\xfcnden\r\n" EMPTY, 404, ""),
	FINE("HTTP/1.1 999 \xff\r\n" EMPTY, 999, ""),
	BAD("HTTP/1.1\r\n" EMPTY),
	BAD("HTTP/1.1 \r\n" EMPTY),
	BAD("HTTP/1.1 20\r\n" EMPTY),
	BAD("HTTP/1.1 20 OK\r\n" EMPTY),
	BAD("HTTP/1.1 2000 OK\r\n" EMPTY),
	BAD("HTTP/1.1 200OK\r\n" EMPTY),
	BAD("HTTP/1.1 200\tOK\r\n" EMPTY),
	BAD("HTTP/1.1  200 OK\r\n" EMPTY),
	BAD("HTTP/1.1 099 OK\r\n" EMPTY),
	BAD("HTTP/1.1 000 OK\r\n" EMPTY),
	BAD("HTTP/1.1 -20 OK\r\n" EMPTY),
	BAD("HTTP/1.1 2x0 OK\r\n" EMPTY),
	LAST,
};

static struct sample length_and_coding_together[] = {
	BAD(OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
	       "1\r\nx\r\n0\r\n\r\n"),
	BAD(OK "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"
	       "0\r\n\r\n"),
	BAD(OK "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n"
	       "0\r\n\r\n"),
	LAST,
};

#define CODED(value) OK "Transfer-Encoding: " value "\r\n\r\n0\r\n\r\n"

static struct sample coding_other_than_one_chunked[] = {
	FINE(CODED("chunked"), 200, ""),
	FINE(CODED("ChUnKeD \t"), 200, ""),
	BAD(CODED("gzip")),
	BAD(CODED("identity")),
	BAD(CODED("gzip, chunked")),
	BAD(CODED("chunked, chunked")),
	BAD(CODED("chunked\r\nTransfer-Encoding: chunked")),
	BAD(CODED("chunked\r\nTransfer-Encoding:")),
	BAD(CODED("")),
	BAD(CODED("xchunked")),
	BAD(CODED("chunked;q=1")),
	BAD(CODED("\"chunked\"")),
	BAD(CODED("\x0b"
	          "chunked")),
	LAST,
};

static struct sample chunked_in_http_1_0[] = {
	BAD("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	LAST,
};

#define LENGTH(value, body) OK "Content-Length: " value "\r\n\r\n" body

static struct sample content_length[] = {
	FINE(LENGTH("6", "abcdef"), 200, "abcdef"),
	FINE(LENGTH("006", "abcdef"), 200, "abcdef"),
	FINE(LENGTH("\t 6 \t", "abcdef"), 200, "abcdef"),
	FINE(LENGTH("6\r\nContent-Length: 6", "abcdef"), 200, "abcdef"),
	FINE(LENGTH("6, 6", "abcdef"), 200, "abcdef"),
	FINE(LENGTH("6,6\t,06", "abcdef"), 200, "abcdef"),
	BAD(LENGTH("6\r\nContent-Length: 7", "abcdefg")),
	BAD(LENGTH("6, 7", "abcdefg")),
	BAD(LENGTH("6, 6\r\nContent-Length: 7", "abcdefg")),
	BAD(LENGTH("", "")),
	BAD(LENGTH(",", "")),
	BAD(LENGTH("6,", "abcdef")),
	BAD(LENGTH("+6", "abcdef")),
	BAD(LENGTH("-6", "abcdef")),
	BAD(LENGTH("6 6", "abcdef")),
	BAD(LENGTH("6;6", "abcdef")),
	BAD(LENGTH("0x6", "abcdef")),
	BAD(LENGTH("6.0", "abcdef")),
	BAD(LENGTH("6a", "abcdef")),
	BAD(LENGTH("\xd9\xa6", "abcdef")),
	/* 2^64, 2^64 + 6 and one digit more */
	BAD(LENGTH("18446744073709551616", "abcdef")),
	BAD(LENGTH("18446744073709551622", "abcdef")),
	BAD(LENGTH("184467440737095516160", "abcdef")),
	BAD(LENGTH("6\r\nContent-Length: x", "abcdef")),
	BAD(LENGTH("x\r\nContent-Length: 6", "abcdef")),
	/* shorter than announced */
	BAD(LENGTH("6", "abcde")),
	BAD(LENGTH("18446744073709551615", "abcde")),
	LAST,
};

static struct sample interim_answers[] = {
	FINE(CONTINUE LENGTH("1", "x"), 200, "x"),
	FINE(CONTINUE_8 LENGTH("1", "x"), 200, "x"),
	BAD(CONTINUE_8 CONTINUE LENGTH("1", "x")),
	FINE("HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n"
	     "Content-Type: application/json\r\n\r\n" LENGTH("1", "x"),
	     200, "x"),
	BAD("HTTP/1.1 101 Switching Protocols\r\n\r\n" LENGTH("1", "x")),
	BAD(CONTINUE "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
	BAD(CONTINUE),
	LAST,
};

static struct sample no_content_no_body[] = {
	FINE("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
	FINE("HTTP/1.1 304 Not Modified\r\n\r\n", 304, ""),
	{ BYTES("HTTP/1.1 204 x\r\nContent-Length: 3\r\n\r\nabc"), 204,
	  BYTES(""), 3 },
	{ BYTES("HTTP/1.1 304 x\r\nContent-Length: x\r\n\r\nabc"), 304,
	  BYTES(""), 3 },
	{ BYTES("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
	        "\r\n"),
	  204, BYTES(""), 5 },
	FINE("HTTP/1.1 204 x\r\nTransfer-Encoding: gzip\r\n"
	     "Content-Length: 1\r\n\r\n",
	     204, ""),
	LAST,
};

static struct sample chunks[] = {
	FINE(CHUNKED "3\r\nabc\r\n0\r\n\r\n", 200, "abc"),
	FINE(CHUNKED "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", 200, "abc"),
	FINE(CHUNKED "A\r\n0123456789\r\n000\r\n\r\n", 200, "0123456789"),
	FINE(CHUNKED "a\r\n0123456789\r\n0\r\n\r\n", 200, "0123456789"),
	FINE(CHUNKED "00000000000000000000003\r\nabc\r\n0\r\n\r\n", 200, "abc"),
	FINE(CHUNKED "3\r\n\r\n0\r\n0\r\n\r\n", 200, "\r\n0"),
	/* extensions */
	FINE(CHUNKED "3;a\r\nabc\r\n0;b=\"c;d\"\r\n\r\n", 200, "abc"),
	FINE(CHUNKED "3 ; a = b\r\nabc\r\n0 \t\r\n\r\n", 200, "abc"),
	/* trailers; what they say has no effect */
	FINE(CHUNKED "3\r\nabc\r\n0\r\nA: b\r\nC:\r\n\r\n", 200, "abc"),
	FINE(CHUNKED "0\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\n\r\n",
	     200, ""),
	BAD(CHUNKED "\r\n"),
	BAD(CHUNKED "x\r\n\r\n"),
	BAD(CHUNKED ";a\r\n\r\n"),
	BAD(CHUNKED " 3\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "-3\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "+3\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "3 3\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "3g\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "3\r\nabcd\r\n0\r\n\r\n"),
	BAD(CHUNKED "3\r\nab\r\n0\r\n\r\n"),
	BAD(CHUNKED "3\r\nabc0\r\n\r\n"),
	BAD(CHUNKED "3\r\nabc\r\n\r\n0\r\n\r\n"),
	/* 2^64, 2^64 + 3 */
	BAD(CHUNKED "10000000000000000\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n"),
	BAD(CHUNKED "ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
	/* torn */
	BAD(CHUNKED "3\r\nabc\r\n"),
	BAD(CHUNKED "3\r\nabc\r\n0\r\n"),
	LAST,
};

static struct sample body_to_the_end[] = {
	FINE(OK "\r\nabc", 200, "abc"),
	FINE(OK "\r\n", 200, ""),
	FINE("HTTP/1.0 500 x\r\nConnection: keep-alive\r\n\r\n\r\n", 500,
	     "\r\n"),
	LAST,
};

/* Only a clean end completes it; till then, and at a torn end, it is more. */
static void body_to_a_torn_end(void **state)
{
	static struct play p;

	(void)state;
	start(&p);
	feed(&p, SPAN(OK "\r\nabc"));
	assert_int_equal(p.verdict, HTTP_MORE);
	assert_true(p.response.head_done);
	feed(&p, SPAN("def"));
	assert_int_equal(p.verdict, HTTP_MORE);
	end(&p);
	assert_int_equal(p.verdict, HTTP_DONE);
	assert_span("body", body_of(&p), SPAN("abcdef"));
}

static struct sample bytes_behind_the_end[] = {
	{ BYTES(LENGTH("1", "xy")), 200, BYTES("x"), 1 },
	{ BYTES(OK EMPTY OK EMPTY), 200, BYTES(""), sizeof(OK EMPTY) - 1 },
	{ BYTES(CHUNKED "1\r\nx\r\n0\r\n\r\nHTTP/1.1"), 200, BYTES("x"), 8 },
	{ BYTES("HTTP/1.1 204 x\r\n\r\n\0"), 204, BYTES(""), 1 },
	LAST,
};

#define REDIRECT(code) \
	FINE("HTTP/1.1 " #code " x\r\nLocation: https://x/\r\n" EMPTY, code, "")

/* It is an answer like any other: there is no code that could follow. */
static struct sample redirects[] = {
	REDIRECT(301), REDIRECT(302), REDIRECT(303),
	REDIRECT(307), REDIRECT(308), LAST,
};

#define ROW(name, samples) \
	{ \
		name, play_row, NULL, NULL, samples \
	}

/* --- What the head says --- */

static void fields_that_matter_are_read(void **state)
{
	static const struct {
		const char *head;
		bool persistent, json, encoded;
	} rows[] = {
		{ OK "", true, false, false },
		{ "HTTP/1.0 200 OK\r\n", false, false, false },
		{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", false, false,
		  false },
		{ OK "Connection: keep-alive\r\n", true, false, false },
		{ OK "Connection: close\r\n", false, false, false },
		{ OK "cOnNeCtIoN: Keep-Alive , CLOSE\r\n", false, false,
		  false },
		{ OK "Connection: close\r\nConnection: keep-alive\r\n", false,
		  false, false },
		{ OK "Connection: closed, x-close\r\n", true, false, false },
		{ OK "Content-Type: application/json\r\n", true, true, false },
		{ OK "content-type:Application/JSON ; charset=x\r\n", true,
		  true, false },
		{ OK "Content-Type: application/json;\r\n", true, true, false },
		{ OK "Content-Type: application/jsonp\r\n", true, false,
		  false },
		{ OK "Content-Type: application/problem+json\r\n", true, false,
		  false },
		{ OK "Content-Type: text/html; a=application/json\r\n", true,
		  false, false },
		{ OK "Content-Type:\r\n", true, false, false },
		{ OK "Content-Type: text/html\r\n"
		     "Content-Type: application/json\r\n",
		  true, false, false },
		{ OK "Content-Type: application/json\r\n"
		     "Content-Type: text/html\r\n",
		  true, false, false },
		/* Twice one type is that type, however it is given. */
		{ OK "Content-Type: application/json, application/json;"
		     "charset=UTF-8\r\n",
		  true, true, false },
		{ OK "Content-Type: application/json;charset=utf-8\r\n"
		     "Content-Type: Application/JSON\r\n",
		  true, true, false },
		{ OK "Content-Type: application/json,application/json ,"
		     "application/json;a=\"b\"\r\n",
		  true, true, false },
		{ OK "Content-Type: application/json, text/html\r\n", true,
		  false, false },
		{ OK "Content-Type: text/html, application/json\r\n", true,
		  false, false },
		{ OK "Content-Type: ,application/json, ,\r\n", true, true,
		  false },
		{ OK "Content-Type: application/json; a=\"b,c;d\",e=f\r\n",
		  true, true, false },
		{ OK "X-Content-Type: application/json\r\n", true, false,
		  false },
		{ OK "Content-Encoding: gzip\r\n", true, false, true },
		{ OK "Content-Encoding: Identity\r\n", true, false, false },
		{ OK "Content-Encoding:\r\n", true, false, false },
		{ OK "Content-Encoding: identity, br\r\n", true, false, true },
		{ OK "Content-Encoding: br\r\nContent-Encoding: identity\r\n",
		  true, false, true },
		/* An interim answer's fields are its own. */
		{ "HTTP/1.1 103 x\r\nConnection: close\r\nContent-Encoding: br"
		  "\r\nContent-Type: application/json\r\nRetry-After: 9\r\n"
		  "\r\n" OK,
		  true, false, false },
	};
	static struct play p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		start(&p);
		feed(&p, span_of(rows[i].head));
		feed(&p, SPAN(EMPTY));
		assert_row(rows[i].head, p.verdict == HTTP_DONE);
		assert_row(rows[i].head,
		           p.response.persistent == rows[i].persistent);
		assert_row(rows[i].head, p.response.json == rows[i].json);
		assert_row(rows[i].head, p.response.encoded == rows[i].encoded);
		assert_row(rows[i].head, !p.response.has_retry_after);
	}
}

/* Whoever announces a body where there is none may yet send it. */
static void a_204_with_a_length_ends_the_connection(void **state)
{
	static const struct {
		const char *fields;
		bool persistent;
	} rows[] = {
		{ "\r\n", true },
		{ EMPTY, true },
		{ "Content-Length: 1\r\n\r\n", false },
		{ "Content-Length: x\r\n\r\n", false },
		{ "Transfer-Encoding: chunked\r\n\r\n", false },
	};
	static struct play p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		start(&p);
		feed(&p, SPAN("HTTP/1.1 204 x\r\n"));
		feed(&p, span_of(rows[i].fields));
		assert_row(rows[i].fields, p.verdict == HTTP_DONE);
		assert_row(rows[i].fields,
		           p.response.persistent == rows[i].persistent);
	}
}

/* They come once all has been decided, in part long after. */
static void trailers_say_nothing(void **state)
{
	static struct play p;

	(void)state;
	start(&p);
	feed(&p,
	     SPAN("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
	          "Connection: close\r\nRetry-After: 1\r\n"
	          "X-Pagination-Total: 1\r\nX-Should-Retry: true\r\n"
	          "Content-Type: application/json\r\n"
	          "Content-Encoding: gzip\r\n\r\n"));
	assert_true(p.verdict == HTTP_DONE);
	assert_true(p.response.persistent);
	assert_false(p.response.has_retry_after || p.response.has_total ||
	             p.response.retry_wanted || p.response.json ||
	             p.response.encoded);
}

/* --- X-Pagination-Total --- */

/* Proxies join what they were given twice; what promises more counts. */
static void a_total_is_read(void **state)
{
	static const struct {
		const char *fields;
		uint32_t total;
		bool has_total;
	} rows[] = {
		{ "", 0, false },
		{ "X-Pagination-Total: 3\r\n", 3, true },
		{ "X-Pagination-Total: 0\r\n", 0, true },
		{ "x-pagination-total:\t3 \r\n", 3, true },
		{ "X-Pagination-Total: 3, 3\r\n", 3, true },
		{ "X-Pagination-Total: 3,2\r\n", 3, true },
		{ "X-Pagination-Total: 2 ,\t3\r\n", 3, true },
		{ "X-Pagination-Total: 2\r\nX-Pagination-Total: 3\r\n", 3,
		  true },
		{ "X-Pagination-Total: 3\r\nX-Pagination-Total: 2\r\n", 3,
		  true },
		{ "X-Pagination-Total: , 3,\r\n", 3, true },
		{ "X-Pagination-Total: x, 3\r\n", 3, true },
		{ "X-Pagination-Total:\r\n", 0, false },
		{ "X-Pagination-Total: +3\r\n", 0, false },
		{ "X-Pagination-Total: 3 3\r\n", 0, false },
		{ "X-Pagination-Total: many\r\n", 0, false },
	};
	static struct play p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		start(&p);
		feed(&p, SPAN("HTTP/1.1 200 x\r\n"));
		feed(&p, span_of(rows[i].fields));
		feed(&p, SPAN(EMPTY));
		assert_row(rows[i].fields, p.verdict == HTTP_DONE);
		assert_row(rows[i].fields,
		           p.response.has_total == rows[i].has_total);
		assert_row(rows[i].fields, p.response.total == rows[i].total);
	}
}

/* --- Retry-After --- */

#define NO_RETRY (-1)
#define EPOCH "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"

static void retry_after_is_read(void **state)
{
	static const struct {
		const char *fields;
		int64_t seconds;
	} rows[] = {
		{ "", NO_RETRY },
		{ "Retry-After: 0\r\n", 0 },
		{ "Retry-After: 120 \r\n", 120 },
		{ "Retry-After: 4294967295\r\n", 4294967295 },
		{ "Retry-After:\r\n", NO_RETRY },
		{ "Retry-After: -1\r\n", NO_RETRY },
		/* a fraction, which no standard has, is waited out */
		{ "Retry-After: 1.5\r\n", 2 },
		{ "Retry-After: 2.500\r\n", 3 },
		{ "Retry-After: 0.001\r\n", 1 },
		{ "Retry-After: 3.000\r\n", 3 },
		{ "Retry-After: 4294967295.9\r\n", 4294967295 },
		{ "Retry-After: 1.\r\n", NO_RETRY },
		{ "Retry-After: .5\r\n", NO_RETRY },
		{ "Retry-After: 1.5.5\r\n", NO_RETRY },
		{ "Retry-After: 1.-5\r\n", NO_RETRY },
		{ "Retry-After: 1,5\r\n", NO_RETRY },
		{ "Retry-After: soon\r\n", NO_RETRY },
		/* RFC 9110 section 5.6.7: one moment in three forms */
		{ EPOCH "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		  784111777 },
		{ EPOCH "Retry-After: Sunday, 06-Nov-94 08:49:37 GMT\r\n",
		  784111777 },
		{ EPOCH "Retry-After: Sun Nov  6 08:49:37 1994\r\n",
		  784111777 },
		{ "Retry-After: Sun Nov  6 08:49:37 1994\r\n"
		  "Date: Sunday, 06-Nov-94 08:49:00 GMT\r\n",
		  37 },
		{ EPOCH "Retry-After: Thursday, 01-Jan-70 00:01:00 GMT\r\n",
		  60 },
		{ "Date: Tue, 31 Dec 2069 23:59:59 GMT\r\n"
		  "Retry-After: Tuesday, 31-Dec-69 23:59:59 GMT\r\n",
		  0 },
		{ "Date: Mon, 28 Feb 2028 23:59:59 GMT\r\n"
		  "Retry-After: Tue, 29 Feb 2028 00:00:00 GMT\r\n",
		  1 },
		/* all months */
		{ EPOCH "Retry-After: Sun, 31 Jan 2027 00:00:00 GMT\r\n",
		  1801353600 },
		{ EPOCH "Retry-After: Sun, 28 Feb 2027 00:00:00 GMT\r\n",
		  1803772800 },
		{ EPOCH "Retry-After: Wed, 31 Mar 2027 00:00:00 GMT\r\n",
		  1806451200 },
		{ EPOCH "Retry-After: Fri, 30 Apr 2027 00:00:00 GMT\r\n",
		  1809043200 },
		{ EPOCH "Retry-After: Mon, 31 May 2027 00:00:00 GMT\r\n",
		  1811721600 },
		{ EPOCH "Retry-After: Wed, 30 Jun 2027 00:00:00 GMT\r\n",
		  1814313600 },
		{ EPOCH "Retry-After: Sat, 31 Jul 2027 00:00:00 GMT\r\n",
		  1816992000 },
		{ EPOCH "Retry-After: Tue, 31 Aug 2027 00:00:00 GMT\r\n",
		  1819670400 },
		{ EPOCH "Retry-After: Thu, 30 Sep 2027 00:00:00 GMT\r\n",
		  1822262400 },
		{ EPOCH "Retry-After: Sun, 31 Oct 2027 00:00:00 GMT\r\n",
		  1824940800 },
		{ EPOCH "Retry-After: Tue, 30 Nov 2027 00:00:00 GMT\r\n",
		  1827532800 },
		{ EPOCH "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT\r\n",
		  1830297599 },
		/* in the past; too far ahead */
		{ "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"
		  "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		  0 },
		{ EPOCH "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
		  4294967295 },
		/* no clock to count from, or no date */
		{ "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", NO_RETRY },
		{ "Date: today\r\n"
		  "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		  NO_RETRY },
		{ EPOCH "Retry-After: Mon, 31 Nov 1994 08:49:37 GMT\r\n",
		  NO_RETRY },
		{ EPOCH "Retry-After: Sun, 06 Nov 1994 24:00:00 GMT\r\n",
		  NO_RETRY },
		{ EPOCH "Retry-After: Sun, 06 Nov 1994 08:49 GMT\r\n",
		  NO_RETRY },
		{ EPOCH "Retry-After: Sun, 06 Nov 1994 08.49.37 GMT\r\n",
		  NO_RETRY },
		{ EPOCH "Retry-After: Sun, 06 Foo 1994 08:49:37 GMT\r\n",
		  NO_RETRY },
		{ EPOCH "Retry-After: Sun, 06 Nov 08:49:37 GMT\r\n", NO_RETRY },
	};
	static struct play p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t seconds = NO_RETRY;

		start(&p);
		feed(&p, SPAN("HTTP/1.1 429 x\r\n"));
		feed(&p, span_of(rows[i].fields));
		feed(&p, SPAN(EMPTY));
		assert_row(rows[i].fields, p.verdict == HTTP_DONE);
		if (p.response.has_retry_after)
			seconds = p.response.retry_after;
		if (seconds != rows[i].seconds)
			fail_msg("%s: %lld", rows[i].fields,
			         (long long)seconds);
	}
	/* More than 32 bits hold is as many as they hold, or nearly. */
	start(&p);
	feed(&p, SPAN(OK "Retry-After: 99999999999999999999\r\n" EMPTY));
	assert_true(p.response.has_retry_after);
	assert_true(p.response.retry_after > 4000000000);
}

/* --- Capacities --- */

/* Feeds text and then byte `count` times. */
static void feed_many(struct play *p, uint8_t byte, size_t count)
{
	uint8_t block[1024];

	memset(block, byte, sizeof(block));
	for (size_t n; count > 0; count -= n) {
		n = count < sizeof(block) ? count : sizeof(block);
		feed(p, (struct span){ block, n });
	}
}

/* A head of exactly `size` bytes, with `before` at its start. */
static enum http_verdict play_head(const char *before, size_t size)
{
	static struct play p;

	start(&p);
	feed(&p, span_of(before));
	feed(&p, SPAN(OK "X: "));
	feed_many(&p, 'x',
	          size - strlen(before) -
	                  strlen(OK "X: "
	                            "\r\n" EMPTY));
	feed(&p, SPAN("\r\n" EMPTY));
	return p.verdict;
}

static void a_head_has_64_kib_with_its_interim_answers(void **state)
{
	(void)state;
	assert_int_equal(play_head("", HTTP_HEAD_MAX), HTTP_DONE);
	assert_int_equal(play_head("", HTTP_HEAD_MAX + 1), HTTP_BAD);
	assert_int_equal(play_head(CONTINUE_4, HTTP_HEAD_MAX), HTTP_DONE);
	assert_int_equal(play_head(CONTINUE_4, HTTP_HEAD_MAX + 1), HTTP_BAD);
}

static void a_megabyte_of_head_is_refused(void **state)
{
	static struct play p;

	(void)state;
	start(&p);
	feed(&p, SPAN(OK));
	for (size_t i = 0; i < 1 << 16 && p.verdict == HTTP_MORE; i++)
		feed(&p, SPAN("A: bcdefghijk\r\n"));
	assert_int_equal(p.verdict, HTTP_BAD);
	assert_true(p.used <= HTTP_HEAD_MAX + 1);
}

static enum http_verdict play_field(const char *field, size_t line_len)
{
	static struct play p;

	start(&p);
	feed(&p, SPAN(OK));
	feed(&p, span_of(field));
	feed_many(&p, '0', line_len - strlen(field) - 1);
	feed(&p, SPAN("1\r\n\r\nx"));
	end(&p);
	return p.verdict;
}

static void a_long_line_is_bad_only_where_it_matters(void **state)
{
	(void)state;
	assert_int_equal(play_field("Content-Length: ", HTTP_LINE_MAX),
	                 HTTP_DONE);
	assert_int_equal(play_field("Content-Length: ", HTTP_LINE_MAX + 1),
	                 HTTP_BAD);
	assert_int_equal(play_field("Retry-After: ", HTTP_LINE_MAX + 1),
	                 HTTP_BAD);
	assert_int_equal(play_field("Set-Cookie: ", HTTP_LINE_MAX + 1),
	                 HTTP_DONE);
	assert_int_equal(play_field("X: ", 50000), HTTP_DONE);
}

/* The bytes of one line of extensions, CRLF included, `chunks` times. */
static enum http_verdict play_extensions(size_t line_len, size_t count)
{
	static struct play p;

	start(&p);
	feed(&p, SPAN(CHUNKED));
	for (size_t i = 0; i < count && p.verdict == HTTP_MORE; i++) {
		feed(&p, SPAN("1;"));
		feed_many(&p, 'x', line_len - 4);
		feed(&p, SPAN("\r\nx\r\n"));
	}
	feed(&p, SPAN("0\r\n\r\n"));
	return p.verdict;
}

static void a_chunk_line_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(play_extensions(1000, 1), HTTP_DONE);
	assert_int_equal(play_extensions(HTTP_CHUNK_LINE_MAX + 64, 1),
	                 HTTP_BAD);
}

/* What is fine for the last chunk is fine for each. */
static void a_chunk_line_has_the_same_bound_everywhere(void **state)
{
	static struct play p;

	(void)state;
	for (size_t len = HTTP_CHUNK_LINE_MAX - 8;
	     len <= HTTP_CHUNK_LINE_MAX + 8; len++) {
		start(&p);
		feed(&p, SPAN(CHUNKED "0;"));
		feed_many(&p, 'x', len - 4);
		feed(&p, SPAN("\r\n\r\n"));
		if (play_extensions(len, 1) != p.verdict)
			fail_msg("a line of %zu bytes", len);
	}
}

/* Each line has its bound; a long list in small chunks needs many of them. */
static void any_number_of_chunks_is_fine(void **state)
{
	(void)state;
	assert_int_equal(play_extensions(1000, 1000), HTTP_DONE);
}

static void trailers_are_bounded(void **state)
{
	static struct play p;

	(void)state;
	start(&p);
	feed(&p, SPAN(CHUNKED "0\r\n"));
	for (size_t i = 0; i < 1 << 16 && p.verdict == HTTP_MORE; i++)
		feed(&p, SPAN("A: bcdefghijk\r\n"));
	assert_int_equal(p.verdict, HTTP_BAD);
}

/* --- Requests --- */

static void a_request_is_its_bytes(void **state)
{
	static const char want[] = "DELETE /api/v1/x HTTP/1.1\r\n"
				   "Host: h:1\r\n"
				   "X: \xc3\xa9 \t~\r\n"
				   "Empty: \r\n"
				   "\r\n";

	(void)state;
	for (size_t cap = 0; cap <= sizeof(want); cap++) {
		uint8_t room[sizeof(want)];
		struct buf out = { .at = room, .cap = cap };

		http_put_line(&out, "DELETE", SPAN("/api/v1/x"));
		http_put_field(&out, "Host", SPAN("h:1"));
		http_put_field(&out, "X", SPAN("\xc3\xa9 \t~"));
		http_put_field(&out, "Empty", SPAN(""));
		http_put_end(&out);
		assert_int_equal(out.failed, cap < sizeof(want) - 1);
		if (!out.failed)
			assert_span("request", buf_written(&out),
			            span_of(want));
	}
}

static void no_byte_breaks_out_of_a_line(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t text[] = { 'a', (uint8_t)c, 'b' };
		struct span s = { text, sizeof(text) };
		bool in_target = c > 0x20 && c < 0x7f;
		bool in_value = c == '\t' || (c >= 0x20 && c != 0x7f);
		uint8_t room[64];
		struct buf line = BUF_OVER(room), field = BUF_OVER(room);

		http_put_line(&line, "GET", s);
		http_put_field(&field, "A", s);
		if (line.failed == in_target)
			fail_msg("%02x in a target", c);
		if (field.failed == in_value || http_is_value(s) != in_value)
			fail_msg("%02x in a value", c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conformance_cases),
		ROW("bad: a line ends with bare LF or bare CR", bare_line_ends),
		ROW("bad: NUL anywhere in the head", nul_in_the_head),
		ROW("bad: folded header", folded_header),
		ROW("bad: blank before a colon", blank_before_a_colon),
		ROW("bad: header without a colon", header_without_a_colon),
		ROW("bad: HTTP version other than 1.0 and 1.1",
		    other_http_versions),
		ROW("fine: status line without a reason, with an empty one, "
		    "with non-ASCII bytes",
		    status_line_without_a_reason),
		ROW("bad: Content-Length and Transfer-Encoding together",
		    length_and_coding_together),
		ROW("bad: Transfer-Encoding other than exactly one chunked",
		    coding_other_than_one_chunked),
		ROW("bad: chunked in HTTP/1.0", chunked_in_http_1_0),
		ROW("Content-Length: one value is fine, all else bad",
		    content_length),
		ROW("1xx is skipped, at most 8; 101 is bad", interim_answers),
		ROW("204, 304: no body, whatever the headers say",
		    no_content_no_body),
		ROW("chunk extensions and trailers are skipped", chunks),
		ROW("neither length nor chunked: ends with a clean end",
		    body_to_the_end),
		cmocka_unit_test(body_to_a_torn_end),
		ROW("bytes after the end are not part of it",
		    bytes_behind_the_end),
		ROW("3xx is never followed", redirects),
		cmocka_unit_test(fields_that_matter_are_read),
		cmocka_unit_test(a_204_with_a_length_ends_the_connection),
		cmocka_unit_test(a_total_is_read),
		cmocka_unit_test(retry_after_is_read),
		cmocka_unit_test(a_head_has_64_kib_with_its_interim_answers),
		cmocka_unit_test(a_megabyte_of_head_is_refused),
		cmocka_unit_test(a_long_line_is_bad_only_where_it_matters),
		cmocka_unit_test(a_chunk_line_is_bounded),
		cmocka_unit_test(a_chunk_line_has_the_same_bound_everywhere),
		cmocka_unit_test(any_number_of_chunks_is_fine),
		cmocka_unit_test(trailers_are_bounded),
		cmocka_unit_test(trailers_say_nothing),
		cmocka_unit_test(a_request_is_its_bytes),
		cmocka_unit_test(no_byte_breaks_out_of_a_line),
	};

	return cmocka_run_group_tests_name("wire/http", tests, NULL, NULL);
}
