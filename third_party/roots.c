/* SPDX-License-Identifier: MIT */
/* Host tool: Mozilla's certdata.txt to C tables of root names and keys. */
/*
 * roots [-l] -d YYYYMMDD CERTDATA [EXTRA.der...] > roots.inc
 *
 * -d is the date of the list (Debian's version of ca-certificates), for the
 * reader; anything behind the eight digits is ignored. -l writes, for the
 * tests, the certificates themselves instead of the store (roots_names.inc).
 *
 * A root goes in if Mozilla trusts it for servers (the one trust object with
 * its issuer and serial number says CKT_NSS_TRUSTED_DELEGATOR), unless, at
 * SOURCE_DATE_EPOCH (else on the list's date), its
 * CKA_NSS_SERVER_DISTRUST_AFTER is past or it has expired itself. The clock
 * is never asked: same input, same output. Mozilla means the distrust for
 * certificates issued after that date; a leaf lives for a year at most, so
 * dropping the root is the plain, strict reading. EXTRA certificates go in
 * as they are.
 *
 * What is not understood ends the run with status 1 and no output: a new
 * kind of attribute may well be a new kind of distrust.
 *
 * The store, all of it constant data without a pointer:
 *   roots_hash	32 bits of FNV-1a of each subject's DER, folded, ascending
 *   roots_at	where each key begins in roots_keys, and the end of the last
 *   roots_keys	a byte on the kind of key, and the key:
 *		0: RSA with exponent 65537, the modulus;
 *		1 to 8: RSA, an exponent of so many bytes, the modulus;
 *		ROOTS_KEY_P256 and so on: the point, compressed (SEC 1, 2.3.3)
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/name.h"

#define FILE_MAX (4u << 20)
#define OCTAL_MAX (1u << 20)
#define EXTRA_MAX (256u << 10)
#define OBJECT_MAX 1024
#define ROOT_MAX 512
#define KEY_MAX 1040 /* RSA of 8192 bits, its exponent, the kind */
#define STORE_MAX 65535 /* roots_at has 16 bits */
#define EXPONENT_MAX 8
#define STAMP_SIZE 15 /* YYYYMMDDHHMMSS and a NUL */

#define KEY_RSA 0x00
#define KEY_P256 0xc1
#define KEY_P384 0xc2

#define DER_INTEGER 0x02
#define DER_BITS 0x03
#define DER_UTCTIME 0x17
#define DER_TIME 0x18 /* GeneralizedTime */
#define DER_SEQUENCE 0x30
#define DER_VERSION 0xa0

struct bytes {
	const uint8_t *at;
	size_t len;
};

/* What an object of certdata.txt may say and we read; the rest is IGNORED. */
enum slot {
	CLASS,
	LABEL,
	TYPE,
	SUBJECT,
	ISSUER,
	SERIAL,
	VALUE,
	DISTRUST,
	SERVER,
	SLOTS,
	IGNORED,
};

struct object {
	struct bytes slot[SLOTS];
	bool used;
};

struct certificate {
	struct bytes der;
	struct bytes serial;
	struct bytes issuer;
	struct bytes not_after;
	struct bytes subject;
	struct bytes key;
};

struct root {
	uint32_t hash; /* two names with one are told apart by their keys */
	struct certificate cert;
	struct bytes label;
	uint8_t key[KEY_MAX];
	size_t key_len;
};

struct left_out {
	struct bytes label;
	char why[48];
};

static const struct {
	const char *name;
	enum slot slot;
} attributes[] = {
	{ "CKA_CLASS", CLASS },
	{ "CKA_LABEL", LABEL },
	{ "CKA_CERTIFICATE_TYPE", TYPE },
	{ "CKA_SUBJECT", SUBJECT },
	{ "CKA_ISSUER", ISSUER },
	{ "CKA_SERIAL_NUMBER", SERIAL },
	{ "CKA_VALUE", VALUE },
	{ "CKA_NSS_SERVER_DISTRUST_AFTER", DISTRUST },
	{ "CKA_TRUST_SERVER_AUTH", SERVER },
	{ "CKA_TOKEN", IGNORED },
	{ "CKA_PRIVATE", IGNORED },
	{ "CKA_MODIFIABLE", IGNORED },
	{ "CKA_ID", IGNORED },
	{ "CKA_CERT_SHA1_HASH", IGNORED },
	{ "CKA_CERT_MD5_HASH", IGNORED },
	{ "CKA_NSS_MOZILLA_CA_POLICY", IGNORED },
	{ "CKA_NSS_EMAIL_DISTRUST_AFTER", IGNORED },
	{ "CKA_TRUST_EMAIL_PROTECTION", IGNORED },
	{ "CKA_TRUST_CODE_SIGNING", IGNORED },
	{ "CKA_TRUST_STEP_UP_APPROVED", IGNORED },
};

