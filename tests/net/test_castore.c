/* SPDX-License-Identifier: MIT */
/* Tests of net/castore: files, the roots inside, the search for anchors. */
/* links: tests/net/peer.c tests/wire/made.c */
#include "net/castore.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/peer.h"
#include "net/roots.h"
#include "wire/certificate.h"
#include "wire/der.h"
#include "wire/made.h"

#define NAME_MAX_BYTES 64
#define DER_ROOM 1024
#define PATH_ROOM 64
#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "\n-----END CERTIFICATE-----\n"

static struct castore store;
static struct err err;

static struct span write_name(const char *common, uint8_t *room)
{
	struct buf out = { .at = room, .cap = NAME_MAX_BYTES };

	made_name(&out, DER_UTF8, common);
	return buf_written(&out);
}

/* A certificate with that name and one of the keys. */
static struct span write_certificate(const char *common, size_t key,
                                     uint8_t *room)
{
	const struct made m = { .subject = common, .key = made_key(key) };
	struct buf out = { .at = room, .cap = DER_ROOM };

	return made_certificate(&out, &m);
}

/* --- Files --- */

/* A file in memory; its path stays as long as it is open. */
static int write_file(struct span text, char *path)
{
	int file = memfd_create("castore", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, text.at, text.len), text.len);
	snprintf(path, PATH_ROOM, "/proc/self/fd/%d", file);
	return file;
}

static void put_pem(struct buf *out, struct span der)
{
	buf_text(out, BEGIN);
	pem_put_base64(out, der);
	buf_text(out, END);
}

/*
 * A bundle by a plan of letters: A, B, C are certificates called so, with the
 * first key; a and b the same names with the second and third; "!" is broken
 * base64, "?" is base64 of no certificate, "#" a long comment, "<" one that
 * has no end.
 */
static void put_bundle(struct buf *out, const char *plan)
{
	uint8_t der[DER_ROOM];

	for (const char *at = plan; *at != '\0'; at++) {
		char name[2] = { (char)(*at & ~0x20), '\0' };
		bool small = *at >= 'a' && *at <= 'z';

		switch (*at) {
		case '!':
			buf_text(out, BEGIN "AAA" END);
			break;
		case '?':
			buf_text(out, BEGIN "MAMCAQA=" END);
			break;
		case '<':
			buf_text(out, BEGIN "MAMC");
			break;
		case '#':
			for (size_t i = 0; i < 3 * INPUT_CHUNK; i++)
				buf_byte(out, i % 60 ? '#' : '\n');
			buf_byte(out, '\n');
			break;
		default:
			put_pem(out, write_certificate(name, small, der));
		}
	}
}

static bool open_text(struct span text, int *file, char *path)
{
	*file = write_file(text, path);
	memset(&store, 0, sizeof(store));
	err = (struct err){ 0 };
	return castore_open(&store, path, &err);
}

static bool open_bundle(const char *plan, int *file, char *path)
{
	static uint8_t room[65536];
	struct buf text = BUF_OVER(room);

	put_bundle(&text, plan);
	assert_false(text.failed);
	return open_text(buf_written(&text), file, path);
}

static bool detail_has(const char *text)
{
	return memmem(err.detail, err.detail_len, text, strlen(text)) != NULL;
}

static void a_file_with_a_certificate_opens(void **state)
{
	static const char *const plans[] = {
		"A", "#A", "!A", "?A", "!!!#?A#", "ABC", "A!", "A<",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(plans); i++) {
		char path[PATH_ROOM];
		int file;

		assert_row(plans[i], open_bundle(plans[i], &file, path));
		assert_row(plans[i], err.code == ERR_NONE);
		assert_row(plans[i], !store.builtin);
		assert_string_equal(store.name, path);
		close(store.file);
		close(file);
	}
}

static void a_file_without_one_does_not(void **state)
{
	static const char *const plans[] = { "", "#", "!", "<", "!#!" };

	(void)state;
	for (size_t i = 0; i < COUNT(plans); i++) {
		char path[PATH_ROOM];
		int file, next;

		assert_row(plans[i], !open_bundle(plans[i], &file, path));
		assert_row(plans[i], err.code == ERR_NO_CERTIFICATE);
		assert_row(plans[i], detail_has(path));
		/* nothing is left open */
		next = dup(file);
		assert_int_equal(next, file + 1);
		close(next);
		close(file);
	}
}

static void what_is_no_file_to_read_twice_is_refused(void **state)
{
	static const struct {
		const char *path;
		enum err_code code;
	} rows[] = {
		{ "/nowhere/at.all", ERR_FILE_OPEN },
		{ "", ERR_FILE_OPEN },
		{ "/etc/passwd/", ERR_FILE_OPEN },
		{ "/", ERR_FILE_READ },
		{ "/dev/null", ERR_FILE_ONCE },
		{ "/proc/self/mem", ERR_FILE_READ },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(&store, 0, sizeof(store));
		err = (struct err){ 0 };
		assert_row(rows[i].path,
		           !castore_open(&store, rows[i].path, &err));
		assert_row(rows[i].path, err.code == rows[i].code);
		assert_row(rows[i].path, detail_has(rows[i].path));
	}
}

