/* SPDX-License-Identifier: MIT */
/* Which certificates are trusted, and why one is not; with tls, on mbedTLS. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "net/trust.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/fmt.h"
#include "net/dial.h"
#include "wire/der.h"

/* Certificates with one subject that are offered to mbedTLS. */
#define CANDIDATES_MAX 8

const mbedtls_x509_crt_profile trust_profile = {
	.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
	               MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
	               MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	.allowed_pks = 0xfffffff, /* all that mbedTLS knows */
	.allowed_curves = 0xfffffff, /* all in the configuration: >= 256 bits */
	.rsa_min_bitlen = 2048,
};

/* --- The time, as mbedTLS asks for it --- */

/* The time that certificates are checked at, in seconds since 1970. */
int64_t
patrm_time(int64_t *now)
{
	int64_t seconds = time(NULL);

	if (now != NULL)
		*now = seconds;
	return seconds;
}

struct tm *
mbedtls_platform_gmtime_r(const mbedtls_time_t *seconds, struct tm *out)
{
	struct calendar c = calendar_from_unix(*seconds);

	memset(out, 0, sizeof(*out));
	out->tm_year = c.year - 1900;
	out->tm_mon = (int)c.month - 1;
	out->tm_mday = (int)c.day;
	out->tm_hour = (int)c.hour;
	out->tm_min = (int)c.minute;
	out->tm_sec = (int)c.second;
	return out;
}

/* For the age of session tickets, of which patrm has none. */
mbedtls_ms_time_t
mbedtls_ms_time(void)
{
	return patrm_time(NULL) * 1000;
}

/* --- The file --- */

/* Bytes of the file, as they are asked for. */
struct reader {
	struct trust *trust;
	struct pem pem;
	struct span rest;
	uint8_t chunk[INPUT_CHUNK];
};

static bool
reader_open(struct reader *r, struct trust *t, struct err *e)
{
	r->trust = t;
	r->pem = (struct pem){ 0 };
	r->rest = (struct span){ r->chunk, 0 };
	if (lseek(t->file, 0, SEEK_SET) == 0)
		return true;
	return err_set_errno(e, ERR_FILE_READ, t->path, errno);
}

