/* SPDX-License-Identifier: MIT */
/* Tests of net/verify: what is said of a server's own certificate. */
/* links: tests/wire/made.c */
#include "net/verify.h"

#include <psa/crypto.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"
#include "wire/made.h"

#define HOST "api.example.com"

static struct verify verify;
static struct err err;
static char path[64];

#define DNS(text) "\x82" text
#define SERVERS "0\x0a\6\x08\x2b\6\1\5\5\7\3\1"
#define CLIENTS "0\x0a\6\x08\x2b\6\1\5\5\7\3\2"

/* A certificate, who it should be for, and what is said of it. */
static const struct row {
	const char *label;
	struct made made;
	struct span names; /* the value of its subjectAltName */
	struct span usage; /* of its extKeyUsage */
	struct span key_usage;
	const char *host; /* if it is not HOST */
	bool listed; /* in the store */
	enum err_code code;
	const char *says;
} rows[] = {
	{ .label = "listed",
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .listed = true },
	{ .label = "listed, a wildcard",
	  .names = BYTES("0\x0f\x82\x0d*.example.com"),
	  .listed = true },
	{ .label = "listed, without names",
	  .made = { .subject = HOST, .version = 1 },
	  .listed = true },
	{ .label = "listed, without names, a wildcard",
	  .made = { .subject = "*.example.com" },
	  .listed = true },
	{ .label = "listed, for an address",
	  .names = BYTES("0\6\x87\4\xc0\0\2\1"),
	  .host = "192.0.2.1",
	  .listed = true },
	{ .label = "listed, an address as its name",
	  .made = { .subject = "192.0.2.1" },
	  .host = "192.0.2.1",
	  .listed = true },
	{ .label = "listed, signed with SHA-1",
	  .made = { .algorithm = BYTES("0\x0d\6\x09\x2a\x86\x48\x86\xf7\x0d\1"
	                               "\1\5\5\0") },
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .listed = true },
	{ .label = "listed, for servers",
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .usage = BYTES(SERVERS),
	  .listed = true },
	{ .label = "not listed",
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .code = ERR_CERT_ISSUER,
	  .says = "Issuer, which issued Subject, is not in " },
	{ .label = "not listed, signed with SHA-1",
	  .made = { .algorithm = BYTES("0\x0d\6\x09\x2a\x86\x48\x86\xf7\x0d\1"
	                               "\1\5\5\0") },
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .code = ERR_CERT_BAD,
	  .says = "Subject is signed with too weak a hash" },
	{ .label = "self-signed",
	  .made = { .subject = "Me", .issuer = "mE" },
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .code = ERR_CERT_ISSUER,
	  .says = "mE is self-signed and is not in " },
	{ .label = "a common name with a NUL",
	  .made = { .subject = "api.example.com\1" },
	  .listed = true,
	  .code = ERR_CERT_NAME,
	  .says = "api.example.com, but for api.example.com\\u{1}" },
	{ .label = "another name",
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .host = "other.example.com",
	  .listed = true,
	  .code = ERR_CERT_NAME,
	  .says = "other.example.com, but for api.example.com" },
	{ .label = "names count where there are some",
	  .made = { .subject = HOST },
	  .names = BYTES("0\3\x82\1x"),
	  .listed = true,
	  .code = ERR_CERT_NAME,
	  .says = "api.example.com, but for x" },
	{ .label = "a URI",
	  .names = BYTES("0\x11\x86\x0f" HOST),
	  .listed = true,
	  .code = ERR_CERT_NAME,
	  .says = HOST },
	{ .label = "an address as a name",
	  .names = BYTES("0\x0b\x82\x09"
	                 "192.0.2.1"),
	  .host = "192.0.2.1",
	  .listed = true,
	  .code = ERR_CERT_NAME,
	  .says = "but for the name 192.0.2.1" },
	{ .label = "an address in the other family",
	  .names = BYTES("0\x12\x87\x10\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1"),
	  .host = "192.0.2.1",
	  .listed = true,
	  .code = ERR_CERT_NAME,
	  .says = "::ffff:c000:201" },
	{ .label = "hostile bytes",
	  .names = BYTES("0\x0a\x82\x08"
	                 "a\x1b[2J\xe2\x80\xae"),
	  .listed = true,
	  .code = ERR_CERT_NAME,
	  .says = "a\\u{1b}[2J\\u{202e}" },
	{ .label = "malformed names",
	  .names = BYTES("0\3\x87\1x"),
	  .listed = true,
	  .code = ERR_CERT_BAD,
	  .says = "malformed subjectAltName" },
	{ .label = "for clients",
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .usage = BYTES(CLIENTS),
	  .listed = true,
	  .code = ERR_CERT_BAD,
	  .says = "not for servers" },
	{ .label = "not to sign",
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .key_usage = BYTES("\3\2\3\x08"),
	  .listed = true,
	  .code = ERR_CERT_BAD,
	  .says = "not for signatures" },
	{ .label = "expired",
	  .made = { .to = "191231235959Z" },
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .listed = true,
	  .code = ERR_CERT_EXPIRED,
	  .says = "expired 2019-12-31T23:59:59Z; --at says 2020-01-01T00:00:00"
	          "Z" },
	{ .label = "not yet",
	  .made = { .from = "200101000001Z" },
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .listed = true,
	  .code = ERR_CERT_FUTURE,
	  .says = "not valid before 2020-01-01T00:00:01Z" },
	{ .label = "no dates",
	  .made = { .from = "now" },
	  .names = BYTES("0\x11\x82\x0f" HOST),
	  .listed = true,
	  .code = ERR_CERT_BAD,
	  .says = "malformed dates" },
};

