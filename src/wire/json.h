/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259): validate, cut, tokenize, look up, unescape; knows jsmn. */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include "base/buf.h"
#include "base/limits.h"

/* jsmn is one header; json.c alone takes its code, others just its types. */
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#ifdef JSON_OWNS_JSMN
#define JSMN_STATIC
#else
#define JSMN_HEADER
#endif
#include <jsmn.h>

enum json_verdict {
	JSON_MORE, /* the beginning of a JSON text */
	JSON_DONE, /* a whole JSON text; white space may follow */
	JSON_BAD, /* no JSON text begins like this */
	JSON_LONG, /* of json_parse: more values than there is room for */
};

/*
 * The validator, to the letter of RFC 8259: no byte order mark, no NUL, valid
 * UTF-8, no lone surrogates, at most JSON_DEPTH_MAX levels. All zeros is its
 * start. It takes bytes in any pieces, each byte once, without recursion.
 */
struct json_check {
	uint8_t state;
	uint8_t depth;
	uint8_t left; /* digits, literal bytes or UTF-8 bytes to come */
	uint8_t low, high; /* bounds of the next UTF-8 byte */
	bool name; /* the string at hand is a member's name */
	uint16_t unit; /* of the \u escape at hand */
	uint16_t lead; /* a high surrogate that waits for its low one */
	const char *literal; /* what is left of true, false or null */
	uint32_t objects; /* bit n: level n is an object, not an array */
};

enum json_verdict json_check_feed(struct json_check *c, struct span text);

/*
 * A tokenized text. The text and the tokens are the caller's and must stay as
 * they are while the document is in use. Values are named by the index of
 * their token; 0 is the outermost.
 */
struct json {
	struct span text;
	const jsmntok_t *token;
	size_t count;
};

/* No such value. */
#define JSON_NONE SIZE_MAX

/*
 * Validates and tokenizes text, at most BODY_MAX bytes. JSON_DONE: all of it is
 * in *doc. JSON_MORE, the text is torn, and JSON_LONG, it has more than `cap`
 * names and values: *doc has those up to there, arrays and objects still open
 * among them. JSON_BAD: no JSON; *doc is empty. It is empty, too, for a number
 * or a literal that stands alone: no reply of the API is one.
 */
enum json_verdict json_parse(struct json *doc, struct span text,
                             jsmntok_t *tokens, size_t cap);

/*
 * The elements of one array whose bytes come in pieces, so that only one of
 * them is held at a time. The caller sets element.at and element.cap before,
 * and everything else to zeros.
 */
struct json_array {
	struct json_check check;
	struct buf element; /* the one at hand; failed: it has no room */
	unsigned long count; /* elements begun */
	bool inside; /* an element has begun, and has not ended */
};

/* What json_array_feed has found. */
enum json_cut {
	JSON_CUT_MORE, /* nothing: all of the input was read */
	JSON_CUT_ELEMENT, /* a whole element is in a->element, valid by itself */
	JSON_CUT_BAD, /* no array begins like this (RFC 8259) */
};

/*
 * Reads from *in, and moves it behind what was read. a->element is valid until
 * the next call, which must not come after JSON_CUT_BAD.
 */
enum json_cut json_array_feed(struct json_array *a, struct span *in);

/* Whether the closing bracket has come. */
bool json_array_ended(const struct json_array *a);

bool json_is_object(const struct json *doc, size_t value);
bool json_is_array(const struct json *doc, size_t value);
bool json_is_string(const struct json *doc, size_t value);
bool json_is_null(const struct json *doc, size_t value);

/*
 * Whether value is an object in which no name stands twice. Only of such a one
 * may members be read. More than JSON_MEMBERS_MAX members count as a no.
 */
bool json_is_unambiguous(const struct json *doc, size_t value);

/*
 * The member of that name of an object, or JSON_NONE; names are compared as
 * RFC 8259 section 8.3 says, after escapes are resolved. In a torn text the
 * value may be absent (JSON_NONE) or open.
 */
size_t json_member(const struct json *doc, size_t object, const char *name);

/* Whether an object has a member of that name that is not null: then *value. */
bool json_has(const struct json *doc, size_t object, const char *name,
              size_t *value);

/* Whether text, which may be torn, is the beginning of an object. */
bool json_may_become_object(struct span text);

/*
 * Whether a torn text ends within the value of that member of the outermost
 * object: then *begun is what there is of the value, which may be nothing.
 */
bool json_torn_member(const struct json *doc, const char *name,
                      struct span *begun);

/*
 * Walks an array, or the names of an object: the element behind `before`, the
 * first for JSON_NONE; JSON_NONE at the end.
 */
size_t json_element(const struct json *doc, size_t array, size_t before);

/* The text of a value as it stands; of a string what is between its quotes. */
struct span json_raw(const struct json *doc, size_t value);

/*
 * The next character of a string's raw text, escapes resolved; raw must be
 * valid and not empty, and is moved behind it.
 */
uint32_t json_next_char(struct span *raw);

/* Writes a string's characters as UTF-8. */
void json_put_string(struct buf *out, const struct json *doc, size_t value);

/*
 * Writes valid JSON text again: in ASCII (the rest as \uXXXX), on one line,
 * without the white space between its values, otherwise as it was.
 */
void json_put_ascii(struct buf *out, struct span text);

#endif