static uint8_t file_bytes[FILE_MAX];
static uint8_t octal_bytes[OCTAL_MAX];
static size_t octal_len;
static uint8_t extra_bytes[EXTRA_MAX];
static size_t extra_len;
static struct object objects[OBJECT_MAX];
static size_t object_count;
static struct root roots[ROOT_MAX];
static size_t root_count;
static struct left_out left_out[OBJECT_MAX];
static size_t left_out_count;
static size_t added_count;

static unsigned line_number;
static struct bytes context; /* the label or file that is being read */
static char list_date[11]; /* YYYY-MM-DD */
static char now[STAMP_SIZE]; /* the moment that roots are judged at */

static void print_label(FILE *out, struct bytes label)
{
	/* Into a comment or a message: nothing that could end either. */
	for (size_t i = 0; i < label.len; i++) {
		uint8_t c = label.at[i];

		if (c >= ' ' && c < 0x7f && !strchr("\"*/\\?", c))
			(void)fputc(c, out);
		else if (c != '"')
			(void)fputc('_', out);
	}
}

__attribute__((noreturn, format(printf, 1, 2))) static void
die(const char *format, ...)
{
	va_list list;

	(void)fputs("roots: ", stderr);
	if (line_number)
		(void)fprintf(stderr, "line %u: ", line_number);
	if (context.len) {
		print_label(stderr, context);
		(void)fputs(": ", stderr);
	}
	va_start(list, format);
	(void)vfprintf(stderr, format, list);
	va_end(list);
	(void)fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

static bool bytes_are(struct bytes a, const char *text)
{
	return bytes_equal(a, bytes_of(text));
}

static struct bytes bytes_skip(struct bytes b, size_t n)
{
	return (struct bytes){ b.at + n, b.len - n };
}

/* Cuts off what stands before the first `by`, or everything. */
static struct bytes bytes_cut(struct bytes *from, uint8_t by)
{
	const uint8_t *end = from->len ? memchr(from->at, by, from->len) : NULL;
	struct bytes head = *from;

	if (end == NULL) {
		*from = bytes_skip(*from, from->len);
		return head;
	}
	head.len = (size_t)(end - from->at);
	*from = bytes_skip(*from, head.len + 1);
	return head;
}

static struct bytes file_read(const char *path, uint8_t *at, size_t cap)
{
	FILE *in = fopen(path, "rb");
	size_t len;

	if (in == NULL)
		die("%s: %s", path, strerror(errno));
	len = fread(at, 1, cap, in);
	if (ferror(in))
		die("%s: %s", path, strerror(errno));
	if (len == cap)
		die("%s: longer than %zu bytes", path, cap - 1);
	(void)fclose(in);
	return (struct bytes){ at, len };
}

/*
 * certdata.txt
 */

static struct bytes line_next(struct bytes *text)
{
	line_number++;
	return bytes_cut(text, '\n');
}

static unsigned octal_digit(uint8_t c)
{
	if (c < '0' || c > '7')
		die("not an octal digit");
	return (unsigned)(c - '0');
}

static void octal_line(struct bytes line)
{
	while (line.len > 0) {
		unsigned value;

		if (line.len < 4 || line.at[0] != '\\')
			die("not \\ and three octal digits");
		value = octal_digit(line.at[1]) << 6 |
		        octal_digit(line.at[2]) << 3 | octal_digit(line.at[3]);
		if (value > 0xff || octal_len == OCTAL_MAX)
			die("octal value or data too large");
		octal_bytes[octal_len++] = (uint8_t)value;
		line = bytes_skip(line, 4);
	}
}

static struct bytes octal_block(struct bytes *text)
{
	size_t start = octal_len;

	for (;;) {
		struct bytes line;

		if (text->len == 0)
			die("the file ends in octal data");
		line = line_next(text);
		if (bytes_are(line, "END"))
			break;
		octal_line(line);
	}
	return (struct bytes){ octal_bytes + start, octal_len - start };
}

static enum slot attribute_slot(struct bytes name)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (bytes_are(name, attributes[i].name))
			return attributes[i].slot;
	context = name;
	die("an attribute this tool does not know");
}

