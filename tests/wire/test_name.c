/* SPDX-License-Identifier: MIT */
/* Tests of wire/name: which names are one (RFC 5280 section 7.1). */
/* links: tests/wire/cases.c tests/wire/made.c */
#include "wire/name.h"

#include "wire/cases.h"
#include "wire/der.h"
#include "wire/made.h"

/*
 * Names by a plan: RDNs, each of attributes: "TvTEXT" in it are a letter for
 * the type (C common name, O organization), one for the kind of string (u, p,
 * t, i, b, w for UTF8, Printable, T61, IA5, BMP and Universal, x for a BIT
 * STRING) and text; '+' stands between attributes of one RDN, '/' between
 * RDNs.
 */
static void put_text(struct buf *out, char kind, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		for (int zeros = kind == 'b'   ? 1
		                 : kind == 'w' ? 3
		                               : 0;
		     zeros > 0; zeros--)
			buf_byte(out, 0);
		buf_byte(out, text.at[i]);
	}
}

static uint8_t tag_of(char kind)
{
	static const char kinds[] = "uptibwx";
	static const uint8_t tags[] = { 12, 19, 20, 22, 30, 28, 3 };

	return tags[strchr(kinds, kind) - kinds];
}

static void put_rdn(struct buf *out, struct span plan)
{
	uint8_t set_room[1024];
	struct buf set = BUF_OVER(set_room);
	struct span part;

	while (span_cut(&plan, '+', &part)) {
		uint8_t pair_room[256], text_room[256];
		struct buf pair = BUF_OVER(pair_room);
		struct buf text = BUF_OVER(text_room);

		made_put(&pair, DER_OID,
		         part.at[0] == 'C' ? SPAN("\x55\x04\x03")
		                           : SPAN("\x55\x04\x0a"));
		put_text(&text, (char)part.at[1], span_skip(part, 2));
		made_put(&pair, tag_of((char)part.at[1]), buf_written(&text));
		made_put(&set, DER_SEQUENCE, buf_written(&pair));
	}
	made_put(out, DER_SET, buf_written(&set));
}

static struct span make(const char *text, uint8_t *at, size_t cap)
{
	static uint8_t rdn_room[2048];
	struct buf rdns = BUF_OVER(rdn_room);
	struct buf out = { .at = at, .cap = cap };
	struct span plan = span_of(text), rdn;

	while (plan.len > 0 && span_cut(&plan, '/', &rdn))
		put_rdn(&rdns, rdn);
	made_put(&out, DER_SEQUENCE, buf_written(&rdns));
	assert_false(out.failed);
	return guarded(buf_written(&out));
}

