/* SPDX-License-Identifier: MIT */
/* Fuzzes wire/dns: what is taken for an address is one, within the message. */
#include "fuzz/fuzz.h"
#include "wire/dns.h"

#define QUESTION 12 /* where it begins */

static struct dns_query query_for(enum dns_type type)
{
	struct dns_query q;

	CHECK(dns_query_init(&q, "host.example", type));
	memcpy(q.bytes + DNS_PREFIX, "\x12\x34", 2);
	return q;
}

/* A record of that type and class stands right before it. */
static void check_address(struct span message, struct span address,
                          enum dns_type type)
{
	const uint8_t head[] = { 0, (uint8_t)type, 0, 1 };
	const size_t size = type == DNS_A ? 4 : 16;
	const uint8_t *record = address.at - 10;

	CHECK(address.len == size);
	CHECK(address.at >= message.at + QUESTION + 10 &&
	      address.at + size <= message.at + message.len);
	CHECK(memcmp(record, head, sizeof(head)) == 0);
	CHECK(record[8] == 0 && record[9] == size);
}

/* What a message says, read from memory of just its size. */
static enum dns_answer check_message(struct span text, enum dns_type type)
{
	const struct dns_query q = query_for(type);
	uint8_t *copy = malloc(text.len + (text.len == 0));
	struct buf in = { .at = copy, .cap = text.len, .len = text.len };
	struct dns_addresses found;
	enum dns_answer answer;

	CHECK(copy != NULL);
	if (text.len > 0)
		memcpy(copy, text.at, text.len);
	answer = dns_read(&in, &q, &found);
	CHECK(in.len <= text.len);
	CHECK(found.count <= HOST_ADDRESSES_MAX);
	CHECK((answer == DNS_ADDRESSES) == (found.count > 0));
	for (size_t i = 0; i < found.count; i++)
		check_address((struct span){ copy, text.len }, found.list[i],
		              type);
	if (answer != DNS_NOTHING) {
		CHECK(text.len >= QUESTION);
		CHECK(memcmp(text.at, q.bytes + DNS_PREFIX, 2) == 0);
		CHECK((text.at[2] & 0x80) != 0);
	}
	if (answer > DNS_FAILED)
		CHECK(text.len >= q.len - DNS_PREFIX);
	free(copy);
	return answer;
}

/* The text as the records behind the right question. */
static void check_records(struct span text, enum dns_type type)
{
	static uint8_t bytes[65535];
	const struct dns_query q = query_for(type);
	struct buf out = BUF_OVER(bytes);
	struct span records = text.len > 4 ? span_skip(text, 4) : SPAN("");
	enum dns_answer answer;

	buf_put(&out, q.bytes + DNS_PREFIX, q.len - DNS_PREFIX);
	buf_span(&out, records);
	if (out.failed || text.len < 4)
		return;
	bytes[2] = text.at[0] & 0x03; /* TC, RD */
	bytes[2] |= 0x80;
	bytes[3] = text.at[1];
	memcpy(bytes + 6, text.at + 2, 2);
	answer = check_message(buf_written(&out), type);
	CHECK(answer != DNS_NOTHING);
	if ((bytes[3] & 0x0f) != 0)
		CHECK(answer == DNS_FAILED || answer == DNS_SERVFAIL ||
		      answer == DNS_NO_NAME);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };

	check_message(text, DNS_A);
	check_message(text, DNS_AAAA);
	check_records(text, DNS_A);
	check_records(text, DNS_AAAA);
	return 0;
}
