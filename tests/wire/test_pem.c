/* SPDX-License-Identifier: MIT */
/* Tests of wire/pem: certificates in a stream of text, and base64. */
/* links: tests/wire/cases.c */
#include "wire/pem.h"

#include "wire/cases.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"
#define PEM(base64) BEGIN "\n" base64 "\n" END "\n"

/* What a text gives: "(der)" for a certificate, "!" for a bad one. */
static void read_all(struct pem *p, struct span text, struct buf *der,
                     struct buf *found)
{
	struct span in = guarded(text);

	while (in.len > 0) {
		size_t before = in.len;
		enum pem_verdict verdict = pem_feed(p, &in, der);

		assert_true(in.len < before);
		if (verdict == PEM_MORE) {
			assert_int_equal(in.len, 0);
			return;
		}
		buf_text(found, verdict == PEM_BAD ? "!" : "(");
		if (verdict == PEM_CERTIFICATE) {
			buf_span(found, buf_written(der));
			buf_byte(found, ')');
		}
	}
}

static void certificates_are_found_in_any_pieces(void **state)
{
	static const struct {
		const char *text, *found;
	} rows[] = {
		{ "", "" },
		{ "no certificate", "" },
		{ PEM("YWJj"), "(abc)" },
		{ PEM("YWJj") PEM("ZGVm") "# end", "(abc)(def)" },
		{ BEGIN "YWJj" END, "(abc)" },
		{ "# comment\r\n" BEGIN "\r\nYW \tJj\r\nZGVm\r\n" END,
		  "(abcdef)" },
		{ PEM("YWI="), "(ab)" },
		{ PEM("YQ=="), "(a)" },
		{ PEM("+/+/"), "(\xfb\xff\xbf)" },
		{ "--" PEM("YWJj"), "(abc)" },
		{ "-----BEGIN -----" PEM("YWJj"), "(abc)" },
		{ "-----BEGIN-" PEM("YWJj"), "(abc)" },
		{ "-----BEGIN PRIVATE KEY-----\nYWJj\n"
		  "-----END PRIVATE KEY-----\n" PEM("YWJj"),
		  "(abc)" },
		{ "-----BEGIN TRUSTED CERTIFICATE-----\nYWJj\n", "" },
		{ END PEM("YWJj"), "(abc)" },
		/* not base64 */
		{ PEM("") PEM("YWJj"), "!(abc)" },
		{ PEM("Y") PEM("YWJj"), "!(abc)" },
		{ PEM("YW"), "!" },
		{ PEM("YWI"), "!" },
		{ PEM("YW="), "!" },
		{ PEM("YWI=="), "!" },
		{ PEM("YWJj="), "!" },
		{ PEM("Y==="), "!" },
		{ PEM("YQ==YQ=="), "!" },
		{ PEM("YW?j"), "!" },
		{ PEM("YW_j"), "!" },
		/* the next begins before this one has ended */
		{ BEGIN "\nYWJj\n" PEM("ZGVm"), "!(def)" },
		{ BEGIN "\nYWJj\n-" PEM("ZGVm"), "!(def)" },
		{ BEGIN "\nYWJj\n-----END " PEM("ZGVm"), "!(def)" },
		{ BEGIN "\nYWJj\n-----END KEY-----\n" PEM("ZGVm"), "!(def)" },
		{ BEGIN "\nYWJj\n-----END N CERTIFICATE-----\nYWJj\n" END,
		  "!" },
		/* more than the buf holds, and then one that fits */
		{ PEM("YWJjZGVmZ2hp") PEM("YWJjZGVmZ2g="), "!(abcdefgh)" },
		/* torn */
		{ BEGIN "\nYWJj\n-----END CERTIFICATE----", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span text = span_of(rows[i].text);

		for (size_t cut = 0; cut <= text.len; cut++) {
			uint8_t room[8], found_room[64];
			struct buf der = BUF_OVER(room);
			struct buf found = BUF_OVER(found_room);
			struct pem p = { 0 };

			read_all(&p, (struct span){ text.at, cut }, &der,
			         &found);
			read_all(&p, span_skip(text, cut), &der, &found);
			assert_span(rows[i].text, buf_written(&found),
			            span_of(rows[i].found));
		}
	}
}

static void base64_is_rfc_4648(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	uint8_t room[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = BUF_OVER(room), bytes = BUF_OVER(room);

		pem_put_base64(&text, span_of(rows[i][0]));
		assert_span(rows[i][0], buf_written(&text),
		            span_of(rows[i][1]));
		assert_true(
			pem_take_base64(&bytes, guarded(span_of(rows[i][1]))));
		assert_span(rows[i][1], buf_written(&bytes),
		            span_of(rows[i][0]));
	}
}

static void any_bytes_come_back_from_base64(void **state)
{
	uint64_t seed = 64;
	uint8_t bytes[48], text_room[64], back_room[48];

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		struct span in = { bytes, i % (sizeof(bytes) + 1) };
		struct buf text = BUF_OVER(text_room);
		struct buf back = { .at = back_room, .cap = in.len };

		for (size_t k = 0; k < in.len; k++)
			bytes[k] = (uint8_t)(random_next(&seed) >> 32);
		pem_put_base64(&text, in);
		assert_int_equal(text.len, (in.len + 2) / 3 * 4);
		assert_true(pem_take_base64(&back, buf_written(&text)));
		assert_span("back", buf_written(&back), in);
	}
}