static void names_are_compared_by_their_characters(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "Cuabc", "Cuabc", true },
		{ "Cuabc", "Cpabc", true },
		{ "Cuabc", "Ctabc", true },
		{ "Cuabc", "Ciabc", true },
		{ "Cuabc", "Cbabc", true },
		{ "Cuabc", "Cwabc", true },
		{ "CuABC", "Cpabc", true },
		{ "Cuabc", "Cuabd", false },
		{ "Cuabc", "Cuab", false },
		{ "Cuab", "Cuabc", false },
		{ "Cuabc", "Ouabc", false },
		{ "Cua b", "Cpa  b", true },
		{ "Cu  a b ", "Cpa   b", true },
		{ "Cua b", "Cuab", false },
		{ "Cu ", "Cu", true },
		{ "Cu", "Cua", false },
		{ "Cu{", "Cu[", false },
		{ "Cu@", "Cu`", false },
		{ "Cu\xc3\xa4", "Cb\xe4", true },
		{ "Cu\xc3\xa4", "Ct\xe4", true },
		{ "Cu\xc3\xa4", "Cu\xc3\x84", false },
		{ "Cu\xff", "Cu\xff", true },
		{ "Cu\xff", "Cu\xfe", false },
		{ "Cu\xff", "Ct\xff", false },
		{ "Cxab", "Cxab", true },
		{ "Cxab", "CxAB", false },
		{ "Cxab", "Cuab", false },
		{ "Cua/Oub", "Cpa/Opb", true },
		{ "Cua/Oub", "Oub/Cua", false },
		{ "Cua/Oub", "Cua", false },
		{ "Cua", "Cua/Oub", false },
		{ "Cua+Oub", "Oub+Cua", true },
		{ "Cua+Oub", "OpB+CpA", true },
		{ "Cua+Oub", "Cua/Oub", false },
		{ "Cua+Oub", "Cua", false },
		{ "Cua+Cua", "Cua+Cub", false },
		{ "Cua+Cub", "Cua+Cua", false },
		{ "", "", true },
		{ "", "Cu", false },
		{ "Cua+Cub+Cuc+Cud+Cue+Cuf+Cug+Cuh",
		  "Cuh+Cua+Cub+Cuc+Cud+Cue+Cuf+Cug", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t left[1024], right[1024];
		struct span a, b;

		a = make(rows[i].a, left, sizeof(left));
		memmove(left, a.at, a.len);
		a.at = left;
		b = make(rows[i].b, right, sizeof(right));
		assert_row(rows[i].a, name_equal(a, b) == rows[i].same);
		assert_row(rows[i].a, name_equal(b, a) == rows[i].same);
		/* A set with something twice is the one that hashes apart. */
		if (i + 6 < COUNT(rows))
			assert_row(rows[i].a, (name_hash(a) == name_hash(b)) ==
			                                      rows[i].same ||
			                              rows[i].a[1] == 'x');
	}
}

/* More attributes than anybody puts into an RDN: their number is a limit. */
static void a_crowded_rdn_equals_nothing(void **state)
{
	static const char plan[] = "Cua+Cub+Cuc+Cud+Cue+Cuf+Cug+Cuh+Cui";
	uint8_t room[1024];
	struct span name = make(plan, room, sizeof(room));

	(void)state;
	assert_false(name_equal(name, name));
}

static void torn_names_equal_nothing(void **state)
{
	uint8_t room[256];
	struct span whole = make("Cua b+Opc/Oud", room, sizeof(room));

	(void)state;
	memmove(room, whole.at, whole.len);
	whole.at = room;
	assert_true(name_equal(whole, whole));
	for (size_t len = 0; len < whole.len; len++) {
		struct span torn = guarded((struct span){ whole.at, len });

		assert_false(name_equal(torn, whole));
		assert_false(name_equal(whole, torn));
		name_hash(torn);
		name_best(torn);
	}
	/* Inside, an attribute that is none makes a name of nothing. */
	room[6] ^= 1;
	assert_false(name_equal(whole, whole));
}

static void people_call_them_by_the_common_name(void **state)
{
	static const struct {
		const char *plan, *best, *second;
	} rows[] = {
		{ "Cua", "a", NULL },     { "Oub/Cua", "a", NULL },
		{ "Cua/Cub", "a", "b" },  { "Cua+Cub", "a", "b" },
		{ "Oub/Ouc", "b", NULL }, { "", "(without a name)", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t room[256];
		struct span name = make(rows[i].plan, room, sizeof(room));
		struct span value;
		bool more = name_find(name, NAME_COMMON, 1, &value);

		assert_span(rows[i].plan, name_best(name),
		            span_of(rows[i].best));
		assert_row(rows[i].plan, more == (rows[i].second != NULL));
		if (more)
			assert_span(rows[i].plan, value,
			            span_of(rows[i].second));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_compared_by_their_characters),
		cmocka_unit_test(a_crowded_rdn_equals_nothing),
		cmocka_unit_test(torn_names_equal_nothing),
		cmocka_unit_test(people_call_them_by_the_common_name),
	};

	return cmocka_run_group_tests_name("wire/name", tests, NULL, NULL);
}