/* It may have no writer, too, and is not waited for. */
static void a_pipe_is_refused(void **state)
{
	char folder[] = "/tmp/patrm-castore-XXXXXX", path[PATH_ROOM];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	err = (struct err){ 0 };
	assert_false(castore_open(&store, path, &err));
	unlink(path);
	rmdir(folder);
	assert_int_equal(err.code, ERR_FILE_ONCE);
	assert_true(detail_has(path));
}

static int open_endless_file(void)
{
	static const char *const paths[] = { "/dev/zero", "/dev/urandom" };

	alarm(1);
	for (size_t i = 0; i < COUNT(paths); i++)
		if (castore_open(&store, paths[i], &err))
			return 1;
	return 0;
}

/* Reading it would never end, and no signal is heard meanwhile. */
static void a_file_without_end_is_refused(void **state)
{
	(void)state;
	err = (struct err){ 0 };
	assert_int_equal(in_child(open_endless_file), 0);
}

static void the_roots_inside_need_no_file(void **state)
{
	(void)state;
	memset(&store, 0, sizeof(store));
	err = (struct err){ 0 };
	assert_true(castore_open(&store, "builtin", &err));
	assert_true(store.builtin);
	assert_int_equal(err.code, ERR_NONE);
	assert_true(strlen(store.name) > 0);
}

/* --- Anchors --- */

/* The keys of the anchors found, as "012". */
static void put_keys(struct buf *out)
{
	struct certificate anchor;

	while (castore_next(&store, &anchor, &err))
		for (size_t i = 0; i < 3; i++)
			if (span_equal(anchor.key, made_key(i)))
				buf_byte(out, (uint8_t)('0' + i));
}

/* Scans the file for one server's wishes, and begins to search. */
static bool seek(struct span issuer, struct span wanted)
{
	const struct castore_wish wish = { wanted, { SPAN("?"), issuer }, 2 };

	if (!castore_scan(&store, &wish, &err))
		return false;
	castore_seek(&store, issuer);
	return true;
}