/* A store with that certificate, or with another one. */
static int open_store(struct span der)
{
	static uint8_t room[8192];
	struct buf text = BUF_OVER(room);
	int file = memfd_create("verify", MFD_CLOEXEC);

	buf_text(&text, "-----BEGIN CERTIFICATE-----\n");
	pem_put_base64(&text, der);
	buf_text(&text, "\n-----END CERTIFICATE-----\n");
	assert_int_equal(write(file, text.at, text.len), text.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	assert_true(castore_open(&verify.store, path, &err));
	return file;
}

static struct span make(const struct row *row)
{
	static uint8_t room[8192];
	uint8_t list_room[2048];
	struct buf list = BUF_OVER(list_room), out = BUF_OVER(room);
	struct made m = row->made;

	if (row->names.at != NULL)
		made_extension(&list, CERTIFICATE_ALT_NAME, true, row->names);
	if (row->usage.at != NULL)
		made_extension(&list, CERTIFICATE_EXT_KEY_USAGE, false,
		               row->usage);
	if (row->key_usage.at != NULL)
		made_extension(&list, CERTIFICATE_KEY_USAGE, true,
		               row->key_usage);
	if (list.len > 0)
		m.extensions = buf_written(&list);
	return made_certificate(&out, &m);
}

static bool says(const char *text)
{
	return memmem(err.detail, err.detail_len, text, strlen(text)) != NULL;
}

static void a_server_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct span der = make(row), key;
		uint8_t other_room[2048];
		struct buf other = BUF_OVER(other_room);
		const struct made stranger = { .subject = "Stranger" };
		bool good;
		int file;

		memset(&verify, 0, sizeof(verify));
		err = (struct err){ 0 };
		verify.has_time = true;
		verify.time = 1577836800; /* 2020-01-01 */
		file = open_store(
			row->listed ? der
				    : made_certificate(&other, &stranger));
		verify_expect(&verify, row->host != NULL ? row->host : HOST,
		              deadline_in(10000), &err);
		assert_row(row->label, verify_take(&verify, der, &key));
		good = verify_judge(&verify, key);
		assert_row(row->label, good == (row->code == ERR_NONE));
		assert_row(row->label, err.code == row->code);
		assert_row(row->label, row->says == NULL || says(row->says));
		assert_row(row->label, verify.store.listed == row->listed);
		assert_row(row->label,
		           good == (verify.voucher_len > 0) || row->listed);
		close(verify.store.file);
		close(file);
	}
}

/* Without a certificate, or with the key of another one, nobody is trusted. */
static void the_key_must_be_its_own(void **state)
{
	struct span key, der = make(&rows[0]);

	(void)state;
	memset(&verify, 0, sizeof(verify));
	err = (struct err){ 0 };
	verify.has_time = true;
	verify.time = 1577836800;
	close(open_store(der));
	verify_expect(&verify, HOST, deadline_in(10000), &err);
	assert_false(verify_judge(&verify, made_key(0)));
	assert_true(verify_take(&verify, der, &key));
	assert_false(verify_judge(&verify, made_key(1)));
	assert_true(verify_judge(&verify, key));
	/* What follows is kept, as far as there is room, and never fails. */
	for (int i = 0; i < 300; i++) {
		static uint8_t room[8192];
		struct buf out = BUF_OVER(room);
		char name[16];
		const struct made m = { .subject = name };

		snprintf(name, sizeof(name), "%d", i);
		assert_true(
			verify_take(&verify, made_certificate(&out, &m), &key));
		assert_true(verify_take(&verify, SPAN("junk"), &key));
	}
	assert_int_equal(verify.sent_count, CHAIN_MAX);
	assert_true(verify.has_more && verify.has_broken);
	close(verify.store.file);
}

static void what_is_no_certificate_is_refused(void **state)
{
	struct span key;

	(void)state;
	verify_expect(&verify, HOST, deadline_in(10000), &err);
	err = (struct err){ 0 };
	assert_false(verify_take(&verify, SPAN("junk"), &key));
	assert_int_equal(err.code, ERR_CERT_FORM);
}

/* Time is up before a signature is looked at. */
static void the_deadline_counts(void **state)
{
	struct span key, der = make(&rows[8]);
	uint8_t room[2048];
	struct buf other = BUF_OVER(room);
	const struct made stranger = { .subject = "Stranger" };

	(void)state;
	memset(&verify, 0, sizeof(verify));
	err = (struct err){ 0 };
	close(open_store(made_certificate(&other, &stranger)));
	verify_expect(&verify, HOST, deadline_in(0), &err);
	assert_true(verify_take(&verify, der, &key));
	assert_false(verify_judge(&verify, key));
	assert_int_equal(err.code, ERR_DEADLINE);
	close(verify.store.file);
}

static int set_up(void **state)
{
	(void)state;
	return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_is_judged),
		cmocka_unit_test(the_key_must_be_its_own),
		cmocka_unit_test(what_is_no_certificate_is_refused),
		cmocka_unit_test(the_deadline_counts),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("net/verify", tests, set_up, NULL);
}
