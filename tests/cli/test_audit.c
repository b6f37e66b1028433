/* SPDX-License-Identifier: MIT */
/* Tests of cli/audit: the lines, and files that cannot be written. */
/* links: tests/net/peer.c */
#include "cli/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/peer.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define TIME "0000-00-00T00:00:00Z"

static char folder[] = "/tmp/patrm-audit-XXXXXX";
static char path[100];
static struct err err;

static struct target target_of(struct span short_key)
{
	struct target p = { .form = TARGET_ID };

	assert_true(uuid_parse(SPAN(ID), &p.id));
	memcpy(p.short_key, short_key.at, short_key.len);
	p.short_key_len = short_key.len;
	return p;
}

/* --- The disk --- */

static unsigned syncs;
static off_t synced_size;
static int sync_errors[2]; /* of the calls to come, or 0 */

/* In the place of the C library's. */
int fsync(int file)
{
	struct stat info;

	if (syncs < COUNT(sync_errors) && sync_errors[syncs] != 0) {
		errno = sync_errors[syncs++];
		return -1;
	}
	syncs++;
	if (fstat(file, &info) == 0)
		synced_size = info.st_size;
	return 0;
}

/* --- Lines --- */

/* Reads it all, and makes every digit of a time a 0. */
static void check_lines(int file, const char *want)
{
	char text[2000] = "", *at = text;
	ssize_t got = read(file, text, sizeof(text) - 1);

	assert_true(got >= 0);
	while ((at = strstr(at, "{\"time\":\"")) != NULL) {
		at += strlen("{\"time\":\"");
		for (; *at != '\0' && *at != '"'; at++)
			if (*at >= '0' && *at <= '9')
				*at = '0';
	}
	assert_string_equal(text, want);
}

#define LINE "{\"time\":\"" TIME "\",\"id\":\"" ID "\""

static void lines_are_appended_before_and_after(void **state)
{
	struct target p = target_of(SPAN("lsv2_pt_3f2b...9d10"));
	struct result r = { .outcome = OUTCOME_DELETED, .http = 200 };
	struct audit a;
	struct stat info;
	int file;

	(void)state;
	umask(0);
	assert_true(audit_open(&a, path, &err));
	assert_true(audit_note(&a, &p, NULL, &err));
	close(a.file);
	assert_true(audit_open(&a, path, &err)); /* another run */
	assert_true(audit_note(&a, &p, &r, &err));
	p = target_of(SPAN("\"\x1b"));
	r = (struct result){ .outcome = OUTCOME_UNKNOWN, .status = 6 };
	assert_true(audit_note(&a, &p, &r, &err));
	assert_int_equal(fstat(a.file, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	close(a.file);
	file = open(path, O_RDONLY | O_CLOEXEC);
	check_lines(file, LINE ",\"short_key\":\"lsv2_pt_3f2b...9d10\","
	                       "\"outcome\":\"sending\"}\n" LINE
	                       ",\"short_key\":\"lsv2_pt_3f2b...9d10\","
	                       "\"outcome\":\"deleted\",\"status\":200}\n" LINE
	                       ",\"short_key\":\"\\\"\\u001b\","
	                       "\"outcome\":\"unknown\"}\n");
	close(file);
	unlink(path);
}

/* --- A line that has no end --- */

static void write_file(const char *text)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
}

/* As a full disk leaves it; what was written is not touched. */
static void a_torn_line_is_ended_before_the_next(void **state)
{
	static const struct {
		const char *label, *before, *want;
	} files[] = {
		{ "empty", "",
		  LINE ",\"outcome\":\"sending\"}\n" LINE
		       ",\"outcome\":\"sending\"}\n" },
		{ "whole", "{}\n",
		  "{}\n" LINE ",\"outcome\":\"sending\"}\n" LINE
		  ",\"outcome\":\"sending\"}\n" },
		{ "torn", "{}\n{\"id\":",
		  "{}\n{\"id\":\n" LINE ",\"outcome\":\"sending\"}\n" LINE
		  ",\"outcome\":\"sending\"}\n" },
		{ "one byte", "{",
		  "{\n" LINE ",\"outcome\":\"sending\"}\n" LINE
		  ",\"outcome\":\"sending\"}\n" },
		{ "an empty line", "\n",
		  "\n" LINE ",\"outcome\":\"sending\"}\n" LINE
		  ",\"outcome\":\"sending\"}\n" },
	};
	struct target p = target_of(SPAN(""));

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		size_t open_before = open_files();
		struct audit a;
		int file;

		write_file(files[i].before);
		assert_true(audit_open(&a, path, &err));
		assert_row(files[i].label, open_files() == open_before + 1);
		assert_true(audit_note(&a, &p, NULL, &err));
		assert_true(audit_note(&a, &p, NULL, &err)); /* and only once */
		close(a.file);
		file = open(path, O_RDONLY | O_CLOEXEC);
		check_lines(file, files[i].want);
		close(file);
	}
	unlink(path);
}

