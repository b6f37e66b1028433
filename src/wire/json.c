/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259): validate, cut, tokenize, look up, unescape; knows jsmn. */
#define JSON_OWNS_JSMN
#include "wire/json.h"

#include <string.h>

#include "base/fmt.h"

/* --- The validator --- */

enum state {
	VALUE, /* a value must come */
	NAME, /* behind a comma in an object */
	COLON,
	VALUE_OR_END, /* behind [; from here on the level may end */
	NAME_OR_END, /* behind { */
	AFTER_VALUE, /* a comma or the end of the array or object */
	FINISHED, /* behind the outermost value */
	STRING,
	ESCAPE, /* behind a backslash */
	HEX, /* in \uXXXX, c->left digits to come */
	LOW_SURROGATE, /* a \u must come */
	UTF8, /* c->left bytes to come */
	LITERAL,
	MINUS, /* and what else of a number wants a digit */
	POINT,
	EXPONENT, /* or a sign */
	EXPONENT_SIGN,
	ZERO, /* from here on it may end */
	INTEGER,
	FRACTION,
	EXPONENT_DIGITS,
};

#define WHITE " \t\n\r"

static bool is_white(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\n' || b == '\r';
}

static bool is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

static bool go(struct json_check *c, enum state next)
{
	c->state = (uint8_t)next;
	return true;
}

static bool in_object(const struct json_check *c)
{
	return c->depth > 0 && (c->objects >> (c->depth - 1) & 1) != 0;
}

static bool open_level(struct json_check *c, bool object)
{
	uint32_t bit;

	if (c->depth == JSON_DEPTH_MAX)
		return false;
	bit = UINT32_C(1) << c->depth++;
	c->objects = object ? c->objects | bit : c->objects & ~bit;
	return go(c, object ? NAME_OR_END : VALUE_OR_END);
}

static bool end_value(struct json_check *c)
{
	return go(c, c->depth > 0 ? AFTER_VALUE : FINISHED);
}

static bool open_value(struct json_check *c, uint8_t b)
{
	switch (b) {
	case '{':
	case '[':
		return open_level(c, b == '{');
	case '"':
		c->name = false;
		return go(c, STRING);
	case 't':
	case 'f':
	case 'n':
		c->literal = b == 't' ? "rue" : b == 'f' ? "alse" : "ull";
		return go(c, LITERAL);
	case '-':
		return go(c, MINUS);
	case '0':
		return go(c, ZERO);
	default:
		return is_digit(b) && go(c, INTEGER);
	}
}

/* RFC 3629 section 4: which byte may follow each lead byte. */
static bool open_utf8(struct json_check *c, uint8_t b)
{
	c->low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
	c->high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
	c->left = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
	return b >= 0xc2 && b <= 0xf4 && go(c, UTF8);
}

static bool in_utf8(struct json_check *c, uint8_t b)
{
	if (b < c->low || b > c->high)
		return false;
	c->low = 0x80;
	c->high = 0xbf;
	return --c->left > 0 || go(c, STRING);
}

static bool in_string(struct json_check *c, uint8_t b)
{
	if (b == '"')
		return c->name ? go(c, COLON) : end_value(c);
	if (b == '\\')
		return go(c, ESCAPE);
	if (b >= 0x80)
		return open_utf8(c, b);
	return b >= 0x20;
}

static bool in_escape(struct json_check *c, uint8_t b)
{
	if (b == 'u') {
		c->left = 4;
		c->unit = 0;
		return go(c, HEX);
	}
	return c->lead == 0 && byte_is_in(b, "\"\\/bfnrt") && go(c, STRING);
}

/*
 * A high surrogate and a low one make a character, each alone none. Which of
 * them a unit is, its first two digits say: d8 to db, or dc to df.
 */
static bool in_hex(struct json_check *c, uint8_t b)
{
	unsigned digit = span_hex(b);
	bool after_high = c->lead != 0;

	if (digit == 16)
		return false;
	c->unit = (uint16_t)((unsigned)c->unit << 4 | digit);
	c->left--;
	if (c->left == 3 && after_high && c->unit != 0xd)
		return false;
	if (c->left == 2 && (c->unit >= 0xdc && c->unit <= 0xdf) != after_high)
		return false;
	if (c->left > 0)
		return true;
	c->lead = c->unit >= 0xd800 && c->unit <= 0xdbff ? c->unit : 0;
	return go(c, c->lead != 0 ? LOW_SURROGATE : STRING);
}

/* What may stand between two values. */
static bool between(struct json_check *c, uint8_t b)
{
	if (is_white(b))
		return true;
	if (b == ']' || b == '}') {
		if (c->state < VALUE_OR_END || c->depth == 0 ||
		    in_object(c) != (b == '}'))
			return false;
		c->depth--;
		return end_value(c);
	}
	switch (c->state) {
	case VALUE:
	case VALUE_OR_END:
		return open_value(c, b);
	case NAME:
	case NAME_OR_END:
		c->name = true;
		return b == '"' && go(c, STRING);
	case COLON:
		return b == ':' && go(c, VALUE);
	case AFTER_VALUE:
		return b == ',' && go(c, in_object(c) ? NAME : VALUE);
	default: /* FINISHED */
		return false;
	}
}

