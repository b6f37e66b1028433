/* SPDX-License-Identifier: MIT */
/* Tests of wire/dns: questions as they are sent, and what answers mean. */
#include "wire/dns.h"

#include "unit.h"

/* The head of a response to the question of id 1234, and the question. */
#define HEAD(flags, answers, more) "\x12\x34" flags "\0\1" answers more
#define PLAIN "\0\0\0\0" /* nothing in the last two sections */
#define NAME "\4host\7example\0"
#define A NAME "\0\1\0\1"
#define AAAA NAME "\0\x1c\0\1"

/* Records of the name that was asked for, and of what else there is. */
#define RECORD(name, type, size) name "\0" type "\0\1\0\0\0\x3c\0" size
#define HERE "\xc0\x0c"
#define B "\1b\0"
#define C "\1c\0"
#define IPV4 "\xc0\0\2\1"
#define IPV6 "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

static void a_name_is_in_its_domains(void **state)
{
	static const struct {
		const char *name, *domain;
		bool within;
	} rows[] = {
		{ "a.example", "a.example", true },
		{ "a.example", "EXAMPLE", true },
		{ "a.example", "ample", false },
		{ "a.example", ".example", false },
		{ "example", "a.example", false },
		{ ".example", "example", true },
		{ "a.example", "", false },
		{ "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row(rows[i].domain,
		           dns_is_within(span_of(rows[i].name),
		                         span_of(rows[i].domain)) ==
		                   rows[i].within);
}

/* --- Questions --- */

static void a_question_is_as_it_should_be(void **state)
{
	struct dns_query q;

	(void)state;
	assert_true(dns_query_init(&q, "host.example", DNS_AAAA));
	memcpy(q.bytes + DNS_PREFIX, "\x12\x34", 2);
	assert_span("AAAA", (struct span){ q.bytes, q.len },
	            SPAN("\0\x1e\x12\x34\1\0\0\1\0\0\0\0\0\0" AAAA));
	assert_true(dns_query_init(&q, "host.example.", DNS_A));
	assert_span("A",
	            span_skip((struct span){ q.bytes, q.len }, DNS_PREFIX + 2),
	            SPAN("\1\0\0\1\0\0\0\0\0\0" A));
}

static void what_is_no_name_is_not_asked(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "x", true },
		{ "_x-1.y", true },
		{ "host..example", false },
		{ ".host", false },
		{ "host.example..", false },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxx",
		  true },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxx",
		  false },
	};
	struct dns_query q;
	char longest[255];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row(rows[i].name, dns_query_init(&q, rows[i].name,
		                                        DNS_A) == rows[i].good);
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 2 == 0 ? 'x' : '.';
	longest[253] = '\0';
	assert_true(dns_query_init(&q, longest, DNS_A));
	assert_int_equal(q.len, DNS_PREFIX + 12 + 255 + 4);
}

/* --- Answers --- */