/* A disk that is full, and then no more. */
static void a_line_that_was_not_written_whole_is_ended(void **state)
{
	struct target p = target_of(SPAN(""));
	struct audit a;
	int file, full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(full >= 0);
	write_file("{\"a\":1}\n");
	assert_true(audit_open(&a, path, &err));
	file = a.file;
	a.file = full;
	assert_false(audit_note(&a, &p, NULL, &err));
	close(full);
	a.file = file;
	assert_true(audit_note(&a, &p, NULL, &err));
	assert_true(audit_note(&a, &p, NULL, &err));
	close(a.file);
	file = open(path, O_RDONLY | O_CLOEXEC);
	check_lines(file,
	            "{\"a\":1}\n\n" LINE ",\"outcome\":\"sending\"}\n" LINE
	            ",\"outcome\":\"sending\"}\n");
	close(file);
	unlink(path);
}

/* What only takes lines, and what has no end, is as it is. */
static void what_cannot_be_read_is_only_appended_to(void **state)
{
	struct audit a;

	(void)state;
	assert_true(audit_open(&a, "/dev/null", &err));
	assert_false(a.torn);
	close(a.file);
	write_file("{");
	assert_int_equal(chmod(path, 0200), 0);
	assert_true(audit_open(&a, path, &err));
	/* The superuser reads everything. */
	assert_int_equal(a.torn, access(path, R_OK) == 0);
	close(a.file);
	unlink(path);
}

/* Every byte of the longest short key escaped, and the longest outcome. */
static void the_longest_line_is_whole(void **state)
{
	uint8_t key[SHORT_KEY_MAX];
	struct result r = { .outcome = OUTCOME_DELETED_UNVERIFIED,
		            .http = 200 };
	struct target p;
	struct audit a;
	struct stat info;

	(void)state;
	memset(key, 0x1b, sizeof(key));
	p = target_of((struct span){ key, sizeof(key) });
	assert_true(audit_open(&a, path, &err));
	assert_true(audit_note(&a, &p, &r, &err));
	assert_int_equal(fstat(a.file, &info), 0);
	assert_int_equal(info.st_size,
	                 strlen(LINE ",\"short_key\":\"\",\"outcome\":"
	                             "\"deleted-unverified\",\"status\":200}"
	                             "\n") +
	                         6 * sizeof(key));
	close(a.file);
	unlink(path);
}

static void without_a_file_there_is_nothing_to_do(void **state)
{
	struct target p = target_of(SPAN(""));
	struct audit a;

	(void)state;
	assert_true(audit_open(&a, NULL, &err));
	assert_true(audit_note(&a, &p, NULL, &err));
}

static void what_cannot_be_opened_or_written_is_an_error(void **state)
{
	static const struct {
		const char *path;
		enum err_code open, note;
	} rows[] = {
		{ "/dev/full", ERR_NONE, ERR_FILE_WRITE },
		{ "/dev/null", ERR_NONE, ERR_NONE },
		{ "/tmp", ERR_FILE_OPEN, ERR_NONE },
		{ "/nowhere/at/all", ERR_FILE_OPEN, ERR_NONE },
		{ "", ERR_FILE_OPEN, ERR_NONE },
	};
	struct target p = target_of(SPAN(""));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].path;
		struct audit a;

		err = (struct err){ 0 };
		assert_row(label, audit_open(&a, rows[i].path, &err) ==
		                          (rows[i].open == ERR_NONE));
		assert_row(label, err.code == rows[i].open);
		if (rows[i].open != ERR_NONE)
			continue;
		assert_row(label, audit_note(&a, &p, NULL, &err) ==
		                          (rows[i].note == ERR_NONE));
		assert_row(label, err.code == rows[i].note);
		close(a.file);
	}
}

