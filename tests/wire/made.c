/* SPDX-License-Identifier: MIT */
/* Certificates made for tests, with any part of them as it is wanted. */
#include "wire/made.h"

#include "wire/der.h"

#define POINT \
	"\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a" \
	"\x86\x48\xce\x3d\x03\x01\x07\x03\x22\x00"

struct span made_key(size_t which)
{
	static const struct span keys[] = {
		BYTES(POINT "\x03\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6"
		            "\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33"
		            "\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"),
		BYTES(POINT "\x03\x7c\xf2\x7b\x18\x8d\x03\x4f\x7e\x8a\x52\x38"
		            "\x03\x04\xb5\x1a\xc3\xc0\x89\x69\xe2\x77\xf2\x1b"
		            "\x35\xa6\x0b\x48\xfc\x47\x66\x99\x78"),
		BYTES(POINT "\x02\x5e\xcb\xe4\xd1\xa6\x33\x0a\x44\xc8\xf7\xef"
		            "\x95\x1d\x4b\xf1\x65\xe6\xc6\xb7\x21\xef\xad\xa9"
		            "\x85\xfb\x41\x66\x1b\xc6\xe7\xfd\x6c"),
	};

	return keys[which];
}

void made_put(struct buf *out, uint8_t tag, struct span content)
{
	der_put_head(out, tag, content.len);
	buf_span(out, content);
}

void made_extension(struct buf *out, uint8_t id, bool critical,
                    struct span value)
{
	const uint8_t oid[] = { 0x55, 0x1d, id };
	uint8_t room[2048];
	struct buf inner = BUF_OVER(room);

	made_put(&inner, DER_OID, (struct span){ oid, sizeof(oid) });
	if (critical)
		made_put(&inner, DER_BOOLEAN, SPAN("\xff"));
	made_put(&inner, DER_OCTETS, value);
	made_put(out, DER_SEQUENCE, buf_written(&inner));
}

void made_name(struct buf *out, uint8_t tag, const char *common)
{
	uint8_t pair_room[256], set_room[256], rdn_room[256];
	struct buf pair = BUF_OVER(pair_room), set = BUF_OVER(set_room);
	struct buf rdn = BUF_OVER(rdn_room);

	made_put(&pair, DER_OID, SPAN("\x55\x04\x03"));
	made_put(&pair, tag, span_of(common));
	made_put(&set, DER_SEQUENCE, buf_written(&pair));
	made_put(&rdn, DER_SET, buf_written(&set));
	made_put(out, DER_SEQUENCE, buf_written(&rdn));
}

static const char *text_or(const char *text, const char *usual)
{
	return text != NULL ? text : usual;
}

static void put_dates(struct buf *out, const struct made *m)
{
	uint8_t room[64];
	struct buf dates = BUF_OVER(room);

	made_put(&dates, DER_UTC_TIME,
	         span_of(text_or(m->from, "190102030405Z")));
	made_put(&dates, DER_UTC_TIME,
	         span_of(text_or(m->to, "200102030405Z")));
	made_put(out, DER_SEQUENCE, buf_written(&dates));
}

static void put_extensions(struct buf *out, struct span extensions)
{
	uint8_t room[4096];
	struct buf list = BUF_OVER(room);

	if (extensions.at == NULL)
		return;
	made_put(&list, DER_SEQUENCE, extensions);
	made_put(out, DER_CONTEXT(3), buf_written(&list));
}

struct span made_certificate(struct buf *out, const struct made *m)
{
	static uint8_t tbs_room[16384], all_room[16384];
	struct buf tbs = BUF_OVER(tbs_room), all = BUF_OVER(all_room);
	struct span algorithm = m->algorithm;
	size_t start = out->len;

	if (algorithm.at == NULL)
		algorithm = SPAN("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"
		                 "\x02");
	if (m->version == 0)
		buf_span(&tbs, SPAN("\xa0\x03\x02\x01\x02"));
	buf_span(&tbs, SPAN("\x02\x01\x07"));
	buf_span(&tbs, algorithm);
	made_name(&tbs, DER_UTF8, text_or(m->issuer, "Issuer"));
	put_dates(&tbs, m);
	made_name(&tbs, DER_UTF8, text_or(m->subject, "Subject"));
	buf_span(&tbs, m->key.at != NULL ? m->key : made_key(0));
	put_extensions(&tbs, m->extensions);
	made_put(&all, DER_SEQUENCE, buf_written(&tbs));
	buf_span(&all, algorithm);
	made_put(&all, DER_BITS, SPAN("\x00\x30\x00"));
	made_put(out, DER_SEQUENCE, buf_written(&all));
	assert_false(out->failed);
	return (struct span){ out->at + start, out->len - start };
}