/* RFC 8259 section 6; the first byte that is none of it ends a number. */
static bool in_number(struct json_check *c, uint8_t b)
{
	/* From MINUS on; nothing stands behind a zero. */
	static const uint8_t behind_digit[] = {
		INTEGER, FRACTION, EXPONENT_DIGITS, EXPONENT_DIGITS,
		0,       INTEGER,  FRACTION,        EXPONENT_DIGITS
	};

	if (c->state == MINUS && b == '0')
		return go(c, ZERO);
	if (is_digit(b))
		return c->state != ZERO &&
		       go(c, behind_digit[c->state - MINUS]);
	if (c->state == EXPONENT && (b == '+' || b == '-'))
		return go(c, EXPONENT_SIGN);
	if (b == '.' && (c->state == ZERO || c->state == INTEGER))
		return go(c, POINT);
	if ((b == 'e' || b == 'E') && c->state >= ZERO &&
	    c->state != EXPONENT_DIGITS)
		return go(c, EXPONENT);
	return c->state >= ZERO && end_value(c) && between(c, b);
}

static bool check_byte(struct json_check *c, uint8_t b)
{
	switch (c->state) {
	case STRING:
		return in_string(c, b);
	case ESCAPE:
		return in_escape(c, b);
	case HEX:
		return in_hex(c, b);
	case LOW_SURROGATE:
		return b == '\\' && go(c, ESCAPE);
	case UTF8:
		return in_utf8(c, b);
	case LITERAL:
		if (b != (uint8_t)*c->literal)
			return false;
		return *++c->literal != '\0' || end_value(c);
	default:
		return c->state >= MINUS ? in_number(c, b) : between(c, b);
	}
}

enum json_verdict json_check_feed(struct json_check *c, struct span text)
{
	struct json_check end;

	for (size_t i = 0; i < text.len; i++)
		if (!check_byte(c, text.at[i]))
			return JSON_BAD;
	end = *c;
	/* A number outside of everything ends where the text ends. */
	if (c->depth == 0 && c->state >= MINUS)
		in_number(&end, ' ');
	return end.state == FINISHED ? JSON_DONE : JSON_MORE;
}

/* --- Arrays that stream --- */

enum json_cut json_array_feed(struct json_array *a, struct span *in)
{
	struct json_check *c = &a->check;
	struct span piece; /* what of *in is part of the element */
	size_t begin = 0, end = 0, i = 0;
	bool ended = false;

	for (; i < in->len && !ended; i++) {
		uint8_t b = in->at[i];
		bool number = c->depth == 1 && c->state >= MINUS;
		bool was_inside = a->inside;

		if (c->depth == 0 && c->state == VALUE && b != '[' &&
		    !is_white(b))
			return JSON_CUT_BAD;
		if (c->depth == 1 && c->state <= VALUE_OR_END && b != ']' &&
		    !is_white(b)) {
			begin = i;
			a->element.len = 0;
			a->element.failed = false;
			a->count++;
		}
		if (!check_byte(c, b))
			return JSON_CUT_BAD;
		a->inside =
			c->depth > 1 || (c->depth == 1 && c->state >= STRING);
		ended = was_inside && !a->inside;
		/* Of numbers the byte behind them tells their end. */
		if (a->inside || (ended && !number))
			end = i + 1;
	}
	piece = span_skip(*in, begin);
	buf_put(&a->element, piece.at, end - begin);
	*in = span_skip(*in, i);
	return ended ? JSON_CUT_ELEMENT : JSON_CUT_MORE;
}

bool json_array_ended(const struct json_array *a)
{
	return a->check.state == FINISHED;
}

/* --- Documents --- */

_Static_assert(BODY_MAX <= INT32_MAX, "jsmn counts bytes in an int");
_Static_assert(JSON_DEPTH_MAX <= 32, "json_check has one bit a level");

enum json_verdict json_parse(struct json *doc, struct span text,
                             jsmntok_t *tokens, size_t cap)
{
	struct json_check check = { 0 };
	enum json_verdict verdict = json_check_feed(&check, text);
	jsmn_parser parser;
	int count;

	*doc = (struct json){ .text = text, .token = tokens };
	if (verdict == JSON_BAD || text.len > BODY_MAX)
		return JSON_BAD;
	jsmn_init(&parser);
	count = jsmn_parse(&parser, (const char *)text.at, text.len, tokens,
	                   (unsigned)cap);
	if (count == JSMN_ERROR_INVAL) /* cannot be: the text is valid so far */
		return JSON_BAD;
	doc->count = parser.toknext;
	return count == JSMN_ERROR_NOMEM ? JSON_LONG : verdict;
}

static bool has_type(const struct json *doc, size_t value, jsmntype_t type)
{
	return value < doc->count && doc->token[value].type == type;
}

bool json_is_object(const struct json *doc, size_t value)
{
	return has_type(doc, value, JSMN_OBJECT);
}

bool json_is_array(const struct json *doc, size_t value)
{
	return has_type(doc, value, JSMN_ARRAY);
}