static void attribute_read(struct bytes line, struct bytes *text)
{
	enum slot slot = attribute_slot(bytes_cut(&line, ' '));
	struct bytes type = bytes_cut(&line, ' ');
	struct bytes value = line;
	struct object *object;

	if (bytes_are(type, "MULTILINE_OCTAL"))
		value = octal_block(text);
	if (slot == CLASS && object_count++ == OBJECT_MAX)
		die("more than %d objects", OBJECT_MAX);
	if (object_count == 0)
		die("an attribute before the first CKA_CLASS");
	if (slot == IGNORED)
		return;
	if (value.len == 0)
		die("an attribute without a value");
	object = &objects[object_count - 1];
	if (object->slot[slot].len != 0)
		die("an attribute twice in one object");
	object->slot[slot] = value;
}

static void certdata_read(struct bytes text)
{
	bool begun = false;

	line_number = 0;
	while (text.len > 0) {
		struct bytes line = line_next(&text);

		if (line.len == 0 || line.at[0] == '#')
			continue;
		if (begun)
			attribute_read(line, &text);
		else if (bytes_are(line, "BEGINDATA"))
			begun = true;
		else
			die("text before BEGINDATA");
	}
	if (!begun)
		die("no BEGINDATA: not a certdata.txt");
	line_number = 0;
}

/*
 * DER (X.690): definite, minimal lengths only
 */

static size_t der_length(struct bytes *from)
{
	size_t first, len;

	if (from->len < 1)
		die("DER ends before a length");
	first = from->at[0];
	*from = bytes_skip(*from, 1);
	if (first < 0x80)
		return first;
	if (first == 0x81 && from->len >= 1 && from->at[0] >= 0x80) {
		len = from->at[0];
		*from = bytes_skip(*from, 1);
		return len;
	}
	if (first == 0x82 && from->len >= 2 && from->at[0] != 0) {
		len = (size_t)from->at[0] << 8 | from->at[1];
		*from = bytes_skip(*from, 2);
		return len;
	}
	die("a DER length that is not minimal, or over 65,535");
}

/* Takes one element with this tag; its content. */
static struct bytes der_take(struct bytes *from, uint8_t tag)
{
	struct bytes content;
	size_t len;

	if (from->len < 1 || from->at[0] != tag)
		die("DER element 0x%02x is missing", tag);
	*from = bytes_skip(*from, 1);
	len = der_length(from);
	if (len > from->len)
		die("DER element 0x%02x is cut off", tag);
	content = (struct bytes){ from->at, len };
	*from = bytes_skip(*from, len);
	return content;
}

/* Takes one element with this tag; all of it, tag and length too. */
static struct bytes der_whole(struct bytes *from, uint8_t tag)
{
	struct bytes all = *from;

	der_take(from, tag);
	all.len -= from->len;
	return all;
}

static bool der_is(struct bytes from, uint8_t tag)
{
	return from.len > 0 && from.at[0] == tag;
}

static void der_end(struct bytes rest)
{
	if (rest.len != 0)
		die("%zu bytes too many in DER", rest.len);
}

/* An INTEGER above zero, without the zero byte in front of a high bit. */
static struct bytes der_natural(struct bytes *from)
{
	struct bytes n = der_take(from, DER_INTEGER);

	if (n.len == 0 || n.at[0] >= 0x80)
		die("an INTEGER that is empty or negative");
	if (n.at[0] != 0)
		return n;
	n = bytes_skip(n, 1);
	if (n.len == 0 || n.at[0] < 0x80)
		die("an INTEGER that is zero or not minimal");
	return n;
}