static void anchors_are_found_in_a_bundle(void **state)
{
	static const struct {
		const char *plan, *issuer, *keys;
		unsigned unreadable;
	} rows[] = {
		{ "A", "A", "0", 0 },
		{ "A", "a", "0", 0 }, /* as mbedTLS compares names */
		{ "A", "B", "", 0 },
		{ "A", "AA", "", 0 },
		{ "A", "", "", 0 },
		{ "ABC", "B", "0", 0 },
		{ "BCA", "A", "0", 0 },
		{ "Aa", "A", "01", 0 },
		{ "BaBA", "A", "10", 0 },
		{ "AA", "A", "00", 0 },
		{ "#A#B#a#", "A", "01", 0 },
		/* broken ones between good ones */
		{ "B!A", "A", "0", 1 },
		{ "!B?!A", "A", "0", 3 },
		{ "A!?a", "A", "01", 2 },
		{ "A<", "A", "0", 1 },
		{ "<A", "A", "0", 1 },
		{ "AaAaAaAaAaAa", "A", "010101010101", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t name[NAME_MAX_BYTES], room[32];
		struct buf keys = BUF_OVER(room);
		char path[PATH_ROOM];
		int file;

		assert_row(rows[i].plan,
		           open_bundle(rows[i].plan, &file, path));
		/* The second search is as good as the first. */
		for (int n = 0; n < 2; n++) {
			keys.len = 0;
			assert_true(seek(write_name(rows[i].issuer, name),
			                 SPAN("")));
			put_keys(&keys);
			assert_span(rows[i].plan, buf_written(&keys),
			            span_of(rows[i].keys));
			assert_row(rows[i].plan,
			           store.unreadable == rows[i].unreadable);
			assert_row(rows[i].plan, err.code == ERR_NONE);
		}
		close(store.file);
		close(file);
	}
}

static void a_wanted_certificate_is_seen(void **state)
{
	static const struct {
		const char *plan;
		bool found;
	} rows[] = {
		{ "A", true },    { "BCA", true }, { "B!?#A", true },
		{ "AB", true },   { "a", false },  { "BC", false },
		{ "a!B", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t name[NAME_MAX_BYTES], room[DER_ROOM];
		struct span raw = write_certificate("A", 0, room);
		struct certificate anchor;
		char path[PATH_ROOM];
		int file;

		assert_true(open_bundle(rows[i].plan, &file, path));
		assert_true(seek(write_name("Z", name), raw));
		assert_false(castore_next(&store, &anchor, &err));
		assert_row(rows[i].plan, store.listed == rows[i].found);
		/* The next search starts anew. */
		assert_true(seek(write_name("Z", name), SPAN("")));
		assert_false(castore_next(&store, &anchor, &err));
		assert_false(store.listed);
		close(store.file);
		close(file);
	}
}

/* Spots in several chunks, and none of them read twice as broken. */
static void anchors_far_apart_are_found(void **state)
{
	uint8_t name[NAME_MAX_BYTES], other[NAME_MAX_BYTES], room[32];
	struct span issuers[] = { write_name("A", name),
		                  write_name("B", other) };
	const struct castore_wish wish = { SPAN(""),
		                           { issuers[0], issuers[1] },
		                           2 };
	struct buf keys = BUF_OVER(room);
	char path[PATH_ROOM];
	int file;

	(void)state;
	assert_true(open_bundle("!A#B!#a#C#b", &file, path));
	assert_true(castore_scan(&store, &wish, &err));
	assert_int_equal(store.spots, 4);
	for (size_t i = 0; i < 4; i++) {
		keys.len = 0;
		castore_seek(&store, issuers[i % 2]);
		put_keys(&keys);
		assert_span("AB", buf_written(&keys), SPAN("01"));
	}
	assert_int_equal(store.unreadable, 2);
	assert_int_equal(err.code, ERR_NONE);
	close(store.file);
	close(file);
}

static void a_file_that_changes_is_read_as_far_as_it_goes(void **state)
{
	uint8_t name[NAME_MAX_BYTES];
	struct span issuer = write_name("A", name);
	struct certificate anchor;
	char path[PATH_ROOM];
	int file;

	(void)state;
	assert_true(open_bundle("B####A", &file, path));
	assert_int_equal(ftruncate(file, 0), 0);
	assert_true(seek(issuer, SPAN("")));
	assert_false(castore_next(&store, &anchor, &err));
	assert_int_equal(err.code, ERR_NONE);
	/* One that cannot be read any more is an error. */
	close(store.file);
	assert_false(seek(issuer, SPAN("")));
	assert_int_equal(err.code, ERR_FILE_READ);
	close(file);
}

/* The next search reads it all again: what is not in the chunk is not there. */
static void a_read_that_fails_spoils_no_other(void **state)
{
	uint8_t name[NAME_MAX_BYTES], raw[DER_ROOM], room[32];
	struct span issuer = write_name("A", name);
	struct span middle = write_certificate("B", 0, raw);
	struct buf keys = BUF_OVER(room);
	struct certificate anchor;
	char path[PATH_ROOM];
	int file, kept;

	(void)state;
	assert_true(open_bundle("A##B##a", &file, path));
	assert_true(seek(issuer, SPAN("")));
	assert_true(castore_next(&store, &anchor, &err));
	/* The second spot is in another chunk, which cannot be read now. */
	kept = dup(store.file);
	close(store.file);
	assert_false(castore_next(&store, &anchor, &err));
	assert_int_equal(err.code, ERR_FILE_READ);
	assert_int_equal(dup2(kept, store.file), store.file);
	close(kept);

	err = (struct err){ 0 };
	assert_true(seek(issuer, middle));
	assert_true(store.listed);
	put_keys(&keys);
	assert_span("anchors", buf_written(&keys), SPAN("01"));
	assert_int_equal(store.unreadable, 0);
	assert_int_equal(err.code, ERR_NONE);
	close(store.file);
	close(file);
}

static void the_roots_inside_are_found(void **state)
{
	static const char isrg[] =
		"\x30\x4f\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02US"
		"\x31\x29\x30\x27\x06\x03\x55\x04\x0a\x13\x20"
		"Internet Security Research Group"
		"\x31\x15\x30\x13\x06\x03\x55\x04\x03\x13\x0c"
		"ISRG Root X1";
	const struct span name = { (const uint8_t *)isrg, sizeof(isrg) - 1 };
	uint8_t other[NAME_MAX_BYTES];
	struct certificate anchor;

	(void)state;
	memset(&store, 0, sizeof(store));
	err = (struct err){ 0 };
	assert_true(castore_open(&store, "builtin", &err));
	assert_true(seek(name, SPAN("")));
	assert_true(castore_next(&store, &anchor, &err));
	assert_int_equal(anchor.whole.len, 0);
	assert_true(anchor.key.len > 512);
	assert_false(castore_next(&store, &anchor, &err));
	assert_true(seek(write_name("Nobody", other), SPAN("")));
	assert_false(castore_next(&store, &anchor, &err));
	assert_int_equal(err.code, ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_with_a_certificate_opens),
		cmocka_unit_test(a_file_without_one_does_not),
		cmocka_unit_test(what_is_no_file_to_read_twice_is_refused),
		cmocka_unit_test(a_pipe_is_refused),
		cmocka_unit_test(a_file_without_end_is_refused),
		cmocka_unit_test(the_roots_inside_need_no_file),
		cmocka_unit_test(anchors_are_found_in_a_bundle),
		cmocka_unit_test(a_wanted_certificate_is_seen),
		cmocka_unit_test(anchors_far_apart_are_found),
		cmocka_unit_test(a_file_that_changes_is_read_as_far_as_it_goes),
		cmocka_unit_test(a_read_that_fails_spoils_no_other),
		cmocka_unit_test(the_roots_inside_are_found),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("net/castore", tests, NULL, NULL);
}