static const struct {
	const char *label;
	struct span message;
	enum dns_answer answer; /* to a question for A */
	const char *addresses; /* the last byte of each */
} answers[] = {
	{ "one address",
	  BYTES(HEAD("\x81\x80", "\0\1", PLAIN) A RECORD(HERE, "\1", "\4")
	                IPV4),
	  DNS_ADDRESSES, "\1" },
	{ "two, in the order of the message",
	  BYTES(HEAD("\x81\x80", "\0\2", PLAIN) A RECORD(HERE, "\1", "\4")
	                IPV4 RECORD(HERE, "\1", "\4") "\xc0\0\2\2"),
	  DNS_ADDRESSES, "\1\2" },
	{ "another case",
	  BYTES(HEAD("\x81\x80", "\0\1",
	             PLAIN) "\4HoSt\7EXAMPLE\0\0\1\0\1" RECORD(NAME, "\1", "\4")
	                IPV4),
	  DNS_ADDRESSES, "\1" },
	{ "of another type, class or size, or of another name",
	  BYTES(HEAD("\x81\x80", "\0\5", PLAIN) A RECORD(HERE, "\x1c", "\x10")
	                IPV6 HERE "\0\1\0\3\0\0\0\0\0\4" IPV4 RECORD(
				HERE, "\1", "\3") "abc" RECORD(B, "\1", "\4")
	                        IPV4 RECORD(HERE, "\1", "\4") "\xc0\0\2\2"),
	  DNS_ADDRESSES, "\2" },
	{ "aliases",
	  BYTES(HEAD("\x81\x80", "\0\3", PLAIN) A RECORD(HERE, "\5", "\3")
	                B RECORD(B, "\5", "\3") C RECORD(C, "\1", "\4") IPV4),
	  DNS_ADDRESSES, "\1" },
	{ "aliases backwards",
	  BYTES(HEAD("\x81\x80", "\0\3", PLAIN) A RECORD(C, "\1", "\4")
	                IPV4 RECORD(B, "\5", "\3") C RECORD(HERE, "\5", "\3")
	                        B),
	  DNS_ADDRESSES, "\1" },
	{ "an alias of nothing",
	  BYTES(HEAD("\x81\x80", "\0\2", PLAIN) A RECORD(HERE, "\5", "\3")
	                B RECORD(C, "\1", "\4") IPV4),
	  DNS_NO_DATA, "" },
	{ "an alias of itself",
	  BYTES(HEAD("\x81\x80", "\0\2", PLAIN) A RECORD(HERE, "\5", "\2")
	                HERE RECORD(HERE, "\1", "\4") IPV4),
	  DNS_FAILED, "" },
	{ "none", BYTES(HEAD("\x81\x80", "\0\0", PLAIN) A), DNS_NO_DATA, "" },
	{ "none, by an authority", BYTES(HEAD("\x85\0", "\0\0", PLAIN) A),
	  DNS_NO_DATA, "" },
	{ "none, by who does not know", BYTES(HEAD("\x81\0", "\0\0", PLAIN) A),
	  DNS_FAILED, "" },
	{ "NXDOMAIN", BYTES(HEAD("\x81\x83", "\0\0", PLAIN) A), DNS_NO_NAME,
	  "" },
	{ "NXDOMAIN with an address",
	  BYTES(HEAD("\x81\x83", "\0\1", PLAIN) A RECORD(HERE, "\1", "\4")
	                IPV4),
	  DNS_NO_NAME, "" },
	{ "SERVFAIL", BYTES(HEAD("\x81\x82", "\0\0", PLAIN) A), DNS_SERVFAIL,
	  "" },
	{ "FORMERR", BYTES(HEAD("\x81\x81", "\0\0", PLAIN) A), DNS_FAILED, "" },
	{ "NOTIMP", BYTES(HEAD("\x81\x84", "\0\0", PLAIN) A), DNS_FAILED, "" },
	{ "REFUSED", BYTES(HEAD("\x81\x85", "\0\0", PLAIN) A), DNS_FAILED, "" },
	{ "REFUSED, truncated", BYTES(HEAD("\x83\x85", "\0\0", PLAIN) A),
	  DNS_FAILED, "" },
	{ "REFUSED without the question",
	  BYTES("\x12\x34\x81\x85\0\0\0\0" PLAIN), DNS_FAILED, "" },
	{ "NXDOMAIN without the question",
	  BYTES("\x12\x34\x81\x83\0\0\0\0" PLAIN), DNS_NOTHING, "" },
	{ "none without the question", BYTES("\x12\x34\x81\x80\0\0\0\0" PLAIN),
	  DNS_NOTHING, "" },
	{ "truncated",
	  BYTES(HEAD("\x83\x80", "\0\1", PLAIN) A RECORD(HERE, "\1", "\4")
	                IPV4),
	  DNS_TRUNCATED, "" },
	{ "something behind it",
	  BYTES(HEAD("\x81\x80", "\0\1", PLAIN) A RECORD(HERE, "\1", "\4") IPV4
	        "garbage"),
	  DNS_ADDRESSES, "\1" },
	{ "less than the head says",
	  BYTES(HEAD("\x81\x80", "\0\3", "\0\5\0\5") A RECORD(HERE, "\1", "\4")
	                IPV4 RECORD(HERE, "\1", "\4") "\xc0\0\2"),
	  DNS_ADDRESSES, "\1" },
	{ "half a record, and no other",
	  BYTES(HEAD("\x81\x80", "\0\1", PLAIN)
	                A RECORD(HERE, "\1", "\4") "\1"),
	  DNS_FAILED, "" },
	{ "a name that points at itself",
	  BYTES(HEAD("\x81\x80", "\0\1", PLAIN) A RECORD("\xc0\x1e", "\1", "\4")
	                IPV4),
	  DNS_FAILED, "" },
	{ "a question", BYTES(HEAD("\1\0", "\0\0", PLAIN) A), DNS_NOTHING, "" },
	{ "a status", BYTES(HEAD("\x91\x80", "\0\0", PLAIN) A), DNS_NOTHING,
	  "" },
	{ "another id", BYTES("\x12\x35\x81\x80\0\1\0\0" PLAIN A), DNS_NOTHING,
	  "" },
	{ "two questions", BYTES("\x12\x34\x81\x80\0\2\0\0" PLAIN A A),
	  DNS_NOTHING, "" },
	{ "another type", BYTES(HEAD("\x81\x80", "\0\0", PLAIN) AAAA),
	  DNS_NOTHING, "" },
	{ "another name",
	  BYTES(HEAD("\x81\x80", "\0\0", PLAIN) "\4most\7example\0\0\1\0\1"),
	  DNS_NOTHING, "" },
	{ "a longer name",
	  BYTES(HEAD("\x81\x80", "\0\0", PLAIN) "\4host\7example\1x\0\0\1\0\1"),
	  DNS_NOTHING, "" },
	{ "nothing", BYTES(""), DNS_NOTHING, "" },
	{ "half a head", BYTES("\x12\x34\x81\x80\0\1"), DNS_NOTHING, "" },
};

