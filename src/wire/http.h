/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 (RFC 9112): request bytes out, response bytes in; no I/O. */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/buf.h"
#include "base/limits.h"

/*
 * A request without content. Line first, then fields, then the end. Bytes
 * that could break out of a line (controls, and blanks in the target) set
 * out->failed, as does a lack of room: check it once, at the end.
 */
void http_put_line(struct buf *out, const char *method, struct span target);
void http_put_field(struct buf *out, const char *name, struct span value);
void http_put_end(struct buf *out);

/* Whether it is a field's name (RFC 9110 section 5.1). */
bool http_is_name(struct span name);

/* Whether all bytes may stand in a field value (RFC 9110 section 5.5). */
bool http_is_value(struct span value);

/* What a response is after the bytes fed so far. */
enum http_verdict {
	HTTP_MORE, /* valid so far, not complete */
	HTTP_DONE, /* complete; further bytes are not part of it */
	HTTP_BAD, /* no response that patrm accepts; `why` says the reason */
};

/*
 * The reader of one final response. Every byte is looked at once and nothing
 * is kept but the line at hand, so input may come in any pieces. The fields up
 * to `why` are for all to read, the rest is its own. It stays where it is, from
 * http_response_init on, while it is fed.
 */
struct http_response {
	/* Valid once head_done is set. */
	bool head_done; /* status line and fields were read and accepted */
	unsigned status; /* 200 to 999 */
	bool persistent; /* the connection may carry another request */
	bool json; /* Content-Type is application/json */
	bool encoded; /* a Content-Encoding other than identity */
	bool has_total;
	uint32_t total; /* elements that there are (X-Pagination-Total) */
	bool retry_wanted, retry_unwanted; /* X-Should-Retry: true, false */
	bool has_retry_after;
	uint32_t retry_after; /* seconds to wait (RFC 9110 section 10.2.3) */
	/* Valid after HTTP_BAD: a static text. */
	const char *why;

	/* What the end of the next line means; NULL: content comes. */
	enum http_verdict (*end_line)(struct http_response *r);
	bool http_1_0;
	bool length_known, length_bad; /* Content-Length */
	bool chunked, coding_bad; /* Transfer-Encoding */
	bool type_seen, date_known, retry_dated;
	bool tunnel; /* it answers CONNECT: success has no body (RFC 9112 6.3) */
	bool cr; /* the byte before was a CR */
	unsigned interim; /* 1xx answers so far */
	uint64_t length; /* of the body; then what is left of body or chunk */
	int64_t date, retry_at; /* seconds since 1970 */
	size_t room; /* bytes that the lines to come may still have */
	struct buf line; /* at hand; failed: it is longer than what is kept */
	uint8_t line_bytes[HTTP_LINE_MAX];
};

void http_response_init(struct http_response *r);

/*
 * Reads from *in, and moves it behind what was read. *body is set to the bytes
 * of content found, a part of the former *in (chunked framing removed), or to
 * nothing. Call it until it says something else than HTTP_MORE or *in is empty.
 * After HTTP_DONE or HTTP_BAD it must not be called again.
 */
enum http_verdict http_feed(struct http_response *r, struct span *in,
                            struct span *body);

/*
 * The peer has ended the connection cleanly, which over TLS means with
 * close_notify: completes a body that has no other end (RFC 9112 section 6.3
 * rule 8), and is HTTP_BAD anywhere else.
 */
enum http_verdict http_end(struct http_response *r);

#endif
