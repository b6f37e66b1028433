/* SPDX-License-Identifier: MIT */
/* Certificates out of PEM text (RFC 7468), as the text streams in. */
#include "wire/pem.h"

static const char opening[] = "-----BEGIN CERTIFICATE-----";
static const char closing[] = "-----END CERTIFICATE-----";
#define HYPHENS 5 /* that both begin with */

/* How many bytes of an opening line have come when b comes next. */
static uint8_t match(uint8_t matched, uint8_t b)
{
	if (b == (uint8_t)opening[matched])
		return (uint8_t)(matched + 1);
	/* One hyphen more than it begins with are still as many. */
	if (b == '-')
		return matched == HYPHENS ? HYPHENS : 1;
	return 0;
}

/* 64 and the value of each digit, 0 for what is none (RFC 4648 section 4). */
#define EIGHT(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7
static const uint8_t base64_value[256] = {
	['A'] = EIGHT(64),  EIGHT(72), EIGHT(80),  88,  89, /* to Z */
	['a'] = EIGHT(90),  EIGHT(98), EIGHT(106), 114, 115, /* to z */
	['0'] = EIGHT(116), 124,       125, /* to 9 */
	['+'] = 126, /* the last but one */
	['/'] = 127,
};

static void take_base64(struct pem *p, uint8_t b, struct buf *der)
{
	unsigned value = base64_value[b];

	if (b == '\n' || b == '\r' || b == ' ' || b == '\t')
		return;
	if (b == '=' && p->padding < 2) {
		p->padding++;
	} else if (value != 0 && p->padding == 0) {
		p->bits = p->bits << 6 | (value & 63);
		p->digits++;
		/* Bytes end 4, 2 and 0 bits in front of its end. */
		if (p->digits > 1)
			buf_byte(der,
			         (uint8_t)(p->bits >> (8 - 2 * p->digits)));
		p->digits %= 4;
	} else {
		p->bad = true;
	}
}

/*
 * Groups of four digits, as long as nothing else is between them: nearly all
 * of a bundle, and so most of what reading one costs.
 */
static void take_groups(struct pem *p, struct span *in, struct buf *der)
{
	if (p->digits != 0 || p->padding != 0)
		return;
	while (in->len >= 4 && der->cap - der->len >= 3) {
		uint32_t a = base64_value[in->at[0]];
		uint32_t b = base64_value[in->at[1]];
		uint32_t c = base64_value[in->at[2]];
		uint32_t d = base64_value[in->at[3]];
		/* Less the four 64. */
		uint32_t bits =
			(a << 18) + (b << 12) + (c << 6) + d - 0x1041040;

		if ((a & b & c & d) == 0)
			return;
		der->at[der->len++] = (uint8_t)(bits >> 16);
		der->at[der->len++] = (uint8_t)(bits >> 8);
		der->at[der->len++] = (uint8_t)bits;
		*in = span_skip(*in, 4);
	}
}

/* Padding fills the last group; one digit of it alone is no byte. */
static bool is_base64(const struct pem *p)
{
	return !p->bad && (p->digits + p->padding) % 4 == 0 && p->digits != 1;
}

enum pem_verdict pem_feed(struct pem *p, struct span *in, struct buf *der)
{
	while (in->len > 0) {
		uint8_t b = in->at[0];

		*in = span_skip(*in, 1);
		if (!p->inside) {
			p->matched = match(p->matched, b);
			if (p->matched < sizeof(opening) - 1)
				continue;
			*p = (struct pem){ .inside = true };
			der->len = 0;
			der->failed = false;
		} else if (p->matched == 0 && b != '-') {
			take_base64(p, b, der);
			take_groups(p, in, der);
		} else if (p->matched >= sizeof(closing) - 1 ||
		           b != (uint8_t)closing[p->matched]) {
			/* Another line; it may open the next certificate. */
			if (p->matched > HYPHENS)
				p->matched = 0;
			*p = (struct pem){ .matched = match(p->matched, b) };
			return PEM_BAD;
		} else if (++p->matched == sizeof(closing) - 1) {
			bool good =
				is_base64(p) && !der->failed && der->len > 0;

			*p = (struct pem){ .inside = false };
			return good ? PEM_CERTIFICATE : PEM_BAD;
		}
	}
	return PEM_MORE;
}

bool pem_next(struct span *rest, struct pem_block *out)
{
	struct span before;

	return span_cut_mark(rest, SPAN("-----BEGIN "), &before) &&
	       span_cut_mark(rest, SPAN("-----"), &out->label) &&
	       span_cut_mark(rest, SPAN("-----END "), &out->body);
}

bool pem_take_base64(struct buf *out, struct span text)
{
	struct pem p = { .inside = true };

	for (size_t i = 0; i < text.len; i++)
		take_base64(&p, text.at[i], out);
	return is_base64(&p) && !out->failed;
}

void pem_put_base64(struct buf *out, struct span bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	while (bytes.len > 0) {
		size_t n = bytes.len < 3 ? bytes.len : 3;
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < n ? bytes.at[i] : 0u);
		for (size_t i = 0; i < 4; i++)
			buf_byte(out,
			         i > n ? '='
			               : (uint8_t)digits[bits >> (18 - 6 * i) &
			                                 63]);
		bytes = span_skip(bytes, n);
	}
}
