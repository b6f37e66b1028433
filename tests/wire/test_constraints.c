/* SPDX-License-Identifier: MIT */
/* Tests of wire/constraints: which names they allow, and which are known. */
/* links: tests/wire/cases.c tests/wire/made.c */
#include "wire/constraints.h"

#include "wire/cases.h"
#include "wire/der.h"
#include "wire/made.h"

/*
 * Constraints by a plan of words: "+NAME" permits, "-NAME" excludes, a NAME of
 * digits and dots with a '/' being an address with that many bits of mask.
 */
static void put_base(struct buf *out, struct span word)
{
	uint8_t address[8] = { 0 };
	struct span part, text = word;
	unsigned bits = 0;

	if (memchr(word.at, '/', word.len) == NULL) {
		made_put(out, CERTIFICATE_DNS, word);
		return;
	}
	span_cut(&text, '/', &part);
	for (size_t i = 0; i < text.len; i++)
		bits = bits * 10 + text.at[i] - '0';
	text = part;
	for (size_t i = 0; i < 4 && span_cut(&text, '.', &part); i++)
		for (size_t n = 0; n < part.len; n++)
			address[i] =
				(uint8_t)(address[i] * 10 + part.at[n] - '0');
	for (unsigned i = 0; i < bits; i++)
		address[4 + i / 8] |= (uint8_t)(0x80 >> i % 8);
	made_put(out, CERTIFICATE_IP, (struct span){ address, 8 });
}

static struct span make(const char *plan)
{
	static uint8_t all[2048];
	uint8_t rooms[2][512], value_room[1024];
	struct buf lists[2] = { BUF_OVER(rooms[0]), BUF_OVER(rooms[1]) };
	struct buf value = BUF_OVER(value_room), out = BUF_OVER(all);
	struct span rest = span_of(plan), word;

	while (span_cut(&rest, ' ', &word)) {
		uint8_t tree_room[128];
		struct buf tree = BUF_OVER(tree_room);

		put_base(&tree, span_skip(word, 1));
		made_put(&lists[word.at[0] == '-'], DER_SEQUENCE,
		         buf_written(&tree));
	}
	for (int i = 0; i < 2; i++)
		if (lists[i].len > 0)
			made_put(&value, (uint8_t)DER_CONTEXT(i),
			         buf_written(&lists[i]));
	made_put(&out, DER_SEQUENCE, buf_written(&value));
	return guarded(buf_written(&out));
}