static struct dns_query query_for(enum dns_type type)
{
	struct dns_query q;

	assert_true(dns_query_init(&q, "host.example", type));
	memcpy(q.bytes + DNS_PREFIX, "\x12\x34", 2);
	return q;
}

/* From memory of just that size, so that whoever reads behind it is seen. */
static enum dns_answer read_copy(struct span message, const struct dns_query *q,
                                 char *last)
{
	uint8_t *copy = malloc(message.len + (message.len == 0));
	struct buf in = { .at = copy, .cap = message.len, .len = message.len };
	struct dns_addresses found;
	enum dns_answer answer;

	assert_non_null(copy);
	if (message.len > 0)
		memcpy(copy, message.at, message.len);
	answer = dns_read(&in, q, &found);
	assert_int_equal(answer == DNS_ADDRESSES, found.count > 0);
	for (size_t i = 0; i < found.count; i++)
		last[i] = (char)found.list[i].at[found.list[i].len - 1];
	last[found.count] = '\0';
	free(copy);
	return answer;
}

static void answers_mean_what_they_say(void **state)
{
	const struct dns_query q = query_for(DNS_A);
	char last[HOST_ADDRESSES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		enum dns_answer got = read_copy(answers[i].message, &q, last);

		if (got != answers[i].answer)
			fail_msg("%s: %d, not %d", answers[i].label, got,
			         answers[i].answer);
		assert_span(answers[i].label, span_of(last),
		            span_of(answers[i].addresses));
	}
}

/* No part of an answer says what the whole of it does not. */
static void prefixes_say_no_more(void **state)
{
	const struct dns_query q = query_for(DNS_A);
	char last[HOST_ADDRESSES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++)
		for (size_t len = 0; len < answers[i].message.len; len++) {
			struct span part = { answers[i].message.at, len };
			enum dns_answer got = read_copy(part, &q, last);

			assert_row(answers[i].label,
			           got == DNS_NOTHING || got == DNS_FAILED ||
			                   got == answers[i].answer);
			assert_row(answers[i].label,
			           strncmp(last, answers[i].addresses,
			                   strlen(last)) == 0);
		}
}

static void the_other_family(void **state)
{
	const struct dns_query q = query_for(DNS_AAAA);
	char last[HOST_ADDRESSES_MAX + 1];

	(void)state;
	assert_int_equal(
		read_copy(SPAN(HEAD("\x81\x80", "\0\2",
	                            PLAIN) AAAA RECORD(HERE, "\1", "\4")
	                               IPV4 RECORD(HERE, "\x1c", "\x10") IPV6),
	                  &q, last),
		DNS_ADDRESSES);
	assert_string_equal(last, "\1");
}

/* More than there is room for, and aliases without end. */
static void all_is_bounded(void **state)
{
	const struct dns_query q = query_for(DNS_A);
	uint8_t message[DNS_MESSAGE_MAX];
	char last[HOST_ADDRESSES_MAX + 1];

	(void)state;
	for (size_t aliases = 15; aliases <= 17; aliases++) {
		struct buf out = BUF_OVER(message);

		buf_span(&out, SPAN(HEAD("\x81\x80", "\0\x64", PLAIN) A));
		for (size_t i = 0; i < 100; i++) {
			uint8_t from[] = { 1, (uint8_t)(' ' + i), 0 };
			uint8_t to[] = { 1, (uint8_t)(' ' + i + 1), 0 };

			if (i == 0)
				buf_span(&out, SPAN(HERE));
			else
				buf_put(&out, from, 3);
			if (i >= aliases)
				buf_span(&out,
				         SPAN("\0\1\0\1\0\0\0\0\0\4" IPV4));
			else {
				buf_span(&out, SPAN("\0\5\0\1\0\0\0\0\0\3"));
				buf_put(&out, to, 3);
			}
		}
		assert_int_equal(read_copy(buf_written(&out), &q, last),
		                 aliases <= DNS_ALIASES_MAX ? DNS_ADDRESSES
		                                            : DNS_FAILED);
	}
	{
		struct buf out = BUF_OVER(message);

		buf_span(&out, SPAN(HEAD("\x81\x80", "\0\xf0", PLAIN) A));
		for (size_t i = 0; i < 240; i++)
			buf_span(&out, SPAN(RECORD(HERE, "\1", "\4") IPV4));
		assert_int_equal(read_copy(buf_written(&out), &q, last),
		                 DNS_ADDRESSES);
		assert_int_equal(strlen(last), HOST_ADDRESSES_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_in_its_domains),
		cmocka_unit_test(a_question_is_as_it_should_be),
		cmocka_unit_test(what_is_no_name_is_not_asked),
		cmocka_unit_test(answers_mean_what_they_say),
		cmocka_unit_test(prefixes_say_no_more),
		cmocka_unit_test(the_other_family),
		cmocka_unit_test(all_is_bounded),
	};

	return cmocka_run_group_tests_name("wire/dns", tests, NULL, NULL);
}