static void what_is_no_base64_or_too_long_is_refused(void **state)
{
	static const char *const rows[] = {
		"A",    "AA",       "AAA",  "AA=",  "AAAA=",    "=",
		"====", "AA==AA==", "A-A=", "A?==", "QUJDREVG",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t room[5];
		struct buf out = BUF_OVER(room);

		assert_row(rows[i],
		           !pem_take_base64(&out, guarded(span_of(rows[i]))));
	}
}

/* Label and body of each block, with '|' behind them. */
static void blocks_of_any_kind_are_found(void **state)
{
	static const struct {
		const char *text, *found;
	} rows[] = {
		{ "", "" },
		{ "-----BEGIN A-----\nb\n-----END A-----\n", "A|\nb\n|" },
		{ "x\n-----BEGIN A B-----c-----END D-----\n-----BEGIN E-----"
		  "-----END ",
		  "A B|c|E||" },
		{ "-----BEGIN A-----\nb\n-----END", "" },
		{ "-----BEGIN A----\nb\n-----END A", "" },
		{ "-----BEGIN A", "" },
		{ "------BEGIN A-----b-----END A-----", "A|b|" },
		{ "----BEGIN A-----b-----END A-----", "" },
		{ "-----BEGIN A-----b-----BEGIN C-----d-----END C-----",
		  "A|b-----BEGIN C-----d|" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span rest = guarded(span_of(rows[i].text));
		uint8_t room[80];
		struct buf out = BUF_OVER(room);
		struct pem_block block;

		while (pem_next(&rest, &block)) {
			buf_span(&out, block.label);
			buf_byte(&out, '|');
			buf_span(&out, block.body);
			buf_byte(&out, '|');
		}
		assert_span(rows[i].text, buf_written(&out),
		            span_of(rows[i].found));
	}
}

/* As a file with a client's key is: what comes out is never ahead. */
static void base64_is_decoded_where_it_stands(void **state)
{
	uint8_t bytes[99], text[400];
	uint64_t seed = 7;

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct buf base64 = BUF_OVER(text), out;

		for (size_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)(random_next(&seed) >> 32);
		pem_put_base64(&base64, (struct span){ bytes, len });
		out = (struct buf){ .at = text, .cap = base64.len };
		assert_true(pem_take_base64(&out, buf_written(&base64)));
		assert_span("bytes", buf_written(&out),
		            (struct span){ bytes, len });
	}
}

static void a_certificate_that_does_not_end_is_open(void **state)
{
	const struct span text = SPAN("-----BEGIN CERTIFICATE-----\nQUJD\n"
	                              "-----END CERTIFICATE-----\n");
	const size_t begun = sizeof("-----BEGIN CERTIFICATE-----") - 1;
	const size_t ended = text.len - 1;

	(void)state;
	for (size_t len = 0; len <= text.len; len++) {
		struct span in = { text.at, len };
		struct pem p = { 0 };
		uint8_t room[8];
		struct buf der = BUF_OVER(room);

		pem_feed(&p, &in, &der);
		assert_int_equal(p.inside, len >= begun && len < ended);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_are_found_in_any_pieces),
		cmocka_unit_test(a_certificate_that_does_not_end_is_open),
		cmocka_unit_test(blocks_of_any_kind_are_found),
		cmocka_unit_test(base64_is_decoded_where_it_stands),
		cmocka_unit_test(base64_is_rfc_4648),
		cmocka_unit_test(any_bytes_come_back_from_base64),
		cmocka_unit_test(what_is_no_base64_or_too_long_is_refused),
	};

	return cmocka_run_group_tests_name("wire/pem", tests, NULL, NULL);
}