static void host_names_are_matched_by_labels(void **state)
{
	static const struct {
		const char *plan, *name;
		bool allowed;
	} rows[] = {
		{ "+example", "example", true },
		{ "+example", "EXAMPLE", true },
		{ "+example", "a.example", true },
		{ "+example", "b.a.example", true },
		{ "+example", "*.example", true },
		{ "+example", "anexample", false },
		{ "+example", "example.org", false },
		{ "+example", "xample", false },
		{ "+example", "", false },
		{ "+a.example", "*.example", false },
		{ "+.example", "example", false },
		{ "+.example", "a.example", true },
		{ "+.example", ".example", false },
		{ "+", "anything", true },
		{ "-", "anything", false },
		{ "+.", "anything", true },
		{ "+example.", "a.example", true },
		{ "+example", "a.example.", true },
		{ "-example", "example", false },
		{ "-example", "a.EXAMPLE", false },
		{ "-example", "anexample", true },
		{ "-.example", "example", true },
		{ "-.example", "a.example", false },
		{ "+example -a.example", "b.example", true },
		{ "+example -a.example", "a.example", false },
		{ "+example -a.example", "x.a.example", false },
		{ "+a.example +b.example", "b.example", true },
		{ "+a.example +b.example", "c.example", false },
		{ "+10.0.0.0/8", "a.example", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct der_element name = { CERTIFICATE_DNS,
			                          span_of(rows[i].name) };
		struct span value = make(rows[i].plan);

		assert_row(rows[i].plan, constraints_are_known(value));
		if (constraints_allow(value, &name) != rows[i].allowed)
			fail_msg("%s: %s", rows[i].plan, rows[i].name);
	}
}

static void addresses_are_matched_by_masks(void **state)
{
	static const struct {
		const char *plan;
		struct span address;
		bool allowed;
	} rows[] = {
		{ "+10.0.0.0/8", BYTES("\x0a\1\2\3"), true },
		{ "+10.0.0.0/8", BYTES("\x0b\1\2\3"), false },
		{ "+10.1.0.0/16 +11.0.0.0/8", BYTES("\x0b\1\2\3"), true },
		{ "+10.1.2.0/23", BYTES("\x0a\1\3\3"), true },
		{ "+10.1.2.0/23", BYTES("\x0a\1\4\3"), false },
		{ "+10.1.2.3/32", BYTES("\x0a\1\2\3"), true },
		{ "-0.0.0.0/0", BYTES("\x0a\1\2\3"), false },
		{ "-10.0.0.0/8", BYTES("\x0b\1\2\3"), true },
		{ "+10.0.0.0/8", BYTES("0123456789abcdef"), false },
		{ "-10.0.0.0/8", BYTES("0123456789abcdef"), true },
		{ "+10.0.0.0/8", BYTES(""), false },
		{ "+example", BYTES("\x0b\1\2\3"), true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct der_element name = { CERTIFICATE_IP,
			                          rows[i].address };
		struct span value = make(rows[i].plan);

		assert_row(rows[i].plan, constraints_are_known(value));
		assert_row(rows[i].plan,
		           constraints_allow(value, &name) == rows[i].allowed);
	}
}

static void what_is_not_known_is_refused(void **state)
{
	static const struct {
		const char *label;
		struct span value;
		bool known;
	} rows[] = {
		{ "good",
		  BYTES("0\7\xa0\5"
		        "0\3\x82\1a"),
		  true },
		{ "empty", BYTES("0\0"), false },
		{ "no subtree", BYTES("0\2\xa0\0"), false },
		{ "no sequence",
		  BYTES("1\7\xa0\5"
		        "0\3\x82\1a"),
		  false },
		{ "behind",
		  BYTES("0\7\xa0\5"
		        "0\3\x82\1ax"),
		  false },
		{ "minimum",
		  BYTES("0\x0a\xa0\x08"
		        "0\6\x82\1a\x80\1\0"),
		  false },
		{ "maximum",
		  BYTES("0\x0a\xa0\x08"
		        "0\6\x82\1a\x81\1\1"),
		  false },
		{ "mail",
		  BYTES("0\7\xa0\5"
		        "0\3\x81\1a"),
		  false },
		{ "mail excluded",
		  BYTES("0\7\xa1\5"
		        "0\3\x81\1a"),
		  false },
		{ "a directory",
		  BYTES("0\x08\xa0\6"
		        "0\4\xa4\2"
		        "0\0"),
		  false },
		{ "an address without mask",
		  BYTES("0\x0a\xa0\x08"
		        "0\6\x87\4\1\2\3\4"),
		  false },
		{ "an address with mask",
		  BYTES("0\x0e\xa0\x0c"
		        "0\x0a\x87\x08\1\2\3\4\xff\xf0\0\0"),
		  true },
		{ "a mask with a hole",
		  BYTES("0\x0e\xa0\x0c"
		        "0\x0a\x87\x08\1\2\3\4\xff\0\xff\0"),
		  false },
		{ "another hole",
		  BYTES("0\x0e\xa0\x0c"
		        "0\x0a\x87\x08\1\2\3\4\xff\xf5\0\0"),
		  false },
		{ "[2]",
		  BYTES("0\7\xa2\5"
		        "0\3\x82\1a"),
		  false },
		{ "wrong order",
		  BYTES("0\x0e\xa1\5"
		        "0\3\x82\1a\xa0\5"
		        "0\3\x82\1a"),
		  false },
		{ "no subtree behind one",
		  BYTES("0\x09\xa0\7"
		        "0\3\x82\1a0\0"),
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row(rows[i].label,
		           constraints_are_known(guarded(rows[i].value)) ==
		                   rows[i].known);
}

static void other_kinds_of_names_are_allowed(void **state)
{
	const struct der_element mail = { 0x81, SPAN("a@b.example") };

	(void)state;
	assert_true(constraints_allow(make("+a.example -b.example"), &mail));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_names_are_matched_by_labels),
		cmocka_unit_test(addresses_are_matched_by_masks),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(other_kinds_of_names_are_allowed),
	};

	return cmocka_run_group_tests_name("wire/constraints", tests, NULL,
	                                   NULL);
}
