/* SPDX-License-Identifier: MIT */
/* Distinguished names: whether two are one, and how people call them. */
#include "wire/name.h"

#include "base/fmt.h"
#include "wire/der.h"

/* Attributes of one RDN; those in use have one, seldom two. */
#define ATTRIBUTES_MAX 8

struct attribute {
	struct span type; /* OBJECT IDENTIFIER, its content */
	struct der_element data;
};

/* The next attribute of an RDN; what is malformed stays in it. */
static bool next_attribute(struct span *rdn, struct attribute *out)
{
	struct span rest = *rdn, pair;

	if (!der_cut(&rest, DER_SEQUENCE, NULL, &pair) ||
	    !der_cut(&pair, DER_OID, NULL, &out->type) ||
	    !der_next(&pair, &out->data) || pair.len > 0)
		return false;
	*rdn = rest;
	return true;
}

/* --- Text --- */

/* The characters of a value, folded. */
struct text {
	struct der_element left;
	bool begun; /* a character that is no blank has been given */
};

#define TEXT_END UINT32_C(0x80000000)

/*
 * Types of string: a bit for each universal tag (X.680 section 8.4): UTF8,
 * Numeric, Printable, T61, IA5, Visible, Universal and BMP.
 */
static bool is_text(uint8_t tag)
{
	return tag < 32 && (UINT32_C(0x545c1000) >> tag & 1) != 0;
}

/* The next character as it is; T61 as it is used, which is Latin-1. */
static uint32_t next_plain(struct text *t)
{
	size_t width = t->left.tag == DER_BMP         ? 2
	               : t->left.tag == DER_UNIVERSAL ? 4
	                                              : 1;
	uint32_t character = 0;

	if (t->left.value.len == 0)
		return TEXT_END;
	if (t->left.tag == DER_UTF8) {
		uint8_t byte = t->left.value.at[0];

		character = utf8_next(&t->left.value);
		/* What is no UTF-8 equals itself, and nothing else. */
		return character == UTF8_INVALID ? TEXT_END | 0x100 | byte
		                                 : character;
	}
	for (; width > 0 && t->left.value.len > 0; width--) {
		character = character << 8 | t->left.value.at[0];
		t->left.value = span_skip(t->left.value, 1);
	}
	return character & ~TEXT_END;
}

/* The next character with its case and its blanks folded. */
static uint32_t next_folded(struct text *t)
{
	struct text before = *t;
	uint32_t c = next_plain(t);
	bool blank = c == ' ' && t->begun;

	while (c == ' ') {
		before = *t;
		c = next_plain(t);
	}
	if (blank && c != TEXT_END) {
		*t = before; /* the character is for the next call */
		return ' ';
	}
	t->begun = true;
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* --- Comparison --- */

static bool is_same_attribute(const struct attribute *a,
                              const struct attribute *b)
{
	struct text left = { a->data, false };
	struct text right = { b->data, false };
	uint32_t c, d;

	if (!span_equal(a->type, b->type))
		return false;
	if (a->data.tag == b->data.tag &&
	    span_equal(a->data.value, b->data.value))
		return true;
	if (!is_text(a->data.tag) || !is_text(b->data.tag))
		return false;
	do {
		c = next_folded(&left);
		d = next_folded(&right);
	} while (c == d && c != TEXT_END);
	return c == d;
}

/*
 * How many attributes a has, if each is in b, too. More than ATTRIBUTES_MAX: one
 * is not, or it has too many, or is malformed.
 */
static size_t count_common(struct span a, struct span b)
{
	struct attribute left, right;
	size_t count = 0;

	for (; next_attribute(&a, &left); count++) {
		struct span others = b;

		do
			if (count == ATTRIBUTES_MAX ||
			    !next_attribute(&others, &right))
				return ATTRIBUTES_MAX + 1;
		while (!is_same_attribute(&left, &right));
	}
	return a.len == 0 ? count : ATTRIBUTES_MAX + 1;
}

static bool is_same_rdn(struct span a, struct span b)
{
	size_t count = count_common(a, b);

	return count <= ATTRIBUTES_MAX && count == count_common(b, a);
}

bool name_equal(struct span a, struct span b)
{
	struct span left, right;

	if (!der_only(a, DER_SEQUENCE, &a) || !der_only(b, DER_SEQUENCE, &b))
		return false;
	while (der_cut(&a, DER_SET, NULL, &left))
		if (!der_cut(&b, DER_SET, NULL, &right) ||
		    !is_same_rdn(left, right))
			return false;
	return a.len == 0 && b.len == 0;
}

/* --- Hash --- */

static uint64_t add_byte(uint64_t hash, uint32_t byte)
{
	return (hash ^ (byte & 0xff)) * 0x100000001b3u;
}

static uint64_t hash_attribute(const struct attribute *a)
{
	struct text text = { a->data, false };
	uint64_t hash = 0xcbf29ce484222325u;
	uint32_t c;

	for (size_t i = 0; i < a->type.len; i++)
		hash = add_byte(hash, a->type.at[i]);
	if (!is_text(a->data.tag))
		return hash; /* that only adds collisions */
	while ((c = next_folded(&text)) != TEXT_END)
		hash = add_byte(add_byte(hash, c), c >> 8);
	return hash;
}

uint32_t name_hash(struct span name)
{
	uint64_t hash = 0xcbf29ce484222325u;
	struct attribute a;
	struct span rdn;

	if (!der_only(name, DER_SEQUENCE, &name))
		return 0;
	while (der_cut(&name, DER_SET, NULL, &rdn)) {
		uint64_t sum = 0;

		/* In any order. */
		while (next_attribute(&rdn, &a))
			sum += hash_attribute(&a);
		hash = (hash ^ sum) * 0x100000001b3u;
	}
	return (uint32_t)(hash >> 32 ^ hash);
}

/* --- For people --- */

bool name_find(struct span name, struct span type, size_t nth,
               struct span *value)
{
	struct attribute a;
	struct span rdn;

	if (!der_only(name, DER_SEQUENCE, &name))
		return false;
	while (der_cut(&name, DER_SET, NULL, &rdn))
		while (next_attribute(&rdn, &a))
			if (span_equal(a.type, type) && nth-- == 0) {
				*value = a.data.value;
				return true;
			}
	return false;
}

struct span name_best(struct span name)
{
	struct span best = SPAN("(without a name)");

	if (!name_find(name, NAME_COMMON, 0, &best))
		name_find(name, NAME_ORGANIZATION, 0, &best);
	return best;
}