/* A BIT STRING of whole bytes. */
static struct bytes der_bits(struct bytes *from)
{
	struct bytes bits = der_take(from, DER_BITS);

	if (bits.len < 1 || bits.at[0] != 0)
		die("a BIT STRING that is not whole bytes");
	return bytes_skip(bits, 1);
}

static struct bytes der_last_time(struct bytes validity)
{
	struct bytes last;

	for (int i = 0; i < 2; i++) {
		bool utc = der_is(validity, DER_UTCTIME);

		last = der_take(&validity, utc ? DER_UTCTIME : DER_TIME);
		if (last.len != (utc ? 13 : 15))
			die("a time of %zu bytes", last.len);
	}
	der_end(validity);
	return last;
}

/* RFC 5280, 4.1 */
static void certificate_parse(struct certificate *c, struct bytes der)
{
	struct bytes all, tbs, outer = der;

	c->der = der;
	all = der_take(&outer, DER_SEQUENCE);
	der_end(outer);
	tbs = der_take(&all, DER_SEQUENCE);
	der_take(&all, DER_SEQUENCE);
	der_bits(&all);
	der_end(all);
	if (der_is(tbs, DER_VERSION))
		der_take(&tbs, DER_VERSION);
	c->serial = der_whole(&tbs, DER_INTEGER);
	der_take(&tbs, DER_SEQUENCE);
	c->issuer = der_whole(&tbs, DER_SEQUENCE);
	c->not_after = der_last_time(der_take(&tbs, DER_SEQUENCE));
	c->subject = der_whole(&tbs, DER_SEQUENCE);
	c->key = der_whole(&tbs, DER_SEQUENCE);
}

/*
 * Keys
 */

static void key_put(struct root *root, struct bytes b)
{
	if (b.len > KEY_MAX - root->key_len)
		die("a key of more than %d bytes", KEY_MAX);
	memcpy(root->key + root->key_len, b.at, b.len);
	root->key_len += b.len;
}

/* RFC 8017, A.1.1 */
static void key_put_rsa(struct root *root, struct bytes bits)
{
	static const uint8_t usual[] = { 0x01, 0x00, 0x01 };
	struct bytes pair = der_take(&bits, DER_SEQUENCE);
	struct bytes modulus = der_natural(&pair);
	struct bytes exponent = der_natural(&pair);
	uint8_t kind = (uint8_t)exponent.len;

	der_end(pair);
	der_end(bits);
	if (exponent.len > EXPONENT_MAX)
		die("an RSA exponent of %zu bytes", exponent.len);
	if (bytes_equal(exponent, (struct bytes){ usual, sizeof(usual) })) {
		kind = KEY_RSA;
		exponent.len = 0;
	}
	key_put(root, (struct bytes){ &kind, 1 });
	key_put(root, exponent);
	key_put(root, modulus);
}

/* RFC 5480, 2.2; the sign of y stands for y (SEC 1, 2.3.3) */
static void key_put_point(struct root *root, struct bytes bits, uint8_t kind)
{
	size_t size = kind == KEY_P256 ? 32 : 48;
	uint8_t head[2] = { kind, 0x02 };

	if (bits.len != 1 + 2 * size || bits.at[0] != 0x04)
		die("a point that is not 0x04, x and y");
	head[1] |= bits.at[2 * size] & 1;
	key_put(root, (struct bytes){ head, sizeof(head) });
	key_put(root, (struct bytes){ bits.at + 1, size });
}

/* SubjectPublicKeyInfo: the algorithms this tool can store, as DER. */
static const struct {
	uint8_t kind;
	uint8_t len;
	char der[24];
} algorithms[] = {
	{ KEY_RSA, 13, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00" },
	{ KEY_P256, 19,
	  "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
	  "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07" },
	{ KEY_P384, 16,
	  "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
	  "\x06\x05\x2b\x81\x04\x00\x22" },
};

static uint8_t key_kind(struct bytes algorithm)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
		struct bytes known = { (const uint8_t *)algorithms[i].der,
			               algorithms[i].len };

		if (bytes_equal(algorithm, known))
			return algorithms[i].kind;
	}
	die("a type of key this tool does not know");
}