bool json_is_string(const struct json *doc, size_t value)
{
	return has_type(doc, value, JSMN_STRING);
}

bool json_is_null(const struct json *doc, size_t value)
{
	return has_type(doc, value, JSMN_PRIMITIVE) &&
	       doc->text.at[doc->token[value].start] == 'n';
}

struct span json_raw(const struct json *doc, size_t value)
{
	size_t start = (size_t)doc->token[value].start;
	int end = doc->token[value].end;

	/* In a torn text an array or object may be open: it has no end. */
	return (struct span){ doc->text.at + start,
		              (end < 0 ? doc->text.len : (size_t)end) - start };
}

size_t json_element(const struct json *doc, size_t array, size_t before)
{
	size_t i = before == JSON_NONE ? array : before;
	int end = doc->token[array].end;

	while (++i < doc->count && (end < 0 || doc->token[i].start < end))
		if (doc->token[i].parent == (int)array)
			return i;
	return JSON_NONE;
}

/* Whether a name has the characters of the other text, which next gives. */
static bool is_named(const struct json *doc, size_t name, struct span other,
                     uint32_t (*next)(struct span *))
{
	struct span raw = json_raw(doc, name);

	while (raw.len > 0 && other.len > 0)
		if (json_next_char(&raw) != next(&other))
			return false;
	return raw.len == 0 && other.len == 0;
}

bool json_is_unambiguous(const struct json *doc, size_t value)
{
	size_t name[JSON_MEMBERS_MAX], count = 0, i = JSON_NONE;

	if (!json_is_object(doc, value))
		return false;
	while ((i = json_element(doc, value, i)) != JSON_NONE) {
		if (count == JSON_MEMBERS_MAX)
			return false;
		for (size_t j = 0; j < count; j++)
			if (is_named(doc, i, json_raw(doc, name[j]),
			             json_next_char))
				return false;
		name[count++] = i;
	}
	return true;
}

size_t json_member(const struct json *doc, size_t object, const char *name)
{
	size_t i = JSON_NONE;

	while ((i = json_element(doc, object, i)) != JSON_NONE)
		if (is_named(doc, i, span_of(name), utf8_next))
			/* jsmn calls the name the parent of its value. */
			return i + 1 < doc->count && doc->token[i + 1].parent ==
			                                     (int)i
			               ? i + 1
			               : JSON_NONE;
	return JSON_NONE;
}

bool json_has(const struct json *doc, size_t object, const char *name,
              size_t *value)
{
	if (!json_is_object(doc, object))
		return false;
	*value = json_member(doc, object, name);
	return *value != JSON_NONE && !json_is_null(doc, *value);
}

bool json_may_become_object(struct span text)
{
	span_while(&text, WHITE);
	return text.len == 0 || text.at[0] == '{';
}

bool json_torn_member(const struct json *doc, const char *name,
                      struct span *begun)
{
	size_t last = doc->count - 1;

	if (doc->count < 2 || !json_is_object(doc, 0) ||
	    doc->token[last].parent != 0 || !json_is_string(doc, last) ||
	    !is_named(doc, last, span_of(name), utf8_next))
		return false;
	/* Behind the quote that ends the name. */
	*begun = span_skip(doc->text, (size_t)doc->token[last].end + 1);
	span_while(begun, WHITE ":");
	return true;
}

/* --- Strings --- */

static uint32_t next_unit(struct span *raw)
{
	uint32_t unit = 0;

	for (size_t i = 0; i < 4; i++)
		unit = unit << 4 | span_hex(raw->at[i]);
	*raw = span_skip(*raw, 4);
	return unit;
}

uint32_t json_next_char(struct span *raw)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at;
	uint32_t unit;
	uint8_t b;

	if (raw->at[0] != '\\')
		return utf8_next(raw);
	b = raw->at[1];
	*raw = span_skip(*raw, 2);
	at = strchr(from, b);
	if (b != 'u')
		return at != NULL ? (uint32_t)to[at - from] : b;
	unit = next_unit(raw);
	if (unit < 0xd800 || unit > 0xdbff)
		return unit;
	*raw = span_skip(*raw, 2); /* the \u of its low half */
	return 0x10000 + ((unit - 0xd800) << 10) + (next_unit(raw) - 0xdc00);
}

void json_put_string(struct buf *out, const struct json *doc, size_t value)
{
	struct span raw = json_raw(doc, value);

	while (raw.len > 0)
		utf8_put(out, json_next_char(&raw));
}

void json_put_ascii(struct buf *out, struct span text)
{
	bool string = false;

	while (text.len > 0) {
		uint8_t b = text.at[0];

		if (b >= 0x7f) {
			fmt_json_char(out, utf8_next(&text));
			continue;
		}
		if (string && b == '\\') {
			/* The byte behind it is no quote that ends. */
			buf_put(out, text.at, 2);
			text = span_skip(text, 2);
			continue;
		}
		if (b == '"')
			string = !string;
		if (string || !is_white(b))
			buf_byte(out, b);
		text = span_skip(text, 1);
	}
}