/* The next certificate of the file; false at its end, or with an error. */
static bool
reader_next(struct reader *r, struct span *certificate, struct err *e)
{
	struct buf der = BUF_OVER(r->trust->der);

	for (;;) {
		ssize_t got;

		while (r->rest.len > 0)
			if (pem_feed(&r->pem, &r->rest, &der) ==
			    PEM_CERTIFICATE) {
				*certificate = buf_written(&der);
				return true;
			}
		got = read(r->trust->file, r->chunk, sizeof(r->chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set_errno(e, ERR_FILE_READ, r->trust->path,
			                     errno);
		if (got == 0)
			return false;
		r->rest = (struct span){ r->chunk, (size_t)got };
	}
}

bool
trust_open(struct trust *t, const char *path, struct err *e)
{
	struct reader reader;
	struct span first;

	t->path = path;
	t->file = open(path, O_RDONLY | O_CLOEXEC);
	if (t->file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, path, errno);
	if (!reader_open(&reader, t, e))
		return false;
	if (!reader_next(&reader, &first, e))
		return err_set(e, ERR_NO_CERTIFICATE, span_of(path));
	return true;
}

static struct span
span_of_buf(const mbedtls_x509_buf *b)
{
	return (struct span){ b->p, b->len };
}

/* Appends the certificate to the list, which begins where it is NULL. */
static int
append(mbedtls_x509_crt **list, struct span der)
{
	mbedtls_x509_crt *head = *list;

	if (head == NULL) {
		head = mbedtls_calloc(1, sizeof(*head));
		if (head == NULL)
			return MBEDTLS_ERR_X509_ALLOC_FAILED;
		mbedtls_x509_crt_init(head);
		*list = head;
	}
	return mbedtls_x509_crt_parse_der(head, der.at, der.len);
}

static void
drop(mbedtls_x509_crt **list)
{
	mbedtls_x509_crt_free(*list);
	mbedtls_free(*list);
	*list = NULL;
}

/* --- The search for issuers --- */

/* Whether the file holds this very certificate. */
static bool
is_listed(struct trust *t, const mbedtls_x509_crt *leaf)
{
	struct reader reader;
	struct span der;

	if (!reader_open(&reader, t, t->err))
		return false;
	while (reader_next(&reader, &der, t->err))
		if (span_equal(der, span_of_buf(&leaf->raw)))
			return true;
	return false;
}

static int
find_in_file(struct trust *t, const mbedtls_x509_crt *child,
             mbedtls_x509_crt **found)
{
	struct reader reader;
	struct span der;
	unsigned count = 0;

	if (!reader_open(&reader, t, t->err))
		return MBEDTLS_ERR_X509_FATAL_ERROR;
	while (count < CANDIDATES_MAX && reader_next(&reader, &der, t->err)) {
		struct der_certificate c;
		int error;

		if (!der_parse_certificate(der, &c) ||
		    !span_equal(c.subject, span_of_buf(&child->issuer_raw)))
			continue;
		error = append(found, der);
		if (error == MBEDTLS_ERR_X509_ALLOC_FAILED) {
			drop(found);
			return error;
		}
		if (error == 0)
			count++;
	}
	if (count == 0 && *found != NULL)
		drop(found);
	return t->err->code == ERR_NONE ? 0 : MBEDTLS_ERR_X509_FATAL_ERROR;
}

int
trust_find_issuer(void *ctx, const mbedtls_x509_crt *child,
                  mbedtls_x509_crt **found)
{
	struct trust *t = ctx;

	*found = NULL;
	/* mbedTLS asks for the leaf's issuer first. */
	if (!t->leaf_seen) {
		t->leaf_seen = true;
		t->listed = is_listed(t, child);
	}
	return find_in_file(t, child, found);
}

/* --- The verdict --- */

static void
put_printable(struct buf *out, const mbedtls_x509_buf *value)
{
	fmt_printable(out, span_of_buf(value));
}

/* How people call a name: its common name, else its organization. */
static void
put_name(struct buf *out, const mbedtls_x509_name *name)
{
	const mbedtls_x509_name *best = NULL;

	for (; name != NULL; name = name->next) {
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0) {
			best = name;
			break;
		}
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_ORGANIZATION,
		                    &name->oid) == 0)
			best = name;
	}
	if (best != NULL)
		put_printable(out, &best->val);
	else
		buf_text(out, "(without a name)");
}

static int64_t
seconds_of(const mbedtls_x509_time *t)
{
	struct calendar c = {
		.year = t->year,
		.month = (unsigned)t->mon,
		.day = (unsigned)t->day,
		.hour = (unsigned)t->hour,
		.minute = (unsigned)t->min,
		.second = (unsigned)t->sec,
	};
	int64_t seconds = 0;

	/* mbedTLS has checked it, but for years that no calendar has. */
	return calendar_to_unix(&c, &seconds) ? seconds : 0;
}

static void
put_clock(struct buf *out)
{
	buf_text(out, "; this clock says ");
	fmt_time(out, patrm_time(NULL));
}

/* What an error says of the certificate: its owner, and a time. */
static int
refuse_time(struct trust *t, const mbedtls_x509_crt *c, enum err_code code)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);
	bool expired = code == ERR_CERT_EXPIRED;

	put_name(&detail, &c->subject);
	buf_text(&detail, expired ? " expired " : " is not valid before ");
	fmt_time(&detail, seconds_of(expired ? &c->valid_to : &c->valid_from));
	put_clock(&detail);
	err_set(t->err, code, buf_written(&detail));
	return 0;
}

static int
refuse(struct trust *t, const mbedtls_x509_crt *c, const char *reason)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);

	put_name(&detail, &c->subject);
	buf_text(&detail, reason);
	err_set(t->err, ERR_CERT_BAD, buf_written(&detail));
	return 0;
}

static int
refuse_issuer(struct trust *t, const mbedtls_x509_crt *c)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);

	put_name(&detail, &c->issuer);
	buf_text(&detail, ", which issued ");
	put_name(&detail, &c->subject);
	buf_text(&detail, ", is not in ");
	buf_text(&detail, t->path);
	err_set(t->err, ERR_CERT_ISSUER, buf_written(&detail));
	return 0;
}