static void key_read(struct root *root)
{
	struct bytes outer = root->cert.key;
	struct bytes info = der_take(&outer, DER_SEQUENCE);
	uint8_t kind = key_kind(der_take(&info, DER_SEQUENCE));
	struct bytes bits = der_bits(&info);

	der_end(info);
	if (kind == KEY_RSA)
		key_put_rsa(root, bits);
	else
		key_put_point(root, bits, kind);
}

/*
 * Whom to trust
 */

/* A UTCTime (before 2050) or GeneralizedTime; RFC 5280, 4.1.2.5 */
static void stamp_set(char stamp[STAMP_SIZE], struct bytes time)
{
	size_t digits = time.len - 1;

	if ((time.len != 13 && time.len != 15) || time.at[digits] != 'Z')
		die("a time that is neither UTCTime nor GeneralizedTime");
	for (size_t i = 0; i < digits; i++)
		if (time.at[i] < '0' || time.at[i] > '9')
			die("a time with something else than digits");
	memcpy(stamp, time.at[0] < '5' ? "20" : "19", 2);
	memcpy(stamp + STAMP_SIZE - 1 - digits, time.at, digits);
	stamp[STAMP_SIZE - 1] = 0;
}

static const struct object *trust_of(const struct object *cert)
{
	const struct object *found = NULL;

	for (size_t i = 0; i < object_count; i++) {
		struct object *o = &objects[i];

		if (!bytes_are(o->slot[CLASS], "CKO_NSS_TRUST") ||
		    !bytes_equal(o->slot[ISSUER], cert->slot[ISSUER]) ||
		    !bytes_equal(o->slot[SERIAL], cert->slot[SERIAL]))
			continue;
		if (found != NULL || o->used)
			die("two certificates or two trusts of one name");
		found = o;
		o->used = true;
	}
	if (found == NULL)
		die("a certificate without a trust object");
	return found;
}

/* Whether that moment is past; if so, why the root is left out. */
static bool is_past(struct left_out *out, const char *what, struct bytes time)
{
	char at[STAMP_SIZE];

	stamp_set(at, time);
	if (strcmp(at, now) >= 0)
		return false;
	(void)snprintf(out->why, sizeof(out->why), "%s %.4s-%.2s-%.2s", what,
	               at, at + 4, at + 6);
	return true;
}

static bool is_left_out(struct left_out *out, const struct object *cert,
                        const struct certificate *parsed)
{
	struct bytes trust = trust_of(cert)->slot[SERVER];
	struct bytes after = cert->slot[DISTRUST];

	out->label = cert->slot[LABEL];
	if (bytes_are(trust, "CKT_NSS_MUST_VERIFY_TRUST")) {
		strcpy(out->why, "not a root for servers");
		return true;
	}
	if (bytes_are(trust, "CKT_NSS_NOT_TRUSTED")) {
		strcpy(out->why, "distrusted");
		return true;
	}
	if (!bytes_are(trust, "CKT_NSS_TRUSTED_DELEGATOR"))
		die("a trust this tool does not know");
	if (after.len != 0 && !bytes_are(after, "CK_FALSE") &&
	    is_past(out, "distrusted after", after))
		return true;
	return is_past(out, "expired", parsed->not_after);
}

static void root_add(struct bytes label, const struct certificate *cert)
{
	struct root *root = &roots[root_count];

	if (root_count++ == ROOT_MAX)
		die("more than %d roots", ROOT_MAX);
	root->label = label;
	root->cert = *cert;
	/* As patrm looks for it; see src/wire/name.h. */
	root->hash =
		name_hash((struct span){ cert->subject.at, cert->subject.len });
	key_read(root);
}