static void a_pipe_takes_lines_while_somebody_reads(void **state)
{
	struct target p = target_of(SPAN(""));
	struct audit a;
	int reader;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	err = (struct err){ 0 };
	assert_false(audit_open(&a, path, &err)); /* nobody does */
	assert_int_equal(err.code, ERR_FILE_OPEN);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(audit_open(&a, path, &err));
	assert_true(audit_note(&a, &p, NULL, &err));
	check_lines(reader, LINE ",\"outcome\":\"sending\"}\n");
	close(reader);
	close(a.file);
	unlink(path);
}

/* The deletion must not be sent before it is on disk that it will be. */
static void each_line_is_on_disk_when_it_is_noted(void **state)
{
	static const struct {
		const char *label;
		int errors[2];
		unsigned syncs;
		enum err_code code;
	} rows[] = {
		{ "well", { 0 }, 1, ERR_NONE },
		{ "a signal", { EINTR }, 2, ERR_NONE },
		{ "a signal, and no disk", { EINTR, EIO }, 2, ERR_FILE_WRITE },
		{ "a bad disk", { EIO }, 1, ERR_FILE_WRITE },
		{ "a full disk", { ENOSPC }, 1, ERR_FILE_WRITE },
		/* what has no disk */
		{ "a pipe", { EINVAL }, 1, ERR_NONE },
		{ "a socket", { ENOTSUP }, 1, ERR_NONE },
		{ "a device", { EROFS }, 1, ERR_NONE },
	};
	struct target p = target_of(SPAN(""));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].label;
		struct audit a;
		struct stat info;

		err = (struct err){ 0 };
		syncs = 0;
		synced_size = -1;
		memcpy(sync_errors, rows[i].errors, sizeof(sync_errors));
		assert_true(audit_open(&a, path, &err));
		assert_row(label, audit_note(&a, &p, NULL, &err) ==
		                          (rows[i].code == ERR_NONE));
		assert_row(label, err.code == rows[i].code);
		assert_row(label, syncs == rows[i].syncs);
		assert_int_equal(fstat(a.file, &info), 0);
		assert_row(label,
		           synced_size == -1 || synced_size == info.st_size);
		close(a.file);
	}
	memset(sync_errors, 0, sizeof(sync_errors));
	unlink(path);
}

/* As on a disk that may only be read: opened, it cannot be written. */
static void a_failed_write_is_told_with_its_reason(void **state)
{
	struct target p = target_of(SPAN(""));
	struct audit a;

	(void)state;
	err = (struct err){ 0 };
	assert_true(audit_open(&a, "/dev/full", &err));
	assert_false(audit_note(&a, &p, NULL, &err));
	close(a.file);
	assert_int_equal(err_status(err.code), 2);
	assert_non_null(memmem(err.detail, err.detail_len, "/dev/full", 9));
	assert_non_null(memmem(err.detail, err.detail_len, "No space", 8));
}

static int begin(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/audit", folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_appended_before_and_after),
		cmocka_unit_test(a_torn_line_is_ended_before_the_next),
		cmocka_unit_test(a_line_that_was_not_written_whole_is_ended),
		cmocka_unit_test(what_cannot_be_read_is_only_appended_to),
		cmocka_unit_test(the_longest_line_is_whole),
		cmocka_unit_test(without_a_file_there_is_nothing_to_do),
		cmocka_unit_test(what_cannot_be_opened_or_written_is_an_error),
		cmocka_unit_test(a_pipe_takes_lines_while_somebody_reads),
		cmocka_unit_test(each_line_is_on_disk_when_it_is_noted),
		cmocka_unit_test(a_failed_write_is_told_with_its_reason),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/audit", tests, begin, end);
}