/* The names that a certificate has, for the sentence about a wrong one. */
static int
refuse_name(struct trust *t, const mbedtls_x509_crt *c)
{
	uint8_t text[ERR_DETAIL_MAX];
	char address[INET6_ADDRSTRLEN];
	struct buf detail = BUF_OVER(text);
	const char *between = ", but for ";

	buf_text(&detail, t->host);
	for (const mbedtls_x509_sequence *i = &c->subject_alt_names; i != NULL;
	     i = i->next) {
		int type = i->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;

		if (type != MBEDTLS_X509_SAN_DNS_NAME &&
		    type != MBEDTLS_X509_SAN_IP_ADDRESS)
			continue;
		buf_text(&detail, between);
		between = ", ";
		if (type == MBEDTLS_X509_SAN_DNS_NAME)
			put_printable(&detail, &i->buf);
		else if (inet_ntop(i->buf.len == 4 ? AF_INET : AF_INET6,
		                   i->buf.p, address, sizeof(address)) != NULL)
			buf_text(&detail, address);
	}
	err_set(t->err, ERR_CERT_NAME, buf_written(&detail));
	return 0;
}

/* RFC 9110 section 4.3.5: an address matches an iPAddress, and only that. */
static bool
has_address(const mbedtls_x509_crt *c, const char *host)
{
	uint8_t address[16];
	size_t len = inet_pton(AF_INET, host, address) == 1 ? 4 : 16;

	if (len == 16 && inet_pton(AF_INET6, host, address) != 1)
		return false;
	for (const mbedtls_x509_sequence *i = &c->subject_alt_names; i != NULL;
	     i = i->next)
		if ((i->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) ==
		            MBEDTLS_X509_SAN_IP_ADDRESS &&
		    i->buf.len == len && memcmp(i->buf.p, address, len) == 0)
			return true;
	return false;
}

static bool
has_extension(const mbedtls_x509_crt *c, int extension)
{
	return (c->ext_types & extension) != 0;
}

/* The server's own certificate; mbedTLS has compared host names. */
static int
judge_leaf(struct trust *t, const mbedtls_x509_crt *c, uint32_t flags)
{
	const char *server_auth = MBEDTLS_OID_SERVER_AUTH;

	if (!t->listed && c->ca_istrue)
		return refuse(t, c, " is a CA's, not a server's");
	if (!t->listed && c->version < 3)
		return refuse(t, c, " is of X.509 version 1 or 2");
	if (!t->listed && !has_extension(c, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
		return refuse(t, c, " has no subjectAltName");
	if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0 ||
	    (t->is_address && !has_address(c, t->host)))
		return refuse_name(t, c);
	if (mbedtls_x509_crt_check_extended_key_usage(
		    c, server_auth, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)))
		return refuse(t, c, " is not for servers (extKeyUsage)");
	return 0;
}

static int
judge_any(struct trust *t, const mbedtls_x509_crt *c, uint32_t flags)
{
	if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0)
		return refuse_issuer(t, c);
	if ((flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0)
		return refuse_time(t, c, ERR_CERT_EXPIRED);
	if ((flags & MBEDTLS_X509_BADCERT_FUTURE) != 0)
		return refuse_time(t, c, ERR_CERT_FUTURE);
	if ((flags & (MBEDTLS_X509_BADCERT_BAD_KEY |
	              MBEDTLS_X509_BADCERT_BAD_PK)) != 0)
		return refuse(t, c, " has or is signed by too weak a key");
	if ((flags & MBEDTLS_X509_BADCERT_BAD_MD) != 0)
		return refuse(t, c, " is signed with too weak a hash");
	if ((flags & ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0)
		return refuse(t, c, " breaks a rule of X.509");
	return 0;
}

/* mbedTLS calls it for each certificate of the chain, the leaf last. */
int
trust_judge(void *ctx, mbedtls_x509_crt *c, int depth, uint32_t *flags)
{
	struct trust *t = ctx;

	/* A listed leaf needs nobody to vouch for it. */
	if (t->listed && depth > 0)
		*flags = 0;
	if (t->listed)
		*flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_NOT_TRUSTED |
		                      MBEDTLS_X509_BADCERT_BAD_MD);
	judge_any(t, c, *flags);
	if (depth == 0)
		judge_leaf(t, c, *flags);
	if (t->err->code != ERR_NONE)
		*flags |= MBEDTLS_X509_BADCERT_OTHER;
	return 0;
}

void
trust_expect(struct trust *t, const char *host, struct err *e)
{
	t->host = host;
	t->is_address = dial_is_address(host);
	t->err = e;
	t->leaf_seen = false;
	t->listed = false;
}