static void object_judge(const struct object *o)
{
	struct certificate cert;

	if (!bytes_are(o->slot[TYPE], "CKC_X_509"))
		die("not an X.509 certificate");
	certificate_parse(&cert, o->slot[VALUE]);
	if (!bytes_equal(cert.issuer, o->slot[ISSUER]) ||
	    !bytes_equal(cert.serial, o->slot[SERIAL]) ||
	    !bytes_equal(cert.subject, o->slot[SUBJECT]))
		die("the object and its certificate differ");
	if (is_left_out(&left_out[left_out_count], o, &cert))
		left_out_count++;
	else
		root_add(o->slot[LABEL], &cert);
}

static void certdata_judge(void)
{
	for (size_t i = 0; i < object_count; i++) {
		struct bytes class = objects[i].slot[CLASS];

		context = objects[i].slot[LABEL];
		if (bytes_are(class, "CKO_CERTIFICATE"))
			object_judge(&objects[i]);
		else if (!bytes_are(class, "CKO_NSS_TRUST") &&
		         !bytes_are(class, "CKO_NSS_BUILTIN_ROOT_LIST"))
			die("an object this tool does not know");
	}
	for (size_t i = 0; i < object_count; i++) {
		context = objects[i].slot[LABEL];
		/* The others: single certificates that are distrusted. */
		if (bytes_are(objects[i].slot[SERVER],
		              "CKT_NSS_TRUSTED_DELEGATOR") &&
		    !objects[i].used)
			die("a trusted root without its certificate");
	}
	context.len = 0;
	if (root_count == 0)
		die("no root at all");
}

static void extra_read(const char *path)
{
	struct certificate cert;
	struct bytes der;

	context = bytes_of(path);
	der = file_read(path, extra_bytes + extra_len, EXTRA_MAX - extra_len);
	extra_len += der.len;
	certificate_parse(&cert, der);
	root_add(bytes_of("added"), &cert);
	added_count++;
	context.len = 0;
}

static int root_compare(const void *left, const void *right)
{
	const struct root *a = left, *b = right;
	size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->key, b->key, len);

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (order != 0)
		return order;
	return (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

/* By hash; one that is there twice (name and key) is kept once. */
static void roots_sort(void)
{
	size_t kept = 0;

	qsort(roots, root_count, sizeof(*roots), root_compare);
	for (size_t i = 0; i < root_count; i++) {
		if (kept > 0 && !root_compare(&roots[kept - 1], &roots[i]))
			continue;
		if (kept != i)
			roots[kept] = roots[i];
		kept++;
	}
	root_count = kept;
}

/*
 * Output
 */

static void print_bytes(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		(void)printf("%s%u,", i % 16 ? "" : "\n\t", b.at[i]);
	(void)putchar('\n');
}

static void print_comment(const char *what, struct bytes label)
{
	(void)printf("\t/* %s", what);
	print_label(stdout, label);
	(void)puts(" */");
}

static size_t keys_length(void)
{
	size_t len = 0;

	for (size_t i = 0; i < root_count; i++)
		len += roots[i].key_len;
	if (len > STORE_MAX)
		die("keys of %zu bytes; the store has room for %d", len,
		    STORE_MAX);
	return len;
}

static size_t store_length(void)
{
	return root_count * sizeof(uint32_t) +
	       (root_count + 1) * sizeof(uint16_t) + keys_length();
}

static void print_tables(void)
{
	size_t at = 0;

	(void)puts("SELDOM static const uint32_t roots_hash[] = {");
	for (size_t i = 0; i < root_count; i++)
		(void)printf("\t0x%08lx,\n", (unsigned long)roots[i].hash);
	(void)puts("};\nSELDOM static const uint16_t roots_at[] = {");
	for (size_t i = 0; i < root_count; i++) {
		(void)printf("\t%zu,\n", at);
		at += roots[i].key_len;
	}
	(void)printf(
		"\t%zu\n};\nSELDOM static const uint8_t roots_keys[] = {\n",
		at);
	for (size_t i = 0; i < root_count; i++) {
		print_comment("", roots[i].label);
		print_bytes((struct bytes){ roots[i].key, roots[i].key_len });
	}
	(void)puts("};");
}

static void print_store(void)
{
	(void)printf(
		"/* Made by third_party/roots.c of Mozilla's list of %s. */\n",
		list_date);
	(void)printf("#define ROOTS_DATE \"%s\"\n", list_date);
	(void)printf("#define ROOTS_COUNT %zu\n", root_count);
	(void)printf("#define ROOTS_BYTES %zu\n", store_length());
	(void)printf("#define ROOTS_KEY_RSA %d\n", KEY_RSA);
	(void)printf("#define ROOTS_KEY_RSA_LAST %d\n", EXPONENT_MAX);
	(void)printf("#define ROOTS_KEY_P256 %d\n", KEY_P256);
	(void)printf("#define ROOTS_KEY_P384 %d\n", KEY_P384);
	print_tables();
	for (size_t i = 0; i < left_out_count; i++) {
		(void)printf("/* left out, %s: ", left_out[i].why);
		print_label(stdout, left_out[i].label);
		(void)puts(" */");
	}
}

static void print_list(void)
{
	(void)puts("/* Made by third_party/roots.c -l: the certificates, in the"
	           " store's order. */");
	for (size_t i = 0; i < root_count; i++) {
		(void)printf("static const uint8_t roots_listed_%zu[] = {", i);
		print_bytes(roots[i].cert.der);
		(void)puts("};");
	}
	(void)puts("static const struct roots_listed {\n\tconst char *label;\n"
	           "\tstruct span der, subject, key;\n} roots_listed[] = {");
	for (size_t i = 0; i < root_count; i++) {
		const struct certificate *c = &roots[i].cert;

		(void)printf("\t{ \"");
		print_label(stdout, roots[i].label);
		(void)printf("\", { roots_listed_%zu, %zu },"
		             " { roots_listed_%zu + %zu, %zu },"
		             " { roots_listed_%zu + %zu, %zu } },\n",
		             i, c->der.len, i,
		             (size_t)(c->subject.at - c->der.at),
		             c->subject.len, i, (size_t)(c->key.at - c->der.at),
		             c->key.len);
	}
	(void)puts("};");
}

static void report(size_t from_mozilla)
{
	(void)fprintf(stderr, "%zu roots of Mozilla's list of %s, %zu left out",
	              from_mozilla, list_date, left_out_count);
	if (added_count)
		(void)fprintf(stderr, ", %zu added", added_count);
	(void)fprintf(stderr, ", %zu bytes\n", store_length());
}

/* The list's date, and with it the moment to judge at if there is no other. */
static void date_set(const char *digits)
{
	if (strspn(digits, "0123456789") < 8)
		die("-d wants YYYYMMDD");
	(void)snprintf(list_date, sizeof(list_date), "%.4s-%.2s-%.2s", digits,
	               digits + 4, digits + 6);
	(void)snprintf(now, sizeof(now), "%.8s000000", digits);
}

static void now_set(const char *epoch)
{
	time_t seconds;
	struct tm *utc;

	if (*epoch == 0 || strspn(epoch, "0123456789") != strlen(epoch) ||
	    strlen(epoch) > 11)
		die("SOURCE_DATE_EPOCH is not a number of seconds");
	seconds = (time_t)strtoll(epoch, NULL, 10);
	utc = gmtime(&seconds);
	if (utc == NULL || strftime(now, sizeof(now), "%Y%m%d%H%M%S", utc) == 0)
		die("SOURCE_DATE_EPOCH is out of range");
}

int main(int argc, char **argv)
{
	bool list = argc > 1 && !strcmp(argv[1], "-l");
	char **arg = argv + 1 + list;
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	size_t from_mozilla;

	if (argc - list < 4 || strcmp(arg[0], "-d") != 0)
		die("usage: roots [-l] -d YYYYMMDD CERTDATA [EXTRA.der...]");
	date_set(arg[1]);
	if (epoch != NULL)
		now_set(epoch);
	certdata_read(file_read(arg[2], file_bytes, sizeof(file_bytes)));
	certdata_judge();
	from_mozilla = root_count;
	for (arg += 3; *arg != NULL; arg++)
		extra_read(*arg);
	roots_sort();
	if (list)
		print_list();
	else
		print_store();
	if (fflush(stdout) || ferror(stdout))
		die("cannot write: %s", strerror(errno));
	if (!list)
		report(from_mozilla);
	return EXIT_SUCCESS;
}
